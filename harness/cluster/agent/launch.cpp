#include "harness/cluster/agent/launch.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

// Where the clock file is open in the child.
constexpr int kClockDescriptor = 3;
constexpr int kErrorDescriptor = 4;

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

struct UserIds {
  uid_t user = 0;
  gid_t group = 0;
};

// "name:x:user:group:..."; the agent is linked statically, and getpwnam() would load libraries.
UserIds ids_of(const std::string& name) {
  const std::string file = read_whole_file("/etc/passwd");
  const std::string begin = name + ":";
  std::size_t at = 0;
  while (at < file.size()) {
    const std::size_t end = std::min(file.find('\n', at), file.size());
    const std::string line = file.substr(at, end - at);
    at = end + 1;
    unsigned user = 0, group = 0;
    if (line.starts_with(begin) &&
        std::sscanf(line.c_str() + begin.size(), "%*[^:]:%u:%u:", &user, &group) == 2)
      return {user, group};
  }
  throw AgentError("there is no user " + name + " on this host");
}

bool become_user(const UserIds& ids) {
  return ::setgroups(1, &ids.group) == 0 && ::setgid(ids.group) == 0 && ::setuid(ids.user) == 0;
}

struct Child {
  const char* binary;
  char* const* arguments;
  char* const* environment;
  const char* folder;
  const UserIds* user;  // null: stay who we are
  int input;
  int output;
  int clock;
  int gate;
  int error;
};

// Between fork and exec: only calls that are safe there. `error` gets errno when something fails.
[[noreturn]] void become(const Child& child) {
  char go = 0;
  ::setsid();
  while (::read(child.gate, &go, 1) < 0 && errno == EINTR) {
  }
  // Nothing at the gate: the agent died or thought better of it.
  if (go != 'g') ::_exit(126);
  // First out of the way of the numbers that are assigned below.
  const int output = ::fcntl(child.output, F_DUPFD, 20);
  const int input = ::fcntl(child.input, F_DUPFD, 20);
  const int clock = child.clock < 0 ? -1 : ::fcntl(child.clock, F_DUPFD, 20);
  const int error = ::fcntl(child.error, F_DUPFD, 20);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::dup2(error, kErrorDescriptor);
  ::fcntl(kErrorDescriptor, F_SETFD, FD_CLOEXEC);
  if (clock >= 0) {
    ::dup2(clock, kClockDescriptor);
  } else {
    ::close(kClockDescriptor);
  }
  ::close_range(kErrorDescriptor + 1, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (::chdir(child.folder) == 0 && (clock < 0 || ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) &&
      (child.user == nullptr || become_user(*child.user))) {
    ::execve(child.binary, child.arguments, child.environment);
  }
  const int reason = errno;
  if (::write(kErrorDescriptor, &reason, sizeof reason) < 0) ::_exit(125);
  ::_exit(127);
}

// The child stops at its exec: then the clock goes in and it is let go.
void wait_and_install_clock(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFSTOPPED(status)) return;  // exec failed: the caller reads why
  try {
    install_clock(child, kClockDescriptor);
  } catch (...) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    throw;
  }
  if (::ptrace(PTRACE_DETACH, child, nullptr, nullptr) != 0) throw_errno("can't let the new process go");
}

}  // namespace

pid_t launch(const LaunchRequest& request, const std::function<void(pid_t)>& before_exec) {
  std::vector<std::string> arguments = {request.binary};
  arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
  std::vector<char*> argument_pointers = pointers_to(arguments);
  std::vector<char*> environment_pointers = pointers_to(request.environment);
  const UserIds user = request.user.empty() ? UserIds{} : ids_of(request.user);
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int gate[2];
  int error[2];
  if (::pipe2(gate, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  Descriptor gate_read(gate[0]), gate_write(gate[1]);
  if (::pipe2(error, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  Descriptor error_read(error[0]), error_write(error[1]);
  const Child child{.binary = request.binary.c_str(),
                    .arguments = argument_pointers.data(),
                    .environment = environment_pointers.data(),
                    .folder = request.folder.c_str(),
                    .user = request.user.empty() ? nullptr : &user,
                    .input = nothing.get(),
                    .output = request.output,
                    .clock = request.clock_descriptor,
                    .gate = gate_read.get(),
                    .error = error_write.get()};
  const pid_t pid = ::fork();
  if (pid < 0) throw_errno("can't start " + request.binary);
  if (pid == 0) {
    // Or this copy of the gate's other end would keep it open.
    ::close(gate[1]);
    become(child);
  }
  error_write.reset();
  gate_read.reset();
  try {
    before_exec(pid);
  } catch (...) {
    gate_write.reset();
    ::waitpid(pid, nullptr, 0);
    throw;
  }
  if (::write(gate_write.get(), "g", 1) != 1) throw_errno("can't start " + request.binary);
  if (request.clock_descriptor >= 0) wait_and_install_clock(pid);
  int reason = 0;
  ssize_t count = 0;
  while ((count = ::read(error_read.get(), &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  if (count == static_cast<ssize_t>(sizeof reason)) {
    ::waitpid(pid, nullptr, 0);
    throw AgentError("can't start " + request.binary + ": " + std::strerror(reason));
  }
  return pid;
}

}  // namespace assay::agent
