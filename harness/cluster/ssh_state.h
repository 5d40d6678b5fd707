// Inside of ssh.h: the libssh2 session and the one place where it waits.
//
// libssh2 runs non-blocking. A call that would block for input is repeated when the socket has some, and in
// between another thread may use the session; one that would block for output keeps the session until it is
// through, because libssh2 holds half a packet then.
#pragma once

#include <libssh2.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "harness/cluster/ssh.h"

namespace assay::cluster {

struct SshSession::State {
  Host host;
  std::string label;  // "n1 (10.77.0.11:22)"
  int socket = -1;
  LIBSSH2_SESSION* session = nullptr;
  std::mutex mutex;  // around every libssh2 call
  std::atomic<bool> is_broken{false};

  ~State();

  [[noreturn]] void fail(const std::string& sentence);
  // "<label>: <doing> failed: <what libssh2 says>".
  [[noreturn]] void fail_with_reason(const std::string& doing, int code);

  // Repeats `call` until it returns something else than EAGAIN, and returns that. Throws when the time is
  // over or the connection is lost; other errors are the caller's to judge.
  long repeat(const char* doing, Nanos deadline, const std::function<long()>& call);

  LIBSSH2_CHANNEL* open_channel(const std::string& command, Nanos deadline);
};

struct SshChannel::State {
  std::shared_ptr<SshSession::State> session;
  LIBSSH2_CHANNEL* channel = nullptr;
  std::mutex writing;  // libssh2 takes long texts in parts
  std::string pending;
  std::string error;
  // Reads what is there of standard error.
  void drain_error();
};

// Now plus `timeout`, on the monotonic clock.
Nanos deadline_after(Nanos timeout);
Nanos monotonic_now();

// ssh_connect.cpp: the parts of logging in.
int connect_socket(SshSession::State& state, Nanos deadline);
void prefer_known_key_types(SshSession::State& state);
void verify_host_key(SshSession::State& state);
void log_in(SshSession::State& state, Nanos deadline);

}  // namespace assay::cluster
