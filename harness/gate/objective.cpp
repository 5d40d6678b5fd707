#include "harness/gate/objective.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/units.h"

namespace assay::gate {

namespace {

struct NamedLatency {
  std::string_view name;
  Nanos LatencySummary::*value;
};
constexpr std::array<NamedLatency, 8> kLatencies = {{{"p50", &LatencySummary::p50},
                                                     {"p90", &LatencySummary::p90},
                                                     {"p95", &LatencySummary::p95},
                                                     {"p99", &LatencySummary::p99},
                                                     {"p999", &LatencySummary::p999},
                                                     {"p9999", &LatencySummary::p9999},
                                                     {"mean", &LatencySummary::mean},
                                                     {"max", &LatencySummary::max}}};
constexpr const char* kFields =
    "[KIND.]p50, p90, p95, p99, p999, p9999, mean or max, [KIND.]service.p99 and so on, [KIND.]errors, "
    "[KIND.]throughput, late, "
    "recovery, recovery.FAULT, unavailability.FAULT";

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw InputError("objective \"" + text + "\": " + why);
}

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

const NamedLatency* latency_named(const std::string& word) {
  const auto found = std::find_if(kLatencies.begin(), kLatencies.end(),
                                  [&](const NamedLatency& latency) { return latency.name == word; });
  return found == kLatencies.end() ? nullptr : &*found;
}

bool is_kind(const std::string& word) { return word == "txn" || fn_from_name(word).has_value(); }

std::vector<std::string> words_of(const std::string& field) {
  std::vector<std::string> words(1);
  for (const char c : field) {
    if (c == '.') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

void read_field(const std::string& name, Objective& objective) {
  std::vector<std::string> words = words_of(name);
  const bool of_fault = words[0] == "recovery" || words[0] == "unavailability";
  if (of_fault && words.size() <= 2 && (words.size() == 2 || words[0] == "recovery")) {
    objective.field = words[0] == "recovery" ? Objective::Field::recovery : Objective::Field::unavailability;
    if (words.size() == 2) objective.fault = words[1];
    if (words.size() == 1 || !objective.fault.empty()) return;
  }
  if (words.size() == 1 && words[0] == "late") {
    objective.field = Objective::Field::late;
    return;
  }
  if (words.size() > 1 && is_kind(words[0])) {
    objective.kind = words[0];
    words.erase(words.begin());
  }
  if (words.size() == 2 && words[0] == "service") {
    objective.service = true;
    words.erase(words.begin());
  }
  if (words.size() == 1 && latency_named(words[0]) != nullptr) {
    objective.percentile = words[0];
    return;
  }
  const bool rate = words.size() == 1 && (words[0] == "errors" || words[0] == "throughput");
  if (!rate || objective.service) {
    refuse(objective.text, "there is no field \"" + name + "\"; there are " + kFields);
  }
  objective.field = words[0] == "errors" ? Objective::Field::errors : Objective::Field::throughput;
}

std::optional<double> number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

void read_limit(const std::string& text, Objective& objective) {
  switch (objective.field) {
    case Objective::Field::errors:
    case Objective::Field::late: {
      const auto share =
          text.ends_with('%') ? number(trimmed(text.substr(0, text.size() - 1))) : std::nullopt;
      if (!share || *share > 100)
        refuse(objective.text, "expected a share such as 0.1%, got \"" + text + "\"");
      objective.limit = *share / 100;
      return;
    }
    case Objective::Field::throughput: {
      const auto rate =
          text.ends_with("/s") ? number(trimmed(text.substr(0, text.size() - 2))) : std::nullopt;
      if (!rate) refuse(objective.text, "expected a rate such as 5000/s, got \"" + text + "\"");
      objective.limit = *rate;
      return;
    }
    default:
      break;
  }
  const auto time = text == "0" ? std::nullopt : parse_duration(text);
  if (!time) refuse(objective.text, "expected a time with a unit such as 20ms, got \"" + text + "\"");
  objective.limit = static_cast<double>(*time);
}

// ---- What a run measured.

struct Figure {
  std::optional<double> value;  // none: can't be told
  std::string why_not;
};

std::vector<const OperationSummary*> of_kind(const RunResult& run, const std::string& kind) {
  std::vector<const OperationSummary*> found;
  for (const OperationSummary& summary : run.operations) {
    if (kind.empty() || summary.kind == kind) found.push_back(&summary);
  }
  return found;
}

Figure latency_figure(const RunResult& run, const Objective& objective) {
  Figure worst{0, {}};
  for (const OperationSummary* summary : of_kind(run, objective.kind)) {
    const LatencySummary& latency = objective.service ? summary->service : summary->response;
    const Nanos value = latency.*latency_named(objective.percentile)->value;
    if (value < 0) {
      return {std::nullopt, "only " + std::to_string(latency.count) + " " + summary->kind +
                                " operations were ok, too few for a " + objective.percentile};
    }
    worst.value = std::max(*worst.value, static_cast<double>(value));
  }
  return worst;
}

std::int64_t answered(const OperationSummary& summary) {
  return summary.counts.ok + (summary.kind == "cas" ? summary.counts.fail : 0);
}

Figure rate_figure(const RunResult& run, const Objective& objective) {
  std::int64_t ok = 0, good = 0, total = 0, ok_of_all = 0;
  for (const OperationSummary* summary : of_kind(run, objective.kind)) {
    ok += summary->counts.ok;
    good += answered(*summary);
    total += summary->counts.total();
  }
  for (const OperationSummary& summary : run.operations) ok_of_all += summary.counts.ok;
  if (objective.field == Objective::Field::throughput) {
    const double share = ok_of_all > 0 ? static_cast<double>(ok) / static_cast<double>(ok_of_all) : 0;
    return {run.measurements.load.ok_per_second * share, {}};
  }
  return {static_cast<double>(total - good) / static_cast<double>(total), {}};
}

Figure late_figure(const RunResult& run) {
  const LoadSummary& load = run.measurements.load;
  if (!load.open_loop()) return {std::nullopt, "a closed loop has no schedule to be late for"};
  if (load.due == 0) return {std::nullopt, "no operation was due"};
  return {static_cast<double>(load.late + load.dropped) / static_cast<double>(load.due), {}};
}

Figure fault_figure(const RunResult& run, const Objective& objective) {
  if (objective.fault.empty()) {
    if (run.recovered) return {static_cast<double>(run.recovery_time), {}};
    return {std::nullopt, "not every process had success again after the last heal"};
  }
  Figure worst{std::nullopt, "no fault " + objective.fault + " was injected"};
  for (const FaultWindowSummary& summary : run.faults) {
    const std::string& fault = summary.window.fault;
    if (fault != objective.fault && !fault.starts_with(objective.fault + "-")) continue;
    const bool recovery = objective.field == Objective::Field::recovery;
    const Nanos value = recovery ? summary.time_to_recover : summary.unavailable;
    if (!summary.window.verified)
      return {std::nullopt, "a fault " + fault + " was not proved to have taken effect"};
    if (value == kNever) return {std::nullopt, "nothing succeeded after a fault " + fault};
    worst.value = std::max(worst.value.value_or(0), static_cast<double>(value));
  }
  return worst;
}

Figure figure(const RunResult& run, const Objective& objective) {
  switch (objective.field) {
    case Objective::Field::late:
      return late_figure(run);
    case Objective::Field::recovery:
    case Objective::Field::unavailability:
      return fault_figure(run, objective);
    default:
      break;
  }
  if (of_kind(run, objective.kind).empty()) {
    return {std::nullopt, objective.kind.empty() ? "no operation was invoked in the main phase"
                                                 : "there was no " + objective.kind + " operation"};
  }
  return objective.field == Objective::Field::latency ? latency_figure(run, objective)
                                                      : rate_figure(run, objective);
}

std::string shown(const Objective& objective, double value) {
  char text[48];
  if (objective.field == Objective::Field::errors || objective.field == Objective::Field::late) {
    std::snprintf(text, sizeof text, "%.4g%%", value * 100);
  } else if (objective.field == Objective::Field::throughput) {
    std::snprintf(text, sizeof text, "%.6g/s", value);
  } else {
    std::snprintf(text, sizeof text, "%.4gms", value / kMillisecond);
  }
  return text;
}

bool holds(Objective::Relation relation, double value, double limit) {
  switch (relation) {
    case Objective::Relation::below:
      return value < limit;
    case Objective::Relation::at_most:
      return value <= limit;
    case Objective::Relation::above:
      return value > limit;
    case Objective::Relation::at_least:
      break;
  }
  return value >= limit;
}

}  // namespace

Objective parse_objective(const std::string& text) {
  Objective objective;
  objective.text = text;
  const std::size_t at = text.find_first_of("<>");
  if (at == std::string::npos) {
    refuse(text, "expected a field, <, <=, > or >=, and a limit, such as \"read.p99 < 20ms\"");
  }
  const bool or_equal = at + 1 < text.size() && text[at + 1] == '=';
  if (text[at] == '<') {
    objective.relation = or_equal ? Objective::Relation::at_most : Objective::Relation::below;
  } else {
    objective.relation = or_equal ? Objective::Relation::at_least : Objective::Relation::above;
  }
  read_field(trimmed(std::string_view(text).substr(0, at)), objective);
  read_limit(trimmed(std::string_view(text).substr(at + (or_equal ? 2 : 1))), objective);
  return objective;
}

std::vector<ObjectiveResult> judge_objectives(const RunResult& run) {
  std::vector<ObjectiveResult> results;
  for (const std::string& text : run.plan.objectives) {
    const Objective objective = parse_objective(text);
    ObjectiveResult result;
    result.objective = text;
    const Figure measured = figure(run, objective);
    if (!measured.value) {
      result.reason = "can't be told: " + measured.why_not;
    } else {
      result.measured = shown(objective, *measured.value);
      const bool met = holds(objective.relation, *measured.value, objective.limit);
      result.verdict = met ? GateVerdict::pass : GateVerdict::regressed;
      result.reason = (met ? "met with " : "missed with ") + result.measured;
    }
    results.push_back(std::move(result));
  }
  return results;
}

int exit_code_with(int exit_code, const std::vector<ObjectiveResult>& objectives) {
  bool missed = false, open = false;
  for (const ObjectiveResult& result : objectives) {
    missed = missed || result.verdict == GateVerdict::regressed;
    open = open || result.verdict == GateVerdict::inconclusive;
  }
  // Of a suite the worst: harness trouble, invalid, regressed, unknown, inconclusive, valid.
  if (exit_code == kExitHarness || exit_code == kExitInvalid) return exit_code;
  if (missed) return kExitRegressed;
  if (open && exit_code == kExitValid) return kExitInconclusive;
  return exit_code;
}

}  // namespace assay::gate
