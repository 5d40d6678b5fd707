// killed_controllers [--rounds 100] [--seed 1] [--first 1] [--nodes 3] [--assay PROGRAM]: is anything left behind when a run ends in
// the middle? Each round runs `assay run` with faults on local hosts of its own and lets something happen at a moment and with
// faults that are drawn from the seed: the controller is killed or stopped, its SSH connections are reset or cut, a host freezes
// while the controller dies, a host dies, or agents and guardians die with the controller. Everything that faults can change
// (harness/cluster/testing/host_listing.h) is listed before and after, and compared line by line. 15 seconds later all must be as
// before, by itself, or by `assay cluster heal` where nobody is left who could do it.
//
// Prints a table and names what is left. Round 7 of a seed is repeated by --first 7 --rounds 1, as far as two runs on real hosts
// are alike. Needs root. Exit codes: 0 nothing was left, 1 something was, 254 bad arguments, 255 the hosts can't be had.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "harness/cluster/testing/host_listing.h"
#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/rng.h"
#include "harness/core/time.h"

extern char** environ;

namespace assay::killing {
namespace {

using cluster::HostListing;
using Lines = std::vector<std::string>;

constexpr Nanos kPatience = 15 * kSecond;
constexpr Nanos kFirstFaultPatience = 60 * kSecond;

struct Options {
  int rounds = 100;
  std::uint64_t seed = 1;
  int first = 1;
  int nodes = 3;
  std::string assay = ASSAY_PROGRAM;
};

Nanos now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

void wait_for(Nanos duration) {
  const Nanos until = now() + duration;
  for (Nanos left = duration; left > 0; left = until - now())
    ::poll(nullptr, 0, static_cast<int>(left / kMillisecond) + 1);
}

enum class End { killed, stopped, reset, cut, frozen, host_died, orphaned };
constexpr const char* kEndNames[] = {"controller killed",
                                     "controller stopped",
                                     "SSH reset",
                                     "SSH cut",
                                     "a host frozen, controller killed",
                                     "a host died, controller killed",
                                     "controller, agents and guardians killed"};
constexpr End kEnds[] = {End::killed, End::killed, End::killed,    End::killed,  End::stopped,
                         End::reset,  End::reset,  End::cut,       End::cut,     End::frozen,
                         End::frozen, End::frozen, End::host_died, End::orphaned};

// Of each kind of resource those that stay in force for a while.
const std::vector<Lines> kFaults = {
    {"partition-halves", "partition-one", "partition-deaf-leader", "partition-flapping:500ms",
     "partition-swizzle", "partition-clients-leader", "partition-random"},
    {"packets-delay:50ms~10ms", "packets-link-loss:60%", "packets-rate:10mbit",
     "packets-duplicate:20%+corrupt:5%", "wan-continents"},
    {"connections-reset:500ms", "connections-half-open", "connections-half-open-clients"},
    {"kill-one", "kill-power-one", "kill-torn-one", "pause-one", "pause-freezer-leader", "restart-loop:300ms",
     "restart-hang-one", "wipe-one"},
    {"limit-cpu-one:10%", "limit-memory-one", "limit-files-one", "limit-tasks-one", "limit-cpu-leader:20%"},
    {"disk-full-one", "disk-errors-one", "disk-slow-leader:30ms", "disk-stuck-one", "disk-read-only-one",
     "disk-lost-sync-one", "damage-flip-log-one", "damage-truncate-data-one"},
    {"clock-skew-one:10s", "clock-drift-one:5%", "clock-freeze-one", "clock-strobe", "clock-leap-one"}};

std::string drawn_schedule(Rng& rng) {
  std::string schedule;
  for (const Lines& group : kFaults) {
    if (!rng.chance(3, 5)) continue;
    schedule += (schedule.empty() ? "" : "; ") + std::to_string(rng.between(0, 2500)) + "ms " +
                rng.pick(group) + " " + std::to_string(rng.between(1, 20)) + "s";
  }
  return schedule.empty() ? "0ms partition-halves 20s" : schedule;
}

// `assay run` as a process to be killed.
class Controller {
 public:
  Controller(const Options& options, const std::string& hosts_file, const std::string& schedule,
             std::uint64_t seed, std::string folder)
      : folder_(std::move(folder)) {
    Lines words = {options.assay,  "run",
                   "--cluster",    hosts_file,
                   "--nodes",      std::to_string(options.nodes),
                   "--rate",       "100",
                   "--time-limit", "60s",
                   "--seed",       std::to_string(seed),
                   "--schedule",   schedule,
                   "--store",      folder_ + "/store"};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string said = folder_ + "/said";
    posix_spawn_file_actions_addopen(&actions, 1, said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    const int trouble =
        ::posix_spawn(&pid_, options.assay.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (trouble != 0) throw HarnessError("can't run " + options.assay);
  }
  ~Controller() { end(); }
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  bool runs() {
    if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    return pid_ != 0;
  }
  void signal(int number) {
    if (runs()) ::kill(pid_, number);
  }
  void end() {
    if (pid_ != 0 && ::kill(pid_, SIGKILL) == 0) ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  // By the history: begun and not healed yet. Nothing before the main phase.
  std::optional<Lines> faults_in_force() const {
    std::ifstream history(folder_ + "/store/latest/history.jsonl");
    std::map<std::string, int> begun;
    bool any = false;
    for (std::string line; std::getline(history, line);) {
      if (line.find("\"nemesis\"") == std::string::npos) continue;
      for (const std::string word : {"start-", "stop-"}) {
        const std::size_t at = line.find("\"f\":\"" + word);
        if (at == std::string::npos) continue;
        const std::size_t name = at + 5 + word.size();
        begun[line.substr(name, line.find('"', name) - name)] += word == "start-" ? 1 : -1;
        any = true;
      }
    }
    if (!any) return std::nullopt;
    Lines names;
    for (const auto& [name, count] : begun) {
      if (count > 0) names.push_back(name);
    }
    return names;
  }
  std::string last_words() const {
    std::ifstream said(folder_ + "/said");
    std::string last;
    for (std::string line; std::getline(said, line);) last = line;
    return last;
  }

 private:
  std::string folder_;
  pid_t pid_ = 0;
};

// Drops what passes between this machine and the hosts' SSH servers.
class SshCut {
 public:
  explicit SshCut(const Lines& addresses) : table_("assay_cut_" + std::to_string(::getpid())) {
    const std::string add = "add rule inet " + table_;
    std::string rules = "add table inet " + table_ + "\n";
    for (const char* chain : {"input", "output"}) {
      rules += "add chain inet " + table_ + " " + chain + " { type filter hook " + chain +
               " priority -200; policy accept; }\n";
    }
    for (const std::string& address : addresses) {
      rules += add + " input ip saddr " + address + " tcp sport 22 drop\n";
      rules += add + " output ip daddr " + address + " tcp dport 22 drop\n";
    }
    const cluster::CommandOutput done = cluster::run_program({"nft", "-f", "-"}, rules);
    if (done.exit_status != 0) throw HarnessError("nft refused to cut SSH: " + done.output);
  }
  ~SshCut() {
    try {
      cluster::run_program({"nft", "delete", "table", "inet", table_});
    } catch (const std::exception&) {
      // Without nft the table was never made.
    }
  }
  SshCut(const SshCut&) = delete;
  SshCut& operator=(const SshCut&) = delete;

 private:
  std::string table_;
};

std::string joined(const Lines& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

struct Outcome {
  End end = End::killed;
  std::string moment;
  Lines in_force;
  Nanos took = 0;
  Lines needed_heal;  // what was left until then
  Lines left;
};

class Trial {
 public:
  explicit Trial(const Options& options)
      : options_(options), hosts_(options.nodes), listing_(hosts_.options(), options.nodes) {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-killed-XXXXXX").string();
    work_ = ::mkdtemp(pattern.data());
    before_ = listing_.lines();
  }
  ~Trial() { std::filesystem::remove_all(work_); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  Outcome round(int number) {
    Rng rng = Rng(options_.seed).fork("round", static_cast<std::uint64_t>(number));
    std::filesystem::remove_all(work_ + "/store");
    Outcome outcome;
    outcome.end = kEnds[rng.below(std::size(kEnds))];
    const std::string schedule = drawn_schedule(rng);
    Controller controller(options_, hosts_.path(), schedule, rng.below(1'000'000), work_);
    outcome.moment = wait_for_moment(controller, rng);
    outcome.in_force = controller.faults_in_force().value_or(Lines());
    if (!controller.runs()) outcome.moment += " (it had ended: " + controller.last_words() + ")";
    happen(outcome, controller, rng);
    controller.end();
    if (!outcome.left.empty()) return outcome;
    began_ = now();
    settle(outcome);
    return outcome;
  }

  // After a round that left something.
  void begin_anew() {
    cluster::LocalHosts(hosts_.options()).down();
    cluster::LocalHosts(hosts_.options()).up(options_.nodes);
    listing_.look_up_hosts();
    before_ = listing_.lines();
  }

 private:
  // One in five while the hosts are prepared, the others after the first fault is in force.
  std::string wait_for_moment(Controller& controller, Rng& rng) {
    const bool early = rng.chance(1, 5);
    const Nanos wait = rng.between(0, early ? 4'000 : 6'000) * kMillisecond;
    const Nanos deadline = now() + kFirstFaultPatience;
    while (!early && controller.runs() && !controller.faults_in_force() && now() < deadline)
      wait_for(50 * kMillisecond);
    wait_for(wait);
    return std::to_string(wait / kMillisecond) + " ms after " + (early ? "its start" : "the first fault");
  }

  // All, or one of them.
  Lines drawn_hosts(Rng& rng, bool all) {
    Lines names;
    for (int number = 1; number <= options_.nodes; ++number) names.push_back("n" + std::to_string(number));
    return all ? names : Lines{names[rng.below(names.size())]};
  }
  // Both ends of the connections learn that they are gone.
  void reset_ssh(const Lines& names) const {
    for (const std::string& address : addresses_of(names))
      cluster::run_program({"ss", "-K", "-t", "-n", "dst", address, "dport", "=", ":22"});
    for (const std::string& name : names) {
      cluster::run_program({"ip", "netns", "exec", "assay-" + hosts_.options().instance + "-" + name, "ss",
                            "-K", "-t", "-n", "sport", "=", ":22"});
    }
  }
  Lines addresses_of(const Lines& names) const {
    Lines addresses;
    for (const cluster::Host& host : hosts_.file().hosts) {
      if (std::find(names.begin(), names.end(), host.name) != names.end()) addresses.push_back(host.address);
    }
    return addresses;
  }

  void happen(Outcome& outcome, Controller& controller, Rng& rng) {
    began_ = now();
    const int one = 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(options_.nodes)));
    switch (outcome.end) {
      case End::killed:
        break;
      case End::stopped:
        controller.signal(SIGSTOP);
        settle(outcome, drawn_hosts(rng, true));
        break;
      case End::reset:
      case End::cut: {
        const Lines names = drawn_hosts(rng, rng.chance(1, 2));
        std::optional<SshCut> cut;
        if (outcome.end == End::cut) cut.emplace(addresses_of(names));
        if (!cut) reset_ssh(names);
        outcome.moment += ", of " + joined(names);
        settle(outcome, names);
        // TCP takes its time to find out what happened meanwhile.
        cut.reset();
        reset_ssh(names);
        break;
      }
      case End::frozen:
        signal_host(one, SIGSTOP);
        wait_for(rng.between(0, 2'000) * kMillisecond);
        controller.end();
        wait_for(rng.between(0, 12'000) * kMillisecond);
        signal_host(one, SIGCONT);
        break;
      case End::host_died:
        listing_.kill_host(one);
        controller.end();
        // What remains of it goes when the hosts are brought up again.
        cluster::LocalHosts(hosts_.options()).up(options_.nodes);
        listing_.look_up_hosts();
        break;
      case End::orphaned:
        for (const char* name : {"assay-guardian", "assay-agent"}) kill_everywhere(name);
        break;
    }
  }

  void signal_host(int number, int signal) {
    for (int again = 0; again < 2; ++again) {
      for (const pid_t pid : listing_.processes_of(number)) ::kill(pid, signal);
    }
  }
  void kill_everywhere(const std::string& name) {
    for (int number = 1; number <= options_.nodes; ++number) {
      for (const pid_t pid : listing_.processes_of(number)) {
        std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
        std::string found;
        std::getline(comm, found);
        if (found == name) ::kill(pid, SIGKILL);
      }
    }
  }

  // Waits until all is as before and says what is left otherwise. `names`: only these hosts are looked at, and sshd's processes
  // for connections, which end with those, are not.
  void settle(Outcome& outcome, const Lines& names = {}) {
    const auto look = [&] {
      outcome.left = HostListing::differences(before_, listing_.lines());
      std::erase_if(outcome.left, [&](const std::string& line) {
        const std::string name = line.substr(2, line.find(' ', 2) - 2);
        const bool other = std::find(names.begin(), names.end(), name) == names.end();
        return !names.empty() && (other || line.find(" process: sshd: root") != std::string::npos);
      });
    };
    const bool alone = outcome.end != End::orphaned;
    for (look(); !outcome.left.empty() && alone && now() - began_ < kPatience; look())
      wait_for(100 * kMillisecond);
    outcome.took = std::max(outcome.took, now() - began_);
    if (outcome.left.empty() || !names.empty()) return;
    outcome.needed_heal = outcome.left;
    cluster::run_program({options_.assay, "cluster", "heal", hosts_.path()});
    look();
  }

  const Options options_;
  cluster::TestHosts hosts_;
  HostListing listing_;
  std::string work_;
  Lines before_;
  Nanos began_ = 0;
};

std::string seconds(Nanos time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(time) / 1e9);
  return text;
}

int run(const Options& options) {
  Trial trial(options);
  std::printf(
      "| round | what happened | when | faults in force | as before after |\n|---|---|---|---|---|\n");
  std::map<std::string, int> faults;
  std::vector<Nanos> times;
  int healed = 0, dirty = 0;
  for (int number = options.first; number < options.first + options.rounds; ++number) {
    const Outcome outcome = trial.round(number);
    for (const std::string& name : outcome.in_force) ++faults[name];
    const bool by_heal = !outcome.needed_heal.empty();
    const std::string result = !outcome.left.empty() ? "**not**" : by_heal ? "heal" : seconds(outcome.took);
    std::printf("| %d | %s | %s | %s | %s |\n", number, kEndNames[static_cast<std::size_t>(outcome.end)],
                outcome.moment.c_str(), joined(outcome.in_force).c_str(), result.c_str());
    std::fflush(stdout);
    if (by_heal && outcome.end != End::orphaned) {
      for (const std::string& line : outcome.needed_heal) std::printf("  until healed: %s\n", line.c_str());
    }
    for (const std::string& line : outcome.left) std::printf("  left: %s\n", line.c_str());
    healed += by_heal ? 1 : 0;
    dirty += outcome.left.empty() ? 0 : 1;
    if (!by_heal && outcome.left.empty()) times.push_back(outcome.took);
    if (!outcome.left.empty()) trial.begin_anew();
  }
  std::sort(times.begin(), times.end());
  if (!times.empty()) {
    std::printf("\n%zu rounds as before by themselves after %s (median), %s (longest); %d by heal; %d not\n",
                times.size(), seconds(times[times.size() / 2]).c_str(), seconds(times.back()).c_str(), healed,
                dirty);
  }
  std::printf("in force when it happened:");
  for (const auto& [name, count] : faults) std::printf(" %s %d", name.c_str(), count);
  std::printf("\n");
  return dirty == 0 ? kExitValid : kExitInvalid;
}

std::optional<Options> parsed(int count, char** arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    const int number = std::atoi(arguments[i + 1]);
    if (name == "--assay") {
      options.assay = arguments[i + 1];
    } else if (number < 1) {
      return std::nullopt;
    } else if (name == "--rounds") {
      options.rounds = number;
    } else if (name == "--seed") {
      options.seed = static_cast<std::uint64_t>(number);
    } else if (name == "--first") {
      options.first = number;
    } else if (name == "--nodes") {
      options.nodes = number;
    } else {
      return std::nullopt;
    }
  }
  return count % 2 == 1 ? std::optional(options) : std::nullopt;
}

}  // namespace
}  // namespace assay::killing

int main(int count, char** arguments) {
  const auto options = assay::killing::parsed(count, arguments);
  if (!options) {
    std::fprintf(
        stderr,
        "killed_controllers: expected [--rounds N] [--seed N] [--first N] [--nodes N] [--assay PROGRAM]\n");
    return assay::kExitBadInput;
  }
  try {
    return assay::killing::run(*options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "killed_controllers: %s\n", error.what());
    return assay::kExitHarness;
  }
}
