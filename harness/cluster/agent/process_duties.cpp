#include "harness/cluster/agent/process_duties.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <vector>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr std::int64_t kQuotaPeriodMicroseconds = 100'000;
constexpr int kMeasureMilliseconds = 500;
constexpr int kFreezePatienceMilliseconds = 2'000;
constexpr const char* kControllers[] = {"cpu", "memory", "pids", "freezer"};

std::vector<std::string> entries_of(const std::string& folder) {
  std::vector<std::string> names;
  DIR* open = ::opendir(folder.c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = ::readdir(open)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(open);
  return names;
}

// Nanoseconds of processor time of every thread.
std::int64_t processor_time(const std::vector<pid_t>& processes) {
  std::int64_t sum = 0;
  for (const pid_t pid : processes) {
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const std::string& task : entries_of(tasks))
      sum += std::strtoll(read_whole_file(tasks + "/" + task + "/schedstat").c_str(), nullptr, 10);
  }
  return sum;
}

}  // namespace

ProcessDuties::ProcessDuties(std::string home, Journal& journal, NodeProcess& node)
    : home_(std::move(home)), journal_(journal), node_(node) {}

std::optional<cluster::Message> ProcessDuties::perform(const Message& request) {
  using Duty = std::function<Message(ProcessDuties&, const Message&)>;
  static const std::map<std::string, Duty, std::less<>> table = {
      {"process-ability", [](ProcessDuties& self, const Message&) { return self.ability(); }},
      {"terminate", [](ProcessDuties& self, const Message& asked) { return self.terminate(asked); }},
      {"freeze", [](ProcessDuties& self, const Message&) { return self.freeze(); }},
      {"thaw", [](ProcessDuties& self, const Message&) { return self.let_go(), Message(); }},
      {"crash-loop", [](ProcessDuties& self, const Message& asked) { return self.crash_loop(asked); }},
      {"crashes",
       [](ProcessDuties& self, const Message&) {
         Message reply;
         reply.add("crashes", self.crashes_);
         return reply;
       }},
      {"limit", [](ProcessDuties& self, const Message& asked) { return self.limit(asked); }},
      {"unlimit", [](ProcessDuties& self, const Message&) { return self.unlimit(), Message(); }},
      {"limit-measure", [](ProcessDuties& self, const Message& asked) { return self.measure(asked); }},
  };
  const auto found = table.find(request.verb);
  if (found == table.end()) return std::nullopt;
  return found->second(*this, request);
}

cluster::Message ProcessDuties::ability() {
  Message reply;
  for (const std::string controller : kControllers) {
    const std::string folder = find_groups(controller, home_, journal_).folder;
    const bool there = !folder.empty() && ::access(folder.c_str(), W_OK) == 0;
    reply.add("no-" + controller, there ? ""
                                  : in_user_namespace()
                                      ? "root of a user namespace can't have groups of processes (cgroups)"
                                      : "the host's kernel offers no groups of processes with " + controller);
  }
  return reply;
}

std::vector<pid_t> ProcessDuties::members() {
  std::vector<pid_t> all;
  if (node_.pid() == 0) return all;  // asking reaps
  for (const pid_t session : node_.sessions()) {
    for (const pid_t pid : session_members(session)) all.push_back(pid);
  }
  return all;
}

Group& ProcessDuties::group(const std::string& controller) {
  const auto found = groups_.find(controller);
  if (found != groups_.end()) return found->second;
  Group made(find_groups(controller, home_, journal_), controller, journal_);
  return groups_.emplace(controller, std::move(made)).first->second;
}

void ProcessDuties::join_limits(pid_t process) {
  for (const auto& [controller, group] : groups_) {
    if (controller != "freezer") group.join(process);
  }
}

cluster::Message ProcessDuties::terminate(const Message& request) {
  let_go();
  Message reply;
  const pid_t pid = node_.pid();
  if (pid == 0) return std::move(reply.add("by-itself", 0));
  const std::int64_t patience = request.integer("patience");
  const std::int64_t deadline = monotonic_nanos() + patience;
  if (request.has("command")) {
    // One that says no, or nothing, is as one that did not help.
    const std::string seconds = std::to_string(std::max<std::int64_t>(patience / 1'000'000'000, 1));
    run_command({"timeout", "-s", "KILL", seconds, "/bin/sh", "-c", request.text("command")});
  } else {
    ::kill(pid, static_cast<int>(request.integer("signal", SIGTERM)));
  }
  while (node_.state() != NodeProcess::State::dead && monotonic_nanos() < deadline) pause_milliseconds(2);
  const bool by_itself = node_.state() == NodeProcess::State::dead;
  node_.kill();
  return std::move(reply.add("by-itself", by_itself ? 1 : 0));
}

cluster::Message ProcessDuties::freeze() {
  Group& freezer = group("freezer");
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{kFreezePatienceMilliseconds} * 1'000'000;
  while (true) {
    for (const pid_t pid : members()) freezer.join(pid);
    if (!(freezer.unified() ? freezer.set("cgroup.freeze", "1") : freezer.set("freezer.state", "FROZEN")))
      throw_errno("can't freeze the database");
    const bool all = freezer.unified() ? freezer.counter("cgroup.events", "frozen") == 1
                                       : freezer.get("freezer.state") == "FROZEN";
    if (all) return {};
    if (monotonic_nanos() > deadline) throw AgentError("the database doesn't freeze");
    pause_milliseconds(2);
  }
}

void ProcessDuties::let_go() {
  period_ = 0;
  const auto freezer = groups_.find("freezer");
  if (freezer == groups_.end()) return;
  if (!thaw_group(freezer->second.folder()) || !freezer->second.dissolve())
    throw AgentError("can't thaw the database");
  groups_.erase(freezer);
}

cluster::Message ProcessDuties::crash_loop(const Message& request) {
  let_go();
  crashes_ = 0;
  period_ = std::max<std::int64_t>(request.integer("period"), 1'000'000);
  next_crash_ = 0;
  tick();
  return {};
}

int ProcessDuties::tick() {
  if (period_ == 0) return -1;
  const std::int64_t now = monotonic_nanos();
  if (now >= next_crash_) {
    next_crash_ = now + period_;
    ++crashes_;
    node_.kill();
    node_.start_again();
  }
  return static_cast<int>(std::max<std::int64_t>(next_crash_ - monotonic_nanos(), 0) / 1'000'000) + 1;
}

void ProcessDuties::limit_files(std::int64_t more) {
  for (const pid_t pid : members()) {
    rlimit before{};
    if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &before) != 0) continue;
    const auto open = static_cast<std::int64_t>(entries_of("/proc/" + std::to_string(pid) + "/fd").size());
    rlimit now = before;
    now.rlim_cur = static_cast<rlim_t>(open + more);
    if (::prlimit(pid, RLIMIT_NOFILE, &now, nullptr) != 0) {
      if (errno == ESRCH) continue;
      throw_errno("can't limit the database's files");
    }
    files_before_.emplace(pid, before);
    files_allowed_[pid] = now.rlim_cur;
  }
}

bool ProcessDuties::files_are_limited() {
  const std::vector<pid_t> all = members();
  return !files_allowed_.empty() && std::all_of(all.begin(), all.end(), [this](pid_t pid) {
    rlimit now{};
    const auto allowed = files_allowed_.find(pid);
    return allowed != files_allowed_.end() && ::prlimit(pid, RLIMIT_NOFILE, nullptr, &now) == 0 &&
           now.rlim_cur <= allowed->second;
  });
}

cluster::Message ProcessDuties::limit(const Message& request) {
  const std::string kind = request.text("kind");
  const std::int64_t amount = request.integer("amount");
  if (kind == "files") return limit_files(amount), Message();
  Group& limited = group(kind == "tasks" ? "pids" : kind);
  for (int round = 0; round < 2; ++round) {
    for (const pid_t pid : members()) limited.join(pid);
  }
  bool good = true;
  const std::string quota = std::to_string(amount * kQuotaPeriodMicroseconds / 100);
  const std::string period = std::to_string(kQuotaPeriodMicroseconds);
  if (kind == "cpu") {
    good = limited.unified()
               ? limited.set("cpu.max", quota + " " + period)
               : limited.set("cpu.cfs_period_us", period) && limited.set("cpu.cfs_quota_us", quota);
  } else if (kind == "memory") {
    good = limited.set(limited.unified() ? "memory.max" : "memory.limit_in_bytes", std::to_string(amount));
    // Or it would only become slow; absent where nothing counts it.
    limited.set(limited.unified() ? "memory.swap.max" : "memory.memsw.limit_in_bytes",
                limited.unified() ? "0" : std::to_string(amount));
  } else {
    tasks_max_ = std::strtoll(limited.get("pids.current").c_str(), nullptr, 10) + amount;
    good = limited.set("pids.max", std::to_string(tasks_max_));
  }
  if (!good) throw_errno("can't set the limit of the database's " + kind);
  return {};
}

void ProcessDuties::unlimit() {
  for (auto each = groups_.begin(); each != groups_.end();) {
    if (each->first == "freezer") {
      ++each;
      continue;
    }
    if (!each->second.dissolve()) throw AgentError("can't take the limits of the database away");
    each = groups_.erase(each);
  }
  for (const auto& [pid, before] : files_before_) ::prlimit(pid, RLIMIT_NOFILE, &before, nullptr);
  files_before_.clear();
  files_allowed_.clear();
}

cluster::Message ProcessDuties::measure(const Message& request) {
  const std::string kind = request.text("kind");
  const std::int64_t amount = request.integer("amount");
  Message reply;
  if (kind == "files") {
    std::int64_t open = 0;
    for (const pid_t pid : members())
      open += static_cast<std::int64_t>(entries_of("/proc/" + std::to_string(pid) + "/fd").size());
    return std::move(reply.add("proved", files_are_limited() ? 1 : 0).add("open-files", open));
  }
  const auto found = groups_.find(kind == "tasks" ? "pids" : kind);
  if (found == groups_.end()) return std::move(reply.add("proved", 0));
  const Group& limited = found->second;
  const auto number = [&limited](const char* file) {
    return std::strtoll(limited.get(file).c_str(), nullptr, 10);
  };
  if (kind == "cpu") {
    const std::int64_t quota = number(limited.unified() ? "cpu.max" : "cpu.cfs_quota_us");
    const std::int64_t before = processor_time(members()), began = monotonic_nanos();
    pause_milliseconds(kMeasureMilliseconds);
    const std::int64_t percent = (processor_time(members()) - before) * 100 / (monotonic_nanos() - began);
    const bool set = quota == amount * kQuotaPeriodMicroseconds / 100;
    reply.add("proved", set && percent <= amount + std::max<std::int64_t>(5, amount / 2) ? 1 : 0);
    reply.add("percent", percent).add("periods-throttled", limited.counter("cpu.stat", "nr_throttled"));
  } else if (kind == "memory") {
    const std::int64_t set = number(limited.unified() ? "memory.max" : "memory.limit_in_bytes");
    reply.add("proved", set > 0 && set <= amount ? 1 : 0);
    reply.add("refused",
              limited.unified() ? limited.counter("memory.events", "max") : number("memory.failcnt"));
    reply.add("killed",
              limited.counter(limited.unified() ? "memory.events" : "memory.oom_control", "oom_kill"));
  } else {
    reply.add("proved", number("pids.max") == tasks_max_ ? 1 : 0);
    reply.add("tasks", number("pids.current")).add("refused", limited.counter("pids.events", "max"));
  }
  return reply;
}

}  // namespace assay::agent
