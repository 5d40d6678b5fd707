#include "harness/experiments/judge.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "harness/experiments/measures.h"

namespace assay::experiments {

namespace {

using Seeds = std::vector<SeedOutcome>;

std::int64_t count_of(const ExperimentRun& run) {
  return static_cast<std::int64_t>(run.last_seed - run.first_seed + 1);
}

std::string title_of(const MeasureExpectation& measure) {
  return measure.title.empty() ? measure.measure : measure.title;
}

// A measure may be shown twice, in two ways: its samples are kept once.
bool is_kept(const SeedOutcome& outcome, const std::string& measure) {
  return std::any_of(outcome.measures.begin(), outcome.measures.end(),
                     [&](const Measured& measured) { return measured.name == measure; });
}

// All samples of a measure over all seeds; nothing when no seed has it.
std::optional<std::vector<double>> samples_of(const Seeds& seeds, const std::string& measure) {
  std::optional<std::vector<double>> all;
  for (const SeedOutcome& seed : seeds) {
    for (const Measured& measured : seed.measures) {
      if (measured.name != measure) continue;
      if (!all) all.emplace();
      all->insert(all->end(), measured.samples.begin(), measured.samples.end());
    }
  }
  return all;
}

// Nothing when it was not measured, or had no samples.
std::optional<double> value_of(const Seeds& seeds, const std::string& measure, Aggregate aggregate) {
  const auto samples = samples_of(seeds, measure);
  if (!samples) return std::nullopt;
  return aggregate_of(aggregate, *samples);
}

std::string what_text(const VerdictExpectation& expectation) {
  std::string text(verdict_name(expectation.verdict));
  if (!expectation.anomaly.empty()) text += ": " + expectation.anomaly;
  if (!expectation.checker.empty()) text += " (" + expectation.checker + ")";
  return text;
}

std::string expectation_text(const VerdictExpectation& expectation, std::int64_t seeds) {
  std::string text = what_text(expectation);
  if (seeds <= 1) return text;
  const bool all = expectation.seeds_min == seeds ||
                   (expectation.seeds_min == 0 && expectation.verdict != Verdict::invalid);
  if (all) return text + " in every seed";
  return text + " in at least " + std::to_string(std::max<std::int64_t>(1, expectation.seeds_min)) + " of " +
         std::to_string(seeds) + " seeds";
}

std::string relation_text(Relation relation) {
  std::string text(relation_name(relation));
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string bound_text(const MeasureExpectation& measure, const Bound& bound) {
  std::string text = title_of(measure) + ": " + std::string(aggregate_name(bound.aggregate)) + " " +
                     relation_text(bound.relation) + " ";
  if (bound.other_run.empty()) return text + quantity_text(measure.measure, bound.value);
  if (bound.value != 1) text += quantity_text("", bound.value) + " times ";
  return text + "that of \"" + bound.other_run + "\"";
}

bool holds(double value, Relation relation, double limit) {
  switch (relation) {
    case Relation::at_least:
      return value >= limit;
    case Relation::at_most:
      return value <= limit;
    case Relation::above:
      return value > limit;
    case Relation::below:
      return value < limit;
  }
  return false;
}

// One run on its way to a report.
class Judge {
 public:
  Judge(const Experiment& experiment, std::size_t index, const Outcomes& outcomes, bool simulated)
      : experiment_(experiment),
        run_(experiment.runs[index]),
        outcomes_(outcomes),
        points_(outcomes[index]),
        simulated_(simulated) {}

  RunReport report() {
    report_.name = run_.name;
    report_.expected = expected_text();
    for (const MeasureExpectation& measure : run_.measures) report_.titles.push_back(title_of(measure));
    for (std::size_t i = 0; i < points_.size(); ++i) {
      judge_seeds(i);
      for (const MeasureExpectation& measure : run_.measures) judge_bounds(measure, i);
      report_.points.push_back(point_report(i));
    }
    for (const MeasureExpectation& measure : run_.measures) judge_trend(measure);
    return std::move(report_);
  }

 private:
  std::string expected_text() const {
    std::string text;
    const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
    for (const VerdictExpectation& expectation : run_.expected)
      add(expectation_text(expectation, count_of(run_)));
    for (const MeasureExpectation& measure : run_.measures) {
      for (const Bound& bound : measure.bounds) add(bound_text(measure, bound));
      if (measure.trend != Trend::none)
        add(title_of(measure) + (measure.trend == Trend::rising ? ": rising" : ": falling") + " with " +
            run_.varied);
    }
    return text;
  }

  void unmet(std::size_t point, const std::string& sentence) {
    const std::string& label = run_.points[point].label;
    report_.unmet.push_back((label.empty() ? "" : run_.varied + " " + label + ": ") + sentence);
  }

  void judge_seeds(std::size_t point) {
    const Seeds& seeds = points_[point];
    for (const SeedOutcome& seed : seeds) {
      if (seed.broken)
        unmet(point, "seed " + std::to_string(seed.seed) + ": the harness failed: " + seed.reason);
    }
    for (const VerdictExpectation& expectation : run_.expected) judge_expectation(expectation, point);
  }

  void judge_expectation(const VerdictExpectation& expectation, std::size_t point) {
    const Seeds& seeds = points_[point];
    const auto tried = static_cast<std::int64_t>(seeds.size());
    const auto met = std::count_if(seeds.begin(), seeds.end(),
                                   [&](const SeedOutcome& seed) { return shows(seed, expectation); });
    const bool all = expectation.seeds_min == 0 && expectation.verdict != Verdict::invalid;
    const std::int64_t wanted =
        all ? tried : scaled(std::max<std::int64_t>(expectation.seeds_min, 1), points_[point].size());
    if (met >= wanted) return;
    std::string sentence = what_text(expectation) + " was expected in at least " + std::to_string(wanted) +
                           " of " + std::to_string(tried) + " seeds and came in " + std::to_string(met);
    const auto other = std::find_if(seeds.begin(), seeds.end(),
                                    [&](const SeedOutcome& seed) { return !shows(seed, expectation); });
    if (other != seeds.end())
      sentence += "; seed " + std::to_string(other->seed) + " is " +
                  std::string(verdict_name(other->verdict)) + (other->vacuous ? " and vacuous: " : ": ") +
                  other->reason;
    unmet(point, sentence);
  }

  // What may be demanded of so many seeds, when an experiment demands it of all of its own. On hosts one seed has to do.
  std::int64_t scaled(std::int64_t demand, std::size_t tried) const {
    const std::int64_t share = demand * static_cast<std::int64_t>(tried) / count_of(run_);
    return simulated_ ? share : std::max<std::int64_t>(share, 1);
  }

  // The limit in force, when it can be told.
  std::optional<double> limit_of(const MeasureExpectation& measure, const Bound& bound,
                                 std::size_t tried) const {
    if (bound.other_run.empty()) {
      const bool grows = bound.aggregate == Aggregate::total && bound.value > 0 &&
                         (bound.relation == Relation::at_least || bound.relation == Relation::above);
      const auto whole = static_cast<std::int64_t>(bound.value);
      return grows ? std::min(bound.value, static_cast<double>(scaled(whole, tried))) : bound.value;
    }
    for (std::size_t i = 0; i < experiment_.runs.size(); ++i) {
      if (experiment_.runs[i].name != bound.other_run || outcomes_[i].empty()) continue;
      const auto value = value_of(outcomes_[i][0], measure.measure, bound.aggregate);
      if (value) return *value * bound.value;
    }
    return std::nullopt;
  }

  void judge_bounds(const MeasureExpectation& measure, std::size_t point) {
    if (measure.bounds.empty() || (measure.simulated_only && !simulated_)) return;
    for (const Bound& bound : measure.bounds) {
      const auto value = value_of(points_[point], measure.measure, bound.aggregate);
      const auto limit = limit_of(measure, bound, points_[point].size());
      const std::string wanted = bound_text(measure, bound) + " was expected";
      if (!value.has_value() || !limit.has_value()) {
        unmet(point, wanted + ", but " + (value.has_value() ? "that" : "it") + " was not measured");
        continue;
      }
      if (holds(*value, bound.relation, *limit)) continue;
      unmet(point, wanted + " (" + quantity_text(measure.measure, *limit) + "), it is " +
                       quantity_text(measure.measure, *value));
    }
  }

  // Never the wrong way from one point to the next, and the right way over all.
  void judge_trend(const MeasureExpectation& measure) {
    if (measure.trend == Trend::none || (measure.simulated_only && !simulated_)) return;
    std::vector<double> values;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const auto value = value_of(points_[i], measure.measure, measure.shown);
      if (!value.has_value()) return unmet(i, title_of(measure) + " was not measured");
      values.push_back(measure.trend == Trend::rising ? *value : -*value);
    }
    if (std::is_sorted(values.begin(), values.end()) && values.back() > values.front()) return;
    report_.unmet.push_back(title_of(measure) + " was expected to " +
                            (measure.trend == Trend::rising ? "rise" : "fall") + " with " + run_.varied +
                            " and does not");
  }

  std::string measured_text(const MeasureExpectation& measure, const Seeds& seeds) const {
    const auto samples = samples_of(seeds, measure.measure);
    if (!samples) return "not measured";
    const auto shown = aggregate_of(measure.shown, *samples);
    if (!shown) return "none";
    const auto text = [&](double value) { return quantity_text(measure.measure, value); };
    if (samples->size() == 1) return text(*shown);
    const auto [least, most] = std::minmax_element(samples->begin(), samples->end());
    std::string out =
        measure.shown == Aggregate::total ? "" : std::string(aggregate_name(measure.shown)) + " ";
    out += text(*shown);
    const std::string count = std::to_string(samples->size());
    return out + " (" + text(*least) + " to " + text(*most) + " in " + count + " samples)";
  }

  PointReport point_report(std::size_t index) const {
    const Seeds& seeds = points_[index];
    PointReport point;
    point.label = run_.points[index].label;
    point.seeds = seeds;
    for (const MeasureExpectation& measure : run_.measures)
      point.measured.push_back(measured_text(measure, seeds));
    describe(seeds, point);
    return point;
  }

  // How many seeds came out how, and the first one that shows what is claimed.
  void describe(const Seeds& seeds, PointReport& point) const {
    std::size_t operations = 0;
    std::int64_t valid = 0, invalid = 0;
    for (const SeedOutcome& seed : seeds) {
      operations += seed.operations;
      valid += seed.verdict == Verdict::valid ? 1 : 0;
      invalid += seed.verdict == Verdict::invalid ? 1 : 0;
    }
    const auto other = static_cast<std::int64_t>(seeds.size()) - valid - invalid;
    point.evidence = std::to_string(valid) + " valid, " + std::to_string(invalid) + " invalid" +
                     (other > 0 ? ", " + std::to_string(other) + " unknown" : "");
    if (operations > 0) point.evidence += "; " + std::to_string(operations) + " operations";
    const SeedOutcome* witness = seeds.empty() ? nullptr : &seeds.front();
    for (const VerdictExpectation& expectation : run_.expected) {
      const auto found = std::find_if(seeds.begin(), seeds.end(),
                                      [&](const SeedOutcome& seed) { return shows(seed, expectation); });
      if (found == seeds.end()) continue;
      witness = &*found;
      if (expectation.verdict == Verdict::invalid) break;
    }
    if (witness == nullptr) return;
    point.command = witness->command;
    if (const CheckOutcome* check = failed_check(*witness))
      point.evidence += "; seed " + std::to_string(witness->seed) + ": " + check->summary;
  }

  // The one that the expectation names, else the first that rejects.
  const CheckOutcome* failed_check(const SeedOutcome& seed) const {
    const CheckOutcome* first = nullptr;
    for (const CheckOutcome& check : seed.checks) {
      if (check.verdict != Verdict::invalid) continue;
      if (first == nullptr) first = &check;
      for (const VerdictExpectation& expectation : run_.expected) {
        if (expectation.verdict == Verdict::invalid && expectation.checker == check.checker) return &check;
      }
    }
    return first;
  }

  const Experiment& experiment_;
  const ExperimentRun& run_;
  const Outcomes& outcomes_;
  const std::vector<Seeds>& points_;
  bool simulated_;
  RunReport report_;
};

}  // namespace

SeedOutcome summarize_run(const RunResult& run, const std::vector<MeasureExpectation>& measures) {
  SeedOutcome outcome;
  outcome.seed = run.plan.seed;
  outcome.verdict = run.verdict;
  outcome.reason = run.reason;
  outcome.broken = !run.harness_error.empty();
  outcome.vacuous = run.vacuity.vacuous;
  outcome.digest = run.history.digest();
  outcome.operations = run.history.size();
  outcome.command = run.command;
  for (const CheckResult& check : run.checks) {
    CheckOutcome kept{check.checker, check.verdict, {}, check.reason};
    for (const Finding& finding : check.findings) kept.anomalies.push_back(finding.anomaly);
    if (!check.findings.empty()) kept.summary = check.findings.front().summary;
    outcome.checks.push_back(std::move(kept));
  }
  for (const MeasureExpectation& measure : measures) {
    if (is_kept(outcome, measure.measure)) continue;
    if (auto samples = measure_run(run, measure.measure))
      outcome.measures.push_back({measure.measure, *std::move(samples)});
  }
  return outcome;
}

SeedOutcome summarize_trial(std::uint64_t seed, const TrialResult& trial,
                            const std::vector<MeasureExpectation>& measures) {
  SeedOutcome outcome;
  outcome.seed = seed;
  outcome.verdict = trial.verdict;
  outcome.reason = trial.reason;
  CheckOutcome check{"trial", trial.verdict, {}, trial.reason};
  if (!trial.anomaly.empty()) check.anomalies.push_back(trial.anomaly);
  outcome.checks.push_back(std::move(check));
  for (const MeasureExpectation& measure : measures) {
    const auto found =
        std::find_if(trial.measures.begin(), trial.measures.end(),
                     [&](const Measured& measured) { return measured.name == measure.measure; });
    if (found != trial.measures.end() && !is_kept(outcome, measure.measure))
      outcome.measures.push_back(*found);
  }
  return outcome;
}

bool shows(const SeedOutcome& outcome, const VerdictExpectation& expectation) {
  if (outcome.broken || (outcome.vacuous && expectation.verdict == Verdict::valid)) return false;
  const auto has_anomaly = [&](const CheckOutcome& check) {
    return expectation.anomaly.empty() || std::find(check.anomalies.begin(), check.anomalies.end(),
                                                    expectation.anomaly) != check.anomalies.end();
  };
  if (expectation.checker.empty()) {
    if (outcome.verdict != expectation.verdict) return false;
    return expectation.anomaly.empty() ||
           std::any_of(outcome.checks.begin(), outcome.checks.end(), has_anomaly);
  }
  return std::any_of(outcome.checks.begin(), outcome.checks.end(), [&](const CheckOutcome& check) {
    return check.checker == expectation.checker && check.verdict == expectation.verdict && has_anomaly(check);
  });
}

ExperimentReport judge(const Experiment& experiment, const Outcomes& outcomes, bool simulated) {
  ExperimentReport report;
  report.experiment = experiment;
  report.met = true;
  for (std::size_t i = 0; i < experiment.runs.size(); ++i) {
    const bool ran = i < outcomes.size() && std::any_of(outcomes[i].begin(), outcomes[i].end(),
                                                        [](const Seeds& seeds) { return !seeds.empty(); });
    if (!ran) continue;
    report.runs.push_back(Judge(experiment, i, outcomes, simulated).report());
    report.met = report.met && report.runs.back().unmet.empty();
  }
  return report;
}

}  // namespace assay::experiments
