// One SSH connection to one host, over libssh2, reused for everything: commands, uploads, and the long-lived
// channel of the node agent. The host's key is verified against known_hosts before anything is said; every
// call has a time limit.
//
// Thread safety: one caller thread, and beside it one thread that only calls SshChannel::write() (heartbeats).
// Different sessions are independent: use one thread per host. Errors: HarnessError, one sentence that begins
// with the host's name; after a timeout or a lost connection the session is broken and every further call
// throws the same.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "harness/cluster/hosts_file.h"
#include "harness/core/time.h"

namespace assay::cluster {

// The single function that quotes text for a POSIX shell.
std::string shell_quote(std::string_view text);
// The same, but a text that means itself to a shell stays as it is, to be read by people.
std::string shell_word(const std::string& text);

struct ExecResult {
  int exit_status = 0;  // 128 + signal when it died of one
  std::string output;
  std::string error;
};

class SshSession;

// A command that runs for long, talked to by lines.
class SshChannel {
 public:
  ~SshChannel();
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;

  // All of them, before those of another thread that writes at the same time.
  void write(std::string_view bytes, Nanos timeout);
  // A line without its end. Throws when the command ended or the time is over.
  std::string read_line(Nanos timeout);
  // What the command said on standard error so far (for messages about its end).
  std::string error_output();

  struct State;  // inside, see ssh_state.h

 private:
  friend class SshSession;
  explicit SshChannel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class SshSession {
 public:
  // Connects, verifies and logs in; with `sudo`, checks that it works.
  SshSession(const Host& host, Nanos connect_timeout);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  // `command` for /bin/sh, as root when the host says sudo. `on_output` is called with pieces of standard
  // output as they come; then `output` stays empty.
  ExecResult run(const std::string& command, Nanos timeout, std::string_view standard_input = {},
                 const std::function<void(std::string_view)>& on_output = {});

  // Starts a command and leaves it running.
  std::unique_ptr<SshChannel> open(const std::string& command, Nanos timeout);

  // Puts a file there at once (beside it, then renamed), and makes its folder. False: it was there already,
  // by its SHA-256, and nothing was sent.
  bool upload(const std::string& local_path, const std::string& remote_path, int mode, Nanos timeout);
  bool upload_bytes(std::string_view content, const std::string& remote_path, int mode, Nanos timeout);

  // False when there is no such file there.
  bool download(const std::string& remote_path, const std::string& local_path, Nanos timeout);

  bool broken() const;

  struct State;  // inside, see ssh_state.h

 private:
  std::shared_ptr<State> state_;
};

}  // namespace assay::cluster
