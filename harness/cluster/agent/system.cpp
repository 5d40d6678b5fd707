#include "harness/cluster/agent/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace assay::agent {

void throw_errno(const std::string& what) { throw AgentError(what + ": " + std::strerror(errno)); }

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = other.release();
  }
  return *this;
}

int Descriptor::release() {
  const int number = number_;
  number_ = -1;
  return number;
}

void Descriptor::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

void pause_milliseconds(int milliseconds) { ::poll(nullptr, 0, milliseconds); }

std::int64_t monotonic_nanos() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t true_wall_nanos() {
  timespec time{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::string read_whole_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string content;
  if (!file.valid()) return content;
  char buffer[16384];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count > 0) content.append(buffer, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return content;
  }
}

bool write_whole_file(const std::string& path, std::string_view content) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.valid()) return false;
  while (!content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void make_folders(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST && !path_exists(part)) {
      throw_errno("can't make the folder " + part);
    }
    if (end == std::string::npos) return;
  }
}

bool path_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string boot_id() {
  std::string id = read_whole_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

bool in_user_namespace() {
  // "0 0 4294967295" where every user is themselves.
  unsigned long first = 0, outside = 0, count = 0;
  const std::string map = read_whole_file("/proc/self/uid_map");
  return std::sscanf(map.c_str(), "%lu %lu %lu", &first, &outside, &count) == 3 &&
         (first != 0 || outside != 0 || count != 4'294'967'295);
}

namespace {

// Between fork and exec: only calls that are safe there.
[[noreturn]] void become_command(char* const* arguments, int input, int output) {
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::close_range(3, ~0U, 0);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

CommandOutcome run_command(const std::vector<std::string>& arguments, std::string_view standard_input) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  Descriptor in_read(in[0]), in_write(in[1]);
  if (::pipe2(out, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  Descriptor out_read(out[0]), out_write(out[1]);
  const pid_t child = ::fork();
  if (child < 0) throw_errno("can't start " + arguments[0]);
  if (child == 0) become_command(pointers.data(), in_read.get(), out_write.get());
  in_read.reset();
  out_write.reset();
  // Inputs are rule sets of a few kilobytes: they fit the pipe, so writing can't wait for the reading below.
  while (!standard_input.empty()) {
    const ssize_t count = ::write(in_write.get(), standard_input.data(), standard_input.size());
    if (count <= 0) break;
    standard_input.remove_prefix(static_cast<std::size_t>(count));
  }
  in_write.reset();
  CommandOutcome outcome;
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(out_read.get(), buffer, sizeof buffer);
    if (count > 0) outcome.output.append(buffer, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) break;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

ProcessStat process_stat(pid_t pid) {
  ProcessStat stat;
  stat.pid = pid;
  const std::string text = read_whole_file("/proc/" + std::to_string(pid) + "/stat");
  // The name in parentheses may contain anything: fields are counted from its end.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return stat;
  int parent = 0;
  int session = 0;
  char state = 'X';
  unsigned long long start = 0;
  if (std::sscanf(text.c_str() + name_end + 1,
                  " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
                  &parent, &session, &start) != 4) {
    return stat;
  }
  stat.state = state;
  stat.parent = parent;
  stat.session = session;
  stat.start_ticks = start;
  return stat;
}

bool is_stopped(pid_t pid) {
  const char state = process_stat(pid).state;
  if (state != 'D') return state == 'T';
  const std::string status = read_whole_file("/proc/" + std::to_string(pid) + "/status");
  const std::string field = "ShdPnd:";
  const std::size_t at = status.find(field);
  if (at == std::string::npos) return false;
  const unsigned long long pending = std::strtoull(status.c_str() + at + field.size(), nullptr, 16);
  return (pending >> (SIGSTOP - 1) & 1) != 0;
}

std::vector<pid_t> all_processes() {
  std::vector<pid_t> processes;
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) return processes;
  while (const dirent* entry = ::readdir(folder)) {
    const int pid = std::atoi(entry->d_name);
    if (pid > 0) processes.push_back(pid);
  }
  ::closedir(folder);
  return processes;
}

std::vector<pid_t> session_members(pid_t session) {
  std::vector<ProcessStat> others;
  std::vector<pid_t> members;
  for (const pid_t pid : all_processes()) {
    const ProcessStat stat = process_stat(pid);
    if (stat.state == 'Z' || stat.state == 'X') continue;
    stat.session == session ? members.push_back(pid) : others.push_back(stat);
  }
  // Those found last are whose children are looked for next.
  for (std::size_t next = 0; next < members.size(); ++next) {
    for (const ProcessStat& other : others) {
      if (other.parent == members[next]) members.push_back(other.pid);
    }
  }
  return members;
}

bool kill_session(pid_t session, int patience_milliseconds) {
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{patience_milliseconds} * 1'000'000;
  while (true) {
    const std::vector<pid_t> members = session_members(session);
    if (members.empty()) return true;
    for (const pid_t pid : members) ::kill(pid, SIGKILL);
    if (monotonic_nanos() > deadline) return false;
    pause_milliseconds(1);
  }
}

}  // namespace assay::agent
