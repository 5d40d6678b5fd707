#include "harness/cluster/ssh.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness/cluster/ssh_state.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

// Another thread's call may have taken our packet off the socket while we wait for it there.
constexpr int kPollSliceMilliseconds = 20;

bool is_lost(long code) {
  return code == LIBSSH2_ERROR_SOCKET_SEND || code == LIBSSH2_ERROR_SOCKET_RECV ||
         code == LIBSSH2_ERROR_SOCKET_DISCONNECT || code == LIBSSH2_ERROR_SOCKET_TIMEOUT;
}

void initialise_library() {
  static const int result = libssh2_init(0);
  if (result != 0) throw HarnessError("libssh2 can't be initialised");
}

std::string in_seconds(Nanos time) {
  const Nanos tenths = time / (kSecond / 10);
  return tenths % 10 == 0 ? std::to_string(tenths / 10)
                          : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// "exec": no shell of the user's stays in between; /bin/sh: whatever the user's shell is.
std::string full_command(const Host& host, const std::string& command) {
  const std::string sudo = host.sudo ? "sudo -n " : "";
  return "exec " + sudo + "/bin/sh -c " + shell_quote(command);
}

}  // namespace

std::string shell_word(const std::string& text) {
  const bool plain = text.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                         "-_=.,:/+@%") == std::string::npos;
  return plain && !text.empty() ? text : shell_quote(text);
}

std::string shell_quote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

Nanos monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return Nanos{time.tv_sec} * kSecond + time.tv_nsec;
}

Nanos deadline_after(Nanos timeout) { return monotonic_now() + timeout; }

SshSession::State::~State() {
  if (session != nullptr) {
    // No goodbye over a connection that doesn't answer.
    if (!is_broken) libssh2_session_disconnect(session, "done");
    // With the socket shut nothing can be waited for, so freeing comes to its end.
    ::shutdown(socket, SHUT_RDWR);
    while (libssh2_session_free(session) == LIBSSH2_ERROR_EAGAIN) {
    }
  }
  if (socket >= 0) ::close(socket);
}

void SshSession::State::fail(const std::string& sentence) {
  is_broken = true;
  throw HarnessError(sentence);
}

void SshSession::State::fail_with_reason(const std::string& doing, int code) {
  char* text = nullptr;
  libssh2_session_last_error(session, &text, nullptr, 0);
  throw HarnessError(label + ": " + doing + " failed: " + (text == nullptr ? "" : text) + " (libssh2 error " +
                     std::to_string(code) + ")");
}

long SshSession::State::repeat(const char* doing, Nanos deadline, const std::function<long()>& call) {
  const Nanos began = monotonic_now();
  std::unique_lock lock(mutex);
  while (true) {
    if (is_broken) throw HarnessError(label + ": the connection was lost before");
    const long code = call();
    if (is_lost(code)) fail(label + ": the connection was lost while " + doing);
    if (code != LIBSSH2_ERROR_EAGAIN) return code;
    const Nanos now = monotonic_now();
    if (now >= deadline) {
      fail(label + ": the host doesn't answer (waited " + in_seconds(now - began) + " s while " + doing +
           ")");
    }
    const bool sending = (libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
    pollfd waiting{socket, static_cast<short>(sending ? POLLOUT | POLLIN : POLLIN), 0};
    const Nanos slice = std::min<Nanos>(deadline - now, kPollSliceMilliseconds * kMillisecond);
    const int wait_milliseconds = static_cast<int>(slice / kMillisecond) + 1;
    if (sending) {
      ::poll(&waiting, 1, wait_milliseconds);
    } else {
      lock.unlock();
      ::poll(&waiting, 1, wait_milliseconds);
      lock.lock();
    }
  }
}

LIBSSH2_CHANNEL* SshSession::State::open_channel(const std::string& command, Nanos deadline) {
  LIBSSH2_CHANNEL* channel = nullptr;
  const long opened = repeat("opening a channel", deadline, [&]() -> long {
    channel = libssh2_channel_open_session(session);
    return channel != nullptr ? 0 : libssh2_session_last_errno(session);
  });
  if (opened != 0) fail_with_reason("opening a channel", static_cast<int>(opened));
  const std::string line = full_command(host, command);
  const long started =
      repeat("starting a command", deadline, [&] { return libssh2_channel_exec(channel, line.c_str()); });
  if (started != 0) fail_with_reason("starting a command", static_cast<int>(started));
  return channel;
}

SshSession::SshSession(const Host& host, Nanos connect_timeout) : state_(std::make_shared<State>()) {
  initialise_library();
  State& state = *state_;
  state.host = host;
  const bool v6 = host.address.find(':') != std::string::npos;
  state.label = host.name + " (" + (v6 ? "[" + host.address + "]" : host.address) + ":" +
                std::to_string(host.port) + ")";
  const Nanos deadline = deadline_after(connect_timeout);
  state.socket = connect_socket(state, deadline);
  state.session = libssh2_session_init();
  if (state.session == nullptr) state.fail(state.label + ": out of memory");
  libssh2_session_set_blocking(state.session, 0);
  prefer_known_key_types(state);
  const long code = state.repeat("greeting its SSH server", deadline,
                                 [&] { return libssh2_session_handshake(state.session, state.socket); });
  if (code != 0) {
    char* text = nullptr;
    libssh2_session_last_error(state.session, &text, nullptr, 0);
    state.fail(state.label + ": no SSH session could be agreed on: " + (text == nullptr ? "" : text));
  }
  verify_host_key(state);
  log_in(state, deadline);
  if (!host.sudo) return;
  const ExecResult sudo = run("true", connect_timeout);
  if (sudo.exit_status != 0) {
    throw HarnessError(state.label + ": user " + host.user + " can't use sudo without a password (" +
                       sudo.error.substr(0, sudo.error.find('\n')) + ")");
  }
}

SshSession::~SshSession() = default;

bool SshSession::broken() const { return state_->is_broken; }

ExecResult SshSession::run(const std::string& command, Nanos timeout, std::string_view standard_input,
                           const std::function<void(std::string_view)>& on_output) {
  State& state = *state_;
  const Nanos deadline = deadline_after(timeout);
  LIBSSH2_CHANNEL* channel = state.open_channel(command, deadline);
  while (!standard_input.empty()) {
    const long count = state.repeat("sending input", deadline, [&] {
      return libssh2_channel_write(channel, standard_input.data(), standard_input.size());
    });
    if (count < 0) break;  // the command closed its input: its exit says why
    standard_input.remove_prefix(static_cast<std::size_t>(count));
  }
  state.repeat("sending input", deadline, [&] { return libssh2_channel_send_eof(channel); });
  ExecResult result;
  // Both streams share a window: reading only one could starve the other.
  std::string buffer(32768, '\0');
  while (true) {
    bool at_end = false;
    const long count = state.repeat("running a command", deadline, [&]() -> long {
      const long errors = libssh2_channel_read_stderr(channel, buffer.data(), buffer.size());
      if (errors > 0) {
        result.error.append(buffer.data(), static_cast<std::size_t>(errors));
        return 0;
      }
      const long output = libssh2_channel_read(channel, buffer.data(), buffer.size());
      at_end = output == 0 && libssh2_channel_eof(channel) != 0;
      return output;
    });
    if (count < 0) state.fail_with_reason("running a command", static_cast<int>(count));
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    if (on_output && count > 0) {
      on_output(piece);
    } else {
      result.output += piece;
    }
    if (at_end) break;
  }
  state.repeat("ending a command", deadline, [&] { return libssh2_channel_close(channel); });
  state.repeat("ending a command", deadline, [&] { return libssh2_channel_wait_closed(channel); });
  result.exit_status = libssh2_channel_get_exit_status(channel);
  char* signal = nullptr;
  libssh2_channel_get_exit_signal(channel, &signal, nullptr, nullptr, nullptr, nullptr, nullptr);
  if (signal != nullptr) {
    result.exit_status = 255;
    result.error += std::string("died of SIG") + signal;
    libssh2_free(state.session, signal);
  }
  state.repeat("ending a command", deadline, [&] { return libssh2_channel_free(channel); });
  return result;
}

std::unique_ptr<SshChannel> SshSession::open(const std::string& command, Nanos timeout) {
  auto inside = std::make_unique<SshChannel::State>();
  inside->session = state_;
  inside->channel = state_->open_channel(command, deadline_after(timeout));
  return std::unique_ptr<SshChannel>(new SshChannel(std::move(inside)));
}

SshChannel::SshChannel(std::unique_ptr<State> state) : state_(std::move(state)) {}

SshChannel::~SshChannel() {
  SshSession::State& session = *state_->session;
  const std::lock_guard lock(session.mutex);
  // Closing doesn't wait for the answer; what is left goes with the session.
  if (!session.is_broken) libssh2_channel_close(state_->channel);
}

void SshChannel::write(std::string_view bytes, Nanos timeout) {
  SshSession::State& session = *state_->session;
  const Nanos deadline = deadline_after(timeout);
  const std::lock_guard lock(state_->writing);
  while (!bytes.empty()) {
    const long count = session.repeat("talking to the agent", deadline, [&] {
      return libssh2_channel_write(state_->channel, bytes.data(), bytes.size());
    });
    if (count < 0) session.fail(session.label + ": the agent's connection is closed");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string SshChannel::read_line(Nanos timeout) {
  SshSession::State& session = *state_->session;
  const Nanos deadline = deadline_after(timeout);
  std::string buffer(16384, '\0');
  while (true) {
    const std::size_t end = state_->pending.find('\n');
    if (end != std::string::npos) {
      std::string line = state_->pending.substr(0, end);
      state_->pending.erase(0, end + 1);
      return line;
    }
    bool at_end = false;
    const long count = session.repeat("waiting for its agent", deadline, [&]() -> long {
      state_->drain_error();
      const long read = libssh2_channel_read(state_->channel, buffer.data(), buffer.size());
      at_end = read == 0 && libssh2_channel_eof(state_->channel) != 0;
      return read;
    });
    if (count < 0 || at_end) {
      std::string reason = error_output();
      while (!reason.empty() && reason.back() == '\n') reason.pop_back();
      throw HarnessError(session.label + ": the node agent ended" + (reason.empty() ? "" : ": " + reason));
    }
    state_->pending.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void SshChannel::State::drain_error() {
  char text[1024];
  const long count = libssh2_channel_read_stderr(channel, text, sizeof text);
  if (count > 0) error.append(text, static_cast<std::size_t>(count));
}

std::string SshChannel::error_output() {
  const std::lock_guard lock(state_->session->mutex);
  state_->drain_error();
  return state_->error;
}

}  // namespace assay::cluster
