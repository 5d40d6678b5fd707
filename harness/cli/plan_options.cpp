#include "harness/cli/plan_options.h"

#include <sstream>

#include "harness/cli/plugins.h"
#include "harness/cluster/ssh.h"
#include "harness/core/error.h"
#include "harness/core/option_reader.h"
#include "harness/core/rates.h"
#include "harness/core/schedule.h"
#include "harness/core/units.h"
#include "harness/formats/nemesis_json.h"
#include "targets/maelstrom/kinds.h"
#include "targets/registry.h"

namespace assay::cli {

namespace {

// A simulated second costs more work than a real one is long: a moderate rate covers more seeds in the same time.
constexpr std::int64_t kSimulatedRate = 100;
constexpr std::int64_t kRealRate = 1000;

Nanos duration(const std::string& flag, const std::string& text) {
  const auto parsed = parse_duration(text);
  if (!parsed) throw InputError(flag + " " + text + ": expected a duration like 30s, 500ms or 2m");
  return *parsed;
}

// Every option of any mode of any target, with the modes that have it.
std::map<std::string, std::string> mode_option_names() {
  std::map<std::string, std::string> names;
  for (const TargetPlugin* plugin : targets::all_plugins()) {
    for (const ModeInfo& mode : plugin->modes()) {
      for (const OptionInfo& option : mode.options) {
        std::string& modes = names[option.name];
        modes += (modes.empty() ? "" : ", ") + mode.name;
      }
    }
  }
  return names;
}

void add_mode_options(CLI::App& command, PlanFlags& flags) {
  for (const auto& [name, modes] : mode_option_names()) {
    command
        .add_option("--" + name, flags.mode_options[name], "Option of mode " + modes + " (assay list modes)")
        ->group("Options of modes");
  }
}

void add_nemesis_options(CLI::App& command, PlanFlags& flags) {
  command
      .add_option("--nemesis", flags.nemesis,
                  "Faults, comma-separated (assay list faults), with weights if some are to come more often: "
                  "partition=3,kill; none by default")
      ->delimiter(',');
  command
      .add_option(
          "--schedule", flags.schedule,
          "Faults at exact moments of the main phase, or when something happened: \"5s kill-leader 3s; "
          "leader-changed+1s partition-leader 4s; then+1s pause 2s\"")
      ->expected(1)
      ->take_all();
  command.add_option("--nemesis-plan", flags.nemesis_plan,
                     "The faults of a file, as nemesis.json of a run folder: that run's faults again "
                     "(docs/nemesis.md)");
  command
      .add_option("--nemesis-budget", flags.nemesis_budget,
                  "So many nodes are hurt at once at most: none, minority (the cluster can go on), a number")
      ->capture_default_str();
  command.add_option("--fault-interval", flags.fault_interval, "Mean time between faults")
      ->capture_default_str();
  command.add_option("--fault-duration", flags.fault_duration, "Mean length of a fault")
      ->capture_default_str();
  command
      .add_option("--fault-pace", flags.fault_pace,
                  "Of the times between faults: uniform (half to one and a half of the mean), poisson, fixed")
      ->capture_default_str();
  command.add_option("--quiet", flags.quiet, "When no drawn fault is in force: 10s..15s,40s..45s");
}

Facts given_options(const PlanFlags& flags) {
  Facts facts;
  for (const auto& [name, text] : flags.mode_options) {
    if (!text.empty()) facts.push_back(parse_option("--" + name, name + "=" + text));
  }
  for (const std::string& text : flags.options) facts.push_back(parse_option("--option", text));
  return facts;
}

// Several flags are one schedule.
std::vector<ScheduledFault> schedule(const std::vector<std::string>& texts) {
  std::vector<ScheduledFault> windows;
  for (const std::string& text : texts) {
    const auto parsed = parse_schedule(text);
    if (!parsed) {
      throw InputError(
          "--schedule \"" + text +
          "\": expected windows of a beginning, a fault and a length, such as \"5s kill-leader 3s; "
          "12s partition-leader 4s\"");
    }
    windows.insert(windows.end(), parsed->begin(), parsed->end());
  }
  return windows;
}

// Refuses what does not fit the plan, in the file's name. Requires: everything else of the plan is set.
void take_nemesis_plan(const std::string& file, Plan& plan) {
  if (!plan.nemesis.empty() || !plan.schedule.empty()) {
    throw InputError("--nemesis-plan " + file +
                     ": says all faults; leave out --nemesis and --schedule, or --nemesis-plan");
  }
  plan.schedule = formats::read_nemesis(file);
  try {
    resolve_plan_faults(plan);
  } catch (const InputError& error) {
    std::string sentence = error.what();
    constexpr std::string_view kOption = "--schedule";
    if (sentence.starts_with(kOption))
      sentence.erase(0, kOption.size() + (sentence[kOption.size()] == ':' ? 1 : 0));
    throw InputError(file + ": field \"windows\":" + sentence);
  }
}

// What flags can't say: only a plan file can.
bool needs_file(const Plan& plan) {
  for (const ScheduledFault& window : plan.schedule) {
    if (window.waits || !window.draw.empty() || !window.seen.empty()) return true;
  }
  return !plan.operations.empty();
}

// A program, rather than the name of a kind of database: a node that was written for Maelstrom.
bool names_program(const std::string& target) { return target.find('/') != std::string::npos; }

// Maelstrom's workload of that name says which messages are spoken, and stands for one of ours with its options.
void take_maelstrom_workload(const PlanFlags& flags, Plan& plan) {
  const bool usual = flags.workload == PlanFlags().workload;
  const maelstrom::KindInfo* kind =
      maelstrom::kind_named(usual && !flags.mode.empty() ? flags.mode : flags.workload);
  if (kind == nullptr && usual && flags.mode.empty()) kind = &maelstrom::all_kinds().front();
  if (kind == nullptr && !flags.mode.empty()) return;  // one of ours, as it is
  if (kind == nullptr) {
    std::string names;
    for (const maelstrom::KindInfo& each : maelstrom::all_kinds())
      names += (names.empty() ? "" : ", ") + std::string(each.name);
    throw InputError("--workload " + flags.workload + ": of nodes for Maelstrom there are " + names);
  }
  plan.mode = flags.mode.empty() ? kind->name : flags.mode;
  plan.workload = kind->workload;
  if (!kind->keyed && flags.keys == PlanFlags().keys) plan.keys = 1;
  std::istringstream words{std::string(kind->options)};
  for (std::string word; words >> word;) {
    const Fact option = parse_option("--workload-option", word);
    if (find_fact(plan.workload_options, option.name) == nullptr) plan.workload_options.push_back(option);
  }
}

std::string join(const std::vector<std::string>& items) {
  std::string joined;
  for (const std::string& item : items) joined += (joined.empty() ? "" : ",") + item;
  return joined;
}

}  // namespace

void add_plan_flags(CLI::App& command, PlanFlags& flags, bool with_seed) {
  command
      .add_option(
          "--target", flags.target,
          "Kind of database (assay list targets), a file that describes one (docs/adding-a-store.md), or the "
          "program of a node for Maelstrom (docs/maelstrom.md)")
      ->capture_default_str();
  command.add_option("--mode", flags.mode, "How it replicates (assay list modes); default: its first");
  command.add_option("--workload", flags.workload, "What clients ask (assay list workloads)")
      ->capture_default_str();
  add_nemesis_options(command, flags);
  command.add_option("--cluster", flags.cluster, "sim, local, or a hosts file")->capture_default_str();
  command.add_option("--nodes", flags.nodes, "Nodes of the database")->capture_default_str();
  command.add_option("--concurrency", flags.concurrency, "Processes (logical clients)")
      ->capture_default_str();
  command.add_option("--keys", flags.keys, "Keys that the workload uses")->capture_default_str();
  command.add_option("--rate", flags.rate,
                     "Operations a second over all processes; default: 100 simulated, 1000 real");
  command.add_flag("--constant", flags.constant, "Even spacing instead of Poisson arrivals");
  command.add_option(
      "--rate-sweep", flags.rate_sweep,
      "Rates one after the other in equal parts of the main phase, 1000..10000:1000 or a list: "
      "latency against throughput");
  command
      .add_option("--think-time", flags.think_time,
                  "Closed loop: what a process waits between an answer and its next operation")
      ->capture_default_str();
  command.add_flag("--closed-loop", flags.closed_loop, "Each process invokes as soon as it is free");
  command.add_option("--time-limit", flags.time_limit, "Length of the main phase")->capture_default_str();
  command.add_option("--warm-up", flags.warm_up, "Before the main phase, not measured")
      ->capture_default_str();
  command.add_option("--operation-timeout", flags.operation_timeout, "When an operation is given up")
      ->capture_default_str();
  command
      .add_option("--recovery-limit", flags.recovery_limit, "Progress is demanded this soon after healing")
      ->capture_default_str();
  if (with_seed) command.add_option("--seed", flags.seed, "Repeats a run; default: drawn from the clock");
  command.add_option("--bug", flags.bugs, "Seeded bugs of the target, comma-separated (assay list bugs)")
      ->delimiter(',');
  command.add_option("--option", flags.options, "Further option of the target: name=value")
      ->expected(1)
      ->take_all();
  add_mode_options(command, flags);
  command
      .add_option("--checker", flags.checkers,
                  "Judge instead of the workload's, with its options: \"staleness delta=500ms\"")
      ->expected(1)
      ->take_all();
  command.add_option("--workload-option", flags.workload_options, "Option of the workload: name=value")
      ->expected(1)
      ->take_all();
  command.add_option("--check-time-limit", flags.check_time_limit, "Budget of each checker")
      ->capture_default_str();
  command.add_option("--check-memory-limit", flags.check_memory_limit, "Budget of each checker")
      ->capture_default_str();
  command
      .add_option(
          "--objective", flags.objectives,
          "What must be reached for exit code 0: \"read.p99 < 20ms\", \"errors < 0.1%\" (docs/gate.md)")
      ->expected(1)
      ->take_all();
}

Plan plan_from_flags(const PlanFlags& given) {
  PlanFlags flags = given;
  if (flags.target.ends_with(".json")) {  // a file that describes a database
    flags.mode_options["description"] = flags.target;
    flags.target = "described";
    if (!flags.mode.empty()) flags.mode_options["described_mode"] = flags.mode;
    flags.mode.clear();
  }
  if (names_program(flags.target)) {
    flags.mode_options["program"] = flags.target;
    flags.target = "maelstrom";
  }
  Plan plan;
  plan.target = flags.target;
  plan.mode = flags.mode.empty() ? find_target(flags.target).modes().front().name : flags.mode;
  plan.workload = flags.workload;
  plan.nemesis = flags.nemesis;
  plan.schedule = schedule(flags.schedule);
  plan.cluster = flags.cluster;
  plan.nodes = flags.nodes;
  plan.concurrency = flags.concurrency;
  plan.keys = flags.keys;
  if (flags.closed_loop && (flags.constant || flags.rate != 0)) {
    throw InputError("--closed-loop: has no rate; leave out --rate and --constant, or --closed-loop");
  }
  if (flags.rate < 0) throw InputError("--rate " + std::to_string(flags.rate) + ": must be positive");
  plan.pace = flags.closed_loop ? Pace::closed_loop : flags.constant ? Pace::constant : Pace::poisson;
  plan.rate = flags.rate != 0 ? flags.rate : flags.cluster == "sim" ? kSimulatedRate : kRealRate;
  plan.rate_sweep = flags.rate_sweep;
  if (const auto rates = parse_rates(plan.rate_sweep); !plan.rate_sweep.empty() && flags.rate == 0 && rates)
    plan.rate = rates->front();
  plan.think_time = duration("--think-time", flags.think_time);
  plan.time_limit = duration("--time-limit", flags.time_limit);
  plan.warm_up = duration("--warm-up", flags.warm_up);
  plan.operation_timeout = duration("--operation-timeout", flags.operation_timeout);
  plan.recovery_limit = duration("--recovery-limit", flags.recovery_limit);
  plan.fault_interval = duration("--fault-interval", flags.fault_interval);
  plan.fault_duration = duration("--fault-duration", flags.fault_duration);
  plan.nemesis_budget = flags.nemesis_budget;
  plan.fault_pace = flags.fault_pace;
  plan.quiet = flags.quiet;
  plan.seed = flags.seed;
  plan.bugs = flags.bugs;
  plan.options = given_options(flags);
  plan.checkers = flags.checkers;
  for (const std::string& option : flags.workload_options) {
    plan.workload_options.push_back(parse_option("--workload-option", option));
  }
  if (plan.target == "maelstrom") take_maelstrom_workload(flags, plan);
  plan.check_time_limit = duration("--check-time-limit", flags.check_time_limit);
  const auto memory = parse_size(flags.check_memory_limit);
  if (!memory)
    throw InputError("--check-memory-limit " + flags.check_memory_limit + ": expected a size like 4G");
  plan.check_memory_limit_bytes = *memory;
  plan.objectives = flags.objectives;
  if (!flags.nemesis_plan.empty()) take_nemesis_plan(flags.nemesis_plan, plan);
  return plan;
}

std::string quoted(const std::string& text) { return cluster::shell_word(text); }

std::string command_for(const Plan& plan) {
  if (needs_file(plan)) return "assay run plan.json --seed " + std::to_string(plan.seed);
  const Plan defaults = plan_from_flags(PlanFlags{});
  std::string command = "assay run";
  const auto add = [&command](const std::string& flag, const std::string& value, const std::string& usual) {
    if (value != usual) command += " " + flag + " " + quoted(value);
  };
  const auto add_number = [&add](const std::string& flag, std::int64_t value, std::int64_t usual) {
    add(flag, std::to_string(value), std::to_string(usual));
  };
  const auto add_duration = [&add](const std::string& flag, Nanos value, Nanos usual) {
    add(flag, format_duration(value), format_duration(usual));
  };
  command += " --target " + plan.target + " --mode " + plan.mode + " --workload " + plan.workload;
  add("--nemesis", join(plan.nemesis), "");
  add("--schedule", format_schedule(plan.schedule), "");
  command += " --cluster " + plan.cluster;
  add_number("--nodes", plan.nodes, defaults.nodes);
  add_number("--concurrency", plan.concurrency, defaults.concurrency);
  add_number("--keys", plan.keys, defaults.keys);
  if (plan.pace == Pace::closed_loop) {
    command += " --closed-loop";
  } else {
    const auto rates = parse_rates(plan.rate_sweep);
    const std::int64_t usual = plan.cluster == "sim" ? kSimulatedRate : kRealRate;
    add_number("--rate", plan.rate, rates ? rates->front() : usual);
    add("--rate-sweep", plan.rate_sweep, "");
    if (plan.pace == Pace::constant) command += " --constant";
  }
  add_duration("--think-time", plan.think_time, defaults.think_time);
  add_duration("--time-limit", plan.time_limit, defaults.time_limit);
  add_duration("--warm-up", plan.warm_up, defaults.warm_up);
  add_duration("--operation-timeout", plan.operation_timeout, defaults.operation_timeout);
  add_duration("--recovery-limit", plan.recovery_limit, defaults.recovery_limit);
  add_duration("--fault-interval", plan.fault_interval, defaults.fault_interval);
  add_duration("--fault-duration", plan.fault_duration, defaults.fault_duration);
  add("--nemesis-budget", plan.nemesis_budget, defaults.nemesis_budget);
  add("--fault-pace", plan.fault_pace, defaults.fault_pace);
  add("--quiet", plan.quiet, "");
  add("--bug", join(plan.bugs), "");
  for (const Fact& fact : plan.options) {
    const std::string text = format_option(fact);
    const bool has_flag = mode_option_names().contains(fact.name);
    command += has_flag ? " --" + fact.name + " " + quoted(text.substr(fact.name.size() + 1))
                        : " --option " + quoted(text);
  }
  for (const std::string& checker : plan.checkers) add("--checker", checker, "");
  for (const Fact& option : plan.workload_options) add("--workload-option", format_option(option), "");
  for (const std::string& objective : plan.objectives) add("--objective", objective, "");
  return command + " --seed " + std::to_string(plan.seed);
}

}  // namespace assay::cli
