// An experiment: a claim about databases, and the runs that must come out in a certain way if it holds. The words of a file
// of experiments/ (harness/formats/experiment_json.h reads them) and of what came of it.
//
// Thread safety: plain values. Units: a measure is a number; times are in nanoseconds, and their names say so ("_ns").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/plan.h"
#include "harness/core/trial.h"

namespace assay {

// What must be found, in how many of the seeds.
struct VerdictExpectation {
  std::string checker;  // empty: the verdict of the whole run
  Verdict verdict = Verdict::valid;
  std::string anomaly;         // of a finding of that checker (of any, when none is named); empty: any
  std::int64_t seeds_min = 0;  // 0: all of them when valid, one when invalid
};

// How the samples of all seeds become one number.
enum class Aggregate : std::uint8_t { total, mean, min, median, p90, p99, max };
std::string_view aggregate_name(Aggregate aggregate);
std::optional<Aggregate> aggregate_from_name(std::string_view name);

enum class Relation : std::uint8_t { at_least, at_most, above, below };
std::string_view relation_name(Relation relation);

// "The median is below 2 s", or "... below that of the run async, times 1.5".
struct Bound {
  Aggregate aggregate = Aggregate::total;
  Relation relation = Relation::at_least;
  double value = 0;
  std::string other_run;  // not empty: the bound is the same aggregate of that run, times `value`
};

enum class Trend : std::uint8_t { none, rising, falling };

struct MeasureExpectation {
  std::string measure;  // see harness/experiments/measures.h
  std::string title;    // for people
  std::vector<Bound> bounds;
  Aggregate shown = Aggregate::total;  // in the table, and along the points of a trend
  Trend trend = Trend::none;           // of the points of a sweep, in order
  bool simulated_only = false;         // times that mean nothing on a busy machine
};

// One setting of a sweep; a run that is no sweep has one without a label.
struct ExperimentPoint {
  std::string label;  // "500ms"
  Plan plan;
  Plan real_plan;       // the same on hosts
  Facts trial_options;  // when the run is a trial
};

struct ExperimentRun {
  std::string name;   // "breaks", "holds"
  std::string trial;  // empty: a run of a cluster
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  bool real = false;          // to be shown on hosts, too
  bool quick = false;         // also among the few that every change is tried with on hosts
  std::int64_t attempts = 1;  // seeds tried there until the expectation is met
  std::string varied;         // the field that the points differ in; empty: no sweep
  std::vector<ExperimentPoint> points;
  std::vector<VerdictExpectation> expected;
  std::vector<MeasureExpectation> measures;
};

struct Experiment {
  std::string file;       // where it was read
  std::string claim;      // "SL2"
  std::string statement;  // as the documents state it
  bool refuted = false;   // the runs show that the claim is false as stated
  std::string note;       // what is to be said about it, e.g. how the claim would be true
  std::vector<ExperimentRun> runs;
};

// ---- What came of it.

struct CheckOutcome {
  std::string checker;
  Verdict verdict = Verdict::unknown;
  std::vector<std::string> anomalies;  // of its findings, worst first
  std::string summary;                 // of the first finding, else the reason
};

struct SeedOutcome {
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::unknown;
  std::string reason;
  bool broken = false;   // the harness failed: this says nothing
  bool vacuous = false;  // nothing was tested, or a fault was never proved: its valid is worth nothing
  std::uint64_t digest = 0;
  std::size_t operations = 0;
  std::vector<CheckOutcome> checks;
  std::vector<Measured> measures;  // in the order of the run's, without those that could not be measured
  std::string command;             // repeats it
  std::string folder;              // of the run, if it was kept
};

struct PointReport {
  std::string label;
  std::vector<SeedOutcome> seeds;     // in order
  std::vector<std::string> measured;  // one text per measure, as the table shows it
  std::string evidence;               // the first seed that shows what was expected, in a sentence
  std::string command;                // repeats that one
};

struct RunReport {
  std::string name;
  std::string expected;             // in words
  std::vector<std::string> titles;  // of the measures
  std::vector<PointReport> points;
  std::vector<std::string> unmet;  // expectations, with what came instead; empty: all were met
};

struct ExperimentReport {
  Experiment experiment;
  std::vector<RunReport> runs;
  bool met = false;
};

struct SuiteReport {
  std::string assay_version;
  std::string command;
  std::string cluster;
  Nanos wall_time = 0;
  std::vector<ExperimentReport> experiments;
};

}  // namespace assay
