#include "harness/cluster/agent/guardian.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

// Attempts to undo what could not be undone at once (a process stuck in the kernel), a second apart.
constexpr int kUndoAttempts = 60;

void undo_until_done(const std::string& home) {
  Journal journal(home);
  for (int attempt = 0; attempt < kUndoAttempts; ++attempt) {
    const std::vector<std::string> report = journal.undo_everything();
    std::string text;
    bool failed = false;
    for (const std::string& line : report) {
      text += line + "\n";
      failed |= line.rfind("failed", 0) == 0;
    }
    if (!report.empty()) write_whole_file(home + "/agent/guardian.log", text);
    if (!failed) return;
    pause_milliseconds(1000);
  }
}

// True when the controller was heard; false when nothing came in time. `dismissed` ends the watch.
bool heard(int pipe, int timeout_milliseconds, bool& dismissed, bool& ended) {
  pollfd waiting{pipe, POLLIN, 0};
  if (::poll(&waiting, 1, timeout_milliseconds) == 0) return false;
  char buffer[256];
  const ssize_t count = ::read(pipe, buffer, sizeof buffer);
  if (count < 0) return true;
  ended = count == 0;
  for (ssize_t i = 0; i < count; ++i) dismissed |= buffer[i] == 'q';
  return true;
}

[[noreturn]] void watch(const std::string& home, int pipe, int timeout_milliseconds, pid_t agent) {
  ::prctl(PR_SET_NAME, "assay-guardian");
  const ProcessStat at_start = process_stat(agent);
  bool dismissed = false;
  bool ended = false;
  while (!dismissed && !ended) {
    if (heard(pipe, timeout_milliseconds, dismissed, ended)) continue;
    if (process_stat(agent).start_ticks == at_start.start_ticks) ::kill(agent, SIGKILL);
    ended = true;
  }
  if (!dismissed) undo_until_done(home);
  std::_Exit(0);
}

}  // namespace

Guardian::Guardian(const std::string& home, int timeout_milliseconds, int lock_descriptor) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  const pid_t agent = ::getpid();
  const pid_t middle = ::fork();
  if (middle < 0) throw_errno("can't start the guardian");
  if (middle == 0) {
    // Twice forked and in its own session: nothing that ends the SSH connection reaches it.
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    const int lock = ::fcntl(lock_descriptor, F_DUPFD_CLOEXEC, 20);
    const int pipe = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 20);
    const int nothing = ::open("/dev/null", O_RDWR);
    for (int number = 0; number < 3; ++number) ::dup2(nothing, number);
    ::close_range(3, 19, 0);
    for (int number = 20; number < 256; ++number) {
      if (number != lock && number != pipe) ::close(number);
    }
    if (::chdir("/") != 0) ::_exit(1);
    for (const int ignored : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) ::signal(ignored, SIG_IGN);
    watch(home, pipe, timeout_milliseconds, agent);
  }
  ::close(ends[0]);
  pipe_ = ends[1];
  while (::waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Guardian::~Guardian() { ::close(pipe_); }

void Guardian::beat() {
  if (::write(pipe_, "b", 1) < 0) return;  // a guardian that is gone has undone everything
}

void Guardian::dismiss() {
  if (::write(pipe_, "q", 1) < 0) return;
}

}  // namespace assay::agent
