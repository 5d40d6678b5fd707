#include "harness/cli/gate_options.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/option_reader.h"
#include "harness/core/units.h"
#include "harness/formats/plan_json.h"

namespace assay::cli {

namespace {

constexpr const char* kNothingToCompare =
    "there is nothing to compare: give --baseline-bin or --candidate-bin (two builds), --baseline-option or "
    "--candidate-option (two settings), --baseline-plan and --candidate-plan, --run (a run that is over), "
    "--trend, or "
    "--self-test";

void add_side(CLI::App& command, const std::string& name, SideFlags& side) {
  command.add_option("--" + name + "-bin", side.program, "Program of the " + name + ", on hosts")
      ->group("Baseline and candidate");
  command
      .add_option("--" + name + "-option", side.options,
                  "Option of the target of the " + name + ": name=value")
      ->expected(1)
      ->take_all()
      ->group("Baseline and candidate");
  command
      .add_option("--" + name + "-plan", side.plan, "Plan (JSON) of the " + name + " instead of the flags")
      ->group("Baseline and candidate");
  command.add_option("--" + name + "-cluster", side.cluster, "Hosts file of the " + name)
      ->group("Baseline and candidate");
}

Nanos positive_duration(const std::string& flag, const std::string& text, Nanos least) {
  const auto parsed = parse_duration(text);
  if (!parsed || *parsed < least) {
    throw InputError(flag + " " + text + ": expected a duration of at least " + format_duration(least) +
                     ", like 100ms");
  }
  return *parsed;
}

std::optional<GatedMetric> metric_named(const std::string& name) {
  for (const GatedMetric metric : gate::all_metrics()) {
    if (gated_metric_name(metric) == name) return metric;
  }
  return std::nullopt;
}

void set_margin(gate::Options& options, const std::string& text) {
  const std::size_t equals = text.find('=');
  const auto metric = metric_named(text.substr(0, equals));
  if (!metric || equals == std::string::npos) {
    throw InputError("--margin " + text +
                     ": expected METRIC=SHARE% with one of throughput, p50, p99, such as p99=20%");
  }
  const double share = share_option("--margin", text.substr(equals + 1));
  (*metric == GatedMetric::throughput ? options.throughput_margin
   : *metric == GatedMetric::p50      ? options.p50_margin
                                      : options.p99_margin) = share;
}

// Options that are given again replace those of the plan.
void set_option(Facts& options, Fact fact) {
  for (Fact& known : options) {
    if (known.name != fact.name) continue;
    known.value = std::move(fact.value);
    return;
  }
  options.push_back(std::move(fact));
}

GateSidePlan side_plan(const std::string& name, const Plan& common, const SideFlags& side) {
  GateSidePlan result{name, {}, common};
  if (!side.plan.empty()) {
    result.plan = formats::read_plan(side.plan).plan;
    result.plan.seed = common.seed;
    result.what = "plan " + side.plan;
  }
  Plan& plan = result.plan;
  const auto say = [&result](const std::string& words) {
    result.what += (result.what.empty() ? "" : ", ") + words;
  };
  if (!side.cluster.empty()) {
    plan.cluster = side.cluster;
    say("hosts " + side.cluster);
  }
  if (!side.program.empty()) {
    const std::string flag = "--" + name + "-bin " + side.program;
    if (plan.cluster == "sim" || plan.target == "instant") {
      throw InputError(flag +
                       ": what is simulated is part of assay; two builds are compared on hosts, e.g. with "
                       "--cluster local");
    }
    if (!std::filesystem::is_regular_file(side.program))
      throw InputError(flag + ": there is no such program");
    set_option(plan.options, {"program", Value::text(std::filesystem::absolute(side.program).string())});
    say("program " + side.program);
  }
  for (const std::string& text : side.options) {
    set_option(plan.options, parse_option("--" + name + "-option", text));
    say(text);
  }
  if (result.what.empty()) result.what = "as the plan says";
  return result;
}

void require_comparable(const GateSidePlan& side) {
  const Plan& plan = side.plan;
  if (!plan.nemesis.empty() || !plan.schedule.empty()) {
    throw InputError(
        "gate: the blocks are measured without faults; leave out --nemesis and --schedule, and judge "
        "recovery by an "
        "objective of a run (assay run, then assay gate --run)");
  }
}

}  // namespace

double share_option(const std::string& flag, const std::string& text) {
  const bool digits =
      text.size() > 1 && text.ends_with('%') && text.find_first_not_of("0123456789.") == text.size() - 1;
  const double share = digits ? std::atof(text.c_str()) / 100 : 0;
  if (share <= 0 || share > 10) throw InputError(flag + " " + text + ": expected a share such as 5%");
  return share;
}

void add_gate_flags(CLI::App& command, GateFlags& flags) {
  command.add_option("PLAN", flags.plan_file, "A plan (JSON) that both sides share, instead of flags");
  add_plan_flags(command, flags.plan, true);
  add_side(command, "baseline", flags.baseline);
  add_side(command, "candidate", flags.candidate);
  command.add_option("--run", flags.run, "Judge a run that is over: its verdict, quality and objectives");
  command.add_option("--trend", flags.trend, "Find the changes in what --save wrote into this file (.jsonl)");
  command.add_flag("--self-test", flags.self_test, "The same on both sides: false alarms, smallest effect");
  command.add_option("--comparisons", flags.comparisons, "Of the self-test")->capture_default_str();
  command.add_option("--block", flags.block, "Length of a block")->capture_default_str();
  command.add_option("--settle", flags.settle, "Before each block, not measured")->capture_default_str();
  command.add_option("--pairs", flags.pairs, "Pairs of blocks for each look, at least 40")
      ->capture_default_str();
  command.add_option("--looks", flags.looks, "At most, 1 to 3; the budget is --looks times --pairs")
      ->capture_default_str();
  command.add_option("--metrics", flags.metrics, "Gated: throughput, p50, p99; default: all")->delimiter(',');
  command.add_option("--margin", flags.margins, "Tolerated: METRIC=SHARE%; default: 5%, p99 15%")
      ->delimiter(',');
  command.add_option("--limit", flags.limits, "Of the measurement's quality: drift=30% and so on")
      ->delimiter(',');
  command.add_option("--save", flags.save, "Write the candidate's figures here; append to a .jsonl");
  command.add_option("--label", flags.label,
                     "What they are of; default: the commit, where the CI system tells it");
  command.add_option("--stored", flags.stored, "Compare with figures that --save wrote; only told");
  command.add_option("--stored-margin", flags.stored_margin,
                     "... or a regression beyond this share, e.g. 50%");
  command.add_option("--store", flags.store, "Where the gate's folder goes")->capture_default_str();
  command.add_flag("--json", flags.json, "Print gate.json to standard output");
}

std::vector<std::string> given_words(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0) continue;
    const bool flag = option->get_items_expected_max() == 0;
    for (const std::string& value : option->results()) {
      if (!option->get_positional()) words.push_back(option->get_name());
      if (!flag) words.push_back(quoted(value));
    }
  }
  return words;
}

void check_gate_flags(const CLI::App& command, const GateFlags& flags) {
  const bool sides = flags.baseline.given() || flags.candidate.given();
  const int ways = (sides ? 1 : 0) + (flags.self_test ? 1 : 0) + (flags.run.empty() ? 0 : 1) +
                   (flags.trend.empty() ? 0 : 1);
  if (ways == 0) throw InputError(kNothingToCompare);
  if (ways > 1)
    throw InputError("--self-test, --run, --trend, and a baseline or candidate exclude one another");
  if (command.get_option("--time-limit")->count() > 0 && flags.run.empty()) {
    throw InputError("--time-limit: is for runs; how long a gate measures is --block times --pairs");
  }
  if (!flags.plan.rate_sweep.empty()) {
    throw InputError("--rate-sweep: is for runs; a gate has one rate, or a closed loop");
  }
  if (!flags.stored_margin.empty() && flags.stored.empty()) {
    throw InputError("--stored-margin: there is nothing to compare with; give --stored");
  }
  if (flags.baseline.plan.empty() != flags.candidate.plan.empty()) {
    throw InputError("--baseline-plan and --candidate-plan: give both, or neither");
  }
}

std::vector<GateSidePlan> side_plans(const CLI::App& command, const GateFlags& flags, std::uint64_t seed) {
  Plan common;
  if (flags.plan_file.empty()) {
    common = plan_from_flags(flags.plan);
    if (flags.plan.rate == 0) {
      if (flags.plan.constant)
        throw InputError("--constant: needs a --rate; without one a gate is a closed loop");
      common.pace = Pace::closed_loop;
    }
    if (command.get_option("--nodes")->count() == 0) common.nodes = 3;
  } else {
    common = formats::read_plan(flags.plan_file).plan;
    if (command.get_option("--cluster")->count() > 0) common.cluster = flags.plan.cluster;
  }
  common.seed = seed;
  std::vector<GateSidePlan> sides = {side_plan("baseline", common, flags.baseline),
                                     side_plan("candidate", common, flags.candidate)};
  for (const GateSidePlan& side : sides) require_comparable(side);
  // The same seed on both sides makes two simulations of one program identical: a self-test is about their noise.
  if (flags.self_test) sides[1].plan.seed = seed + 1;
  const bool same_hosts = sides[0].plan.cluster == sides[1].plan.cluster && sides[0].plan.cluster != "sim" &&
                          sides[0].plan.cluster != "local" && sides[0].plan.target != "instant";
  if (same_hosts) {
    throw InputError(
        "--cluster " + sides[0].plan.cluster +
        ": both databases are up at once and need hosts of their own; give --baseline-cluster and "
        "--candidate-cluster");
  }
  return sides;
}

gate::Options gate_options(const GateFlags& flags, std::uint64_t seed) {
  gate::Options options;
  options.seed = seed;
  if (flags.pairs < gate::kPairsMin || flags.pairs > 10'000) {
    throw InputError("--pairs " + std::to_string(flags.pairs) + ": from 40 to 10000 pairs are possible");
  }
  if (flags.looks < 1 || flags.looks > 3) {
    throw InputError("--looks " + std::to_string(flags.looks) + ": from 1 to 3 are possible");
  }
  if (flags.comparisons < 1 || flags.comparisons > 100'000) {
    throw InputError("--comparisons " + std::to_string(flags.comparisons) +
                     ": from 1 to 100000 are possible");
  }
  options.pairs_per_look = flags.pairs;
  options.looks_max = flags.looks;
  if (!flags.metrics.empty()) options.metrics.clear();
  for (const std::string& name : flags.metrics) {
    const auto metric = metric_named(name);
    const bool again =
        metric && std::find(options.metrics.begin(), options.metrics.end(), *metric) != options.metrics.end();
    if (!metric || again) {
      throw InputError("--metrics " + name + ": " +
                       (again ? "was given twice" : "there are throughput, p50, p99"));
    }
    options.metrics.push_back(*metric);
  }
  for (const std::string& text : flags.margins) set_margin(options, text);
  return options;
}

gate::QualityLimits quality_limits(const GateFlags& flags) {
  gate::QualityLimits limits;
  for (const std::string& text : flags.limits) gate::set_limit(limits, text);
  return limits;
}

BlockSettings block_settings(const GateFlags& flags) {
  BlockSettings settings;
  settings.length = positive_duration("--block", flags.block, kMillisecond);
  const auto settle = parse_duration(flags.settle);
  if (!settle) throw InputError("--settle " + flags.settle + ": expected a duration like 20ms");
  settings.settle = *settle;
  return settings;
}

}  // namespace assay::cli
