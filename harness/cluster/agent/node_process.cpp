#include "harness/cluster/agent/node_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "harness/cluster/agent/launch.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr int kKillPatienceMilliseconds = 10'000;
constexpr int kPausePatienceMilliseconds = 2'000;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

NodeProcess::NodeProcess(std::string name, std::string home, Journal& journal)
    : name_(std::move(name)), home_(std::move(home)), journal_(journal) {}

void NodeProcess::reap() {
  if (pid_ == 0) return;
  if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
    // The leader is gone; what it started and left behind goes too, or a restart would meet it.
    const pid_t session = pid_;
    pid_ = 0;
    kill_session(session, kKillPatienceMilliseconds);
    end_beside();
  }
}

std::vector<pid_t> NodeProcess::sessions() const {
  std::vector<pid_t> all;
  if (pid_ != 0) all.push_back(pid_);
  all.insert(all.end(), beside_.begin(), beside_.end());
  return all;
}

void NodeProcess::end_beside() {
  for (const pid_t session : std::exchange(beside_, {})) {
    ::kill(session, SIGKILL);
    ::waitpid(session, nullptr, 0);
    if (!kill_session(session, kKillPatienceMilliseconds))
      throw AgentError("what runs beside the process " + name_ + " doesn't die of SIGKILL");
  }
}

pid_t NodeProcess::launch_one(const NodeStart& request, const std::function<void(pid_t)>& before_exec) {
  make_folders(folder_of(request.log));
  const Descriptor log(::open(request.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.valid()) throw_errno("can't open the log " + request.log);
  const LaunchRequest launch_request{.binary = request.binary,
                                     .arguments = request.arguments,
                                     .environment = request.environment,
                                     .folder = request.folder,
                                     .user = request.user,
                                     .output = log.get(),
                                     .clock_descriptor = request.clock ? clock().descriptor() : -1};
  return launch(launch_request, before_exec);
}

void NodeProcess::start(const NodeStart& request) {
  reap();
  if (pid_ != 0) return;
  last_start_ = request;
  with_clock_ = request.clock;
  pid_ = launch_one(request, [this](pid_t pid) {
    start_ticks_ = process_stat(pid).start_ticks;
    journal_.add_process(name_, pid, start_ticks_);
    if (before_start_) before_start_(pid);
  });
  ++starts_;
  for (const NodeStart& beside : request.beside) {
    beside_.push_back(launch_one(beside, [this](pid_t pid) {
      journal_.add_process(name_ + "-beside", pid, process_stat(pid).start_ticks);
      if (before_start_) before_start_(pid);
    }));
  }
}

void NodeProcess::kill() {
  if (pid_ == 0) return;
  const pid_t session = pid_;
  // Children in sessions of their own are known by their parent, as long as it lives; while it is stopped it makes no new ones.
  ::kill(pid_, SIGSTOP);
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{kKillPatienceMilliseconds} * 1'000'000;
  while (process_stat(pid_).state != 'Z' && !is_stopped(pid_) && monotonic_nanos() < deadline)
    pause_milliseconds(1);
  const std::vector<pid_t> members = session_members(session);
  ::kill(pid_, SIGKILL);
  for (const pid_t pid : members) ::kill(pid, SIGKILL);
  while (::waitpid(session, nullptr, WNOHANG) == 0) {
    if (monotonic_nanos() > deadline) throw AgentError("the process " + name_ + " doesn't die of SIGKILL");
    pause_milliseconds(1);
  }
  pid_ = 0;
  const auto is_gone = [](pid_t pid) {
    const char state = process_stat(pid).state;
    return state == 'Z' || state == 'X';
  };
  while (!std::all_of(members.begin(), members.end(), is_gone) && monotonic_nanos() < deadline)
    pause_milliseconds(1);
  if (!std::all_of(members.begin(), members.end(), is_gone) ||
      !kill_session(session, kKillPatienceMilliseconds)) {
    throw AgentError("what the process " + name_ + " started doesn't die of SIGKILL");
  }
  end_beside();
}

void NodeProcess::pause() {
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{kPausePatienceMilliseconds} * 1'000'000;
  while (true) {
    // It may end by itself at any moment, of another fault: state() tells.
    reap();
    if (pid_ == 0) return;
    bool all_stopped = true;
    for (const pid_t session : sessions()) {
      for (const pid_t pid : session_members(session)) {
        if (is_stopped(pid)) continue;
        all_stopped = false;
        ::kill(pid, SIGSTOP);
      }
    }
    if (all_stopped) return;
    if (monotonic_nanos() > deadline) throw AgentError("the process " + name_ + " doesn't stop");
    pause_milliseconds(1);
  }
}

void NodeProcess::resume() {
  reap();
  if (pid_ == 0) return;
  for (const pid_t session : sessions()) {
    for (const pid_t pid : session_members(session)) ::kill(pid, SIGCONT);
  }
}

NodeProcess::State NodeProcess::state() {
  reap();
  if (pid_ == 0) return State::dead;
  return is_stopped(pid_) ? State::paused : State::running;
}

pid_t NodeProcess::pid() {
  reap();
  return pid_;
}

std::int64_t NodeProcess::incarnation() {
  reap();
  if (pid_ == 0) return 0;
  // The start time alone has ticks of 10 ms, and a process id alone may come back.
  return static_cast<std::int64_t>(start_ticks_) * 1'000'000 + starts_;
}

ClockFile& NodeProcess::clock() {
  if (!clock_) {
    const std::string path = home_ + "/agent/clock-" + name_;
    journal_.add_clock_file(path);
    make_clock_file(path);
    clock_ = std::make_unique<ClockFile>(path);
  }
  return *clock_;
}

void NodeProcess::reset_clock() {
  if (clock_) clock_->set_offset(0);
}

// A process that dies has no memory any more some time before it is gone: its threads and files end one by one.
std::optional<InstalledClock> NodeProcess::installed_clock() {
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{kKillPatienceMilliseconds} * 1'000'000;
  while (true) {
    reap();
    if (pid_ == 0) return std::nullopt;
    const InstalledClock found = with_clock_ ? inspect_clock(pid_, clock().path()) : InstalledClock{};
    if (!found.ending || monotonic_nanos() > deadline) return found;
    pause_milliseconds(1);
  }
}

NodeProcess::ClockCheck NodeProcess::check_clock() {
  ClockCheck check;
  const auto installed = installed_clock();
  check.running = installed.has_value();
  if (installed) check.installed = *installed;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  const pid_t helper = launch({.binary = "/proc/self/exe",
                               .arguments = {"print-clock"},
                               .output = write_end.get(),
                               .clock_descriptor = clock().descriptor()},
                              [](pid_t) {});
  write_end.reset();
  char buffer[128] = {};
  std::size_t size = 0;
  while (size + 1 < sizeof buffer) {
    const ssize_t count = ::read(read_end.get(), buffer + size, sizeof buffer - 1 - size);
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  ::waitpid(helper, nullptr, 0);
  long long offset = 0, precision = 0, at = 0;
  if (std::sscanf(buffer, "%lld %lld %lld", &offset, &precision, &at) != 3)
    throw AgentError("the clock helper said nothing");
  check.reading = {.offset = offset, .precision = precision, .at = at};
  return check;
}

}  // namespace assay::agent
