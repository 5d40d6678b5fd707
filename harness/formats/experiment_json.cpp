#include "harness/formats/experiment_json.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/units.h"
#include "harness/formats/run_fields.h"

namespace assay::formats {

namespace {

using Json = OrderedJson;

double read_quantity(const Json& json, const Place& place) {
  if (json.is_number()) return json.get<double>();
  const auto duration = json.is_string() ? parse_duration(json.get<std::string>()) : std::nullopt;
  if (!duration) place.expected("a number, or a duration such as \"1.5s\"", json);
  return static_cast<double>(*duration);
}

// A number, a duration, or {"run": "async", "times": 1.5}.
Bound read_bound(const Json& json, const Place& place, Aggregate aggregate, Relation relation) {
  Bound bound{aggregate, relation, 1, ""};
  if (!json.is_object()) {
    bound.value = read_quantity(json, place);
    return bound;
  }
  Fields(place.file, place.field)
      .on("run", [&](const Json& value, const Place& at) { bound.other_run = read_text(value, at); })
      .on("times", [&](const Json& value, const Place& at) { bound.value = read_quantity(value, at); })
      .read(json);
  if (bound.other_run.empty()) {
    throw InputError(place.file + ": field \"" + place.field + "\": \"run\" is missing");
  }
  return bound;
}

constexpr Aggregate kAggregates[] = {Aggregate::total, Aggregate::mean, Aggregate::min, Aggregate::median,
                                     Aggregate::p90,   Aggregate::p99,  Aggregate::max};
constexpr Relation kRelations[] = {Relation::at_least, Relation::at_most, Relation::above, Relation::below};

MeasureExpectation read_measure(const Json& json, const Place& place) {
  MeasureExpectation measure;
  // A sum of times says nothing.
  const auto usual = [](const std::string& name) {
    return name.ends_with("_ns") || name.ends_with("_nanoseconds") ? Aggregate::median : Aggregate::total;
  };
  if (json.is_string()) {
    measure.measure = read_text(json, place);
    measure.shown = usual(measure.measure);
    return measure;
  }
  if (json.is_object() && json.contains("measure") && json["measure"].is_string())
    measure.shown = usual(json["measure"].get<std::string>());
  Fields fields(place.file, place.field);
  fields.on("measure", [&](const Json& value, const Place& at) { measure.measure = read_text(value, at); })
      .on("title", [&](const Json& value, const Place& at) { measure.title = read_text(value, at); })
      .on("simulated_only",
          [&](const Json& value, const Place& at) { measure.simulated_only = read_flag(value, at); })
      .on("show",
          [&](const Json& value, const Place& at) {
            const auto aggregate = aggregate_from_name(read_text(value, at));
            if (!aggregate) at.expected("total, mean, min, median, p90, p99 or max", value);
            measure.shown = *aggregate;
          })
      .on("trend", [&](const Json& value, const Place& at) {
        const std::string text = read_text(value, at);
        if (text != "rising" && text != "falling") at.expected("\"rising\" or \"falling\"", value);
        measure.trend = text == "rising" ? Trend::rising : Trend::falling;
      });
  // "at_least" is about the total; "median_below", "max_at_most" ... say what they are about.
  for (const Relation relation : kRelations) {
    for (const Aggregate aggregate : kAggregates) {
      const auto read = [&measure, aggregate, relation](const Json& value, const Place& at) {
        measure.bounds.push_back(read_bound(value, at, aggregate, relation));
      };
      const std::string name(relation_name(relation));
      if (aggregate == Aggregate::total) fields.on(name, read);
      fields.on(std::string(aggregate_name(aggregate)) + "_" + name, read);
    }
  }
  fields.read(json);
  if (measure.measure.empty()) {
    throw InputError(place.file + ": field \"" + place.field + "\": \"measure\" is missing");
  }
  return measure;
}

struct Sweep {
  std::string field;
  Json values = Json::array();
  std::vector<std::string> labels;  // instead of the values, for people
};

Sweep read_sweep(Json json, const Place& place) {
  Sweep sweep;
  if (json.is_object() && json.contains("labels")) {
    sweep.labels = read_texts(json["labels"], {place.file, place.field + ".labels"});
    json.erase("labels");
  }
  if (!json.is_object() || json.size() != 1 || !json.begin()->is_array() || json.begin()->empty()) {
    place.expected(
        "one field of the plan with the values that it takes, such as {\"options.ttl\": "
        "[\"1s\", \"2s\"]}",
        json);
  }
  sweep.field = json.begin().key();
  sweep.values = json.begin().value();
  if (!sweep.labels.empty() && sweep.labels.size() != sweep.values.size()) {
    throw InputError(place.file + ": field \"" + place.field + ".labels\": there are " +
                     std::to_string(sweep.values.size()) + " values and " +
                     std::to_string(sweep.labels.size()) + " labels");
  }
  return sweep;
}

// A run as it stands in the file.
struct RawRun {
  ExperimentRun run;
  Json plan = Json::object();
  Json real_changes = Json::object();
  Json options = Json::object();
  Sweep sweep;
};

void read_real(const Json& json, const Place& place, RawRun& raw) {
  if (json.is_boolean()) {
    raw.run.real = json.get<bool>();
    return;
  }
  raw.run.real = true;
  Fields(place.file, place.field)
      .on("plan", [&](const Json& value, const Place&) { raw.real_changes = value; })
      .on("quick", [&](const Json& value, const Place& at) { raw.run.quick = read_flag(value, at); })
      .on("attempts",
          [&](const Json& value, const Place& at) { raw.run.attempts = read_whole(value, at, 1, 100); })
      .read(json);
}

RawRun read_raw_run(const Json& json, const Place& place, const Json& common) {
  RawRun raw;
  raw.plan = common;
  ExperimentRun& run = raw.run;
  Fields(place.file, place.field)
      .on("name", [&](const Json& value, const Place& at) { run.name = read_text(value, at); })
      .on("plan", [&](const Json& value, const Place&) { merge_fields(raw.plan, value); })
      .on("trial", [&](const Json& value, const Place& at) { run.trial = read_text(value, at); })
      .on("options", [&](const Json& value, const Place&) { raw.options = value; })
      .on("seeds",
          [&](const Json& value, const Place& at) { read_seeds(value, at, run.first_seed, run.last_seed); })
      .on("real", [&](const Json& value, const Place& at) { read_real(value, at, raw); })
      .on("vary", [&](const Json& value, const Place& at) { raw.sweep = read_sweep(value, at); })
      .on("expect",
          [&](const Json& value, const Place& at) { run.expected = read_list(value, at, read_expectation); })
      .on("measures",
          [&](const Json& value, const Place& at) { run.measures = read_list(value, at, read_measure); })
      .read(json);
  return raw;
}

std::string label_of(const Sweep& sweep, std::size_t index) {
  const Json& value = sweep.values[index];
  if (!sweep.labels.empty()) return sweep.labels[index];
  if (sweep.field.ends_with("_ns") && value.is_number_integer())
    return format_duration(value.get<std::int64_t>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// `index` of the value, of a sweep.
ExperimentPoint make_point(const RawRun& raw, const Place& place, std::optional<std::size_t> index) {
  ExperimentPoint point;
  Json plan = raw.plan;
  Json options = raw.options;
  if (index) {
    const Json change = assignment(raw.sweep.field, raw.sweep.values[*index]);
    if (raw.run.trial.empty()) {
      merge_fields(plan, change);
    } else {
      Json within = {{"options", options}};
      merge_fields(within, change);
      options = within["options"];
    }
    point.label = label_of(raw.sweep, *index);
  }
  if (!raw.run.trial.empty()) {
    point.trial_options = read_facts(options, {place.file, place.field + ".options"});
    return point;
  }
  point.plan = read_partial_plan(plan, {place.file, place.field + ".plan"});
  merge_fields(plan, raw.real_changes);
  point.real_plan = read_partial_plan(plan, {place.file, place.field + ".real.plan"});
  return point;
}

ExperimentRun read_run(const Json& json, const Place& place, const Json& common) {
  RawRun raw = read_raw_run(json, place, common);
  const auto demand = [&](bool fulfilled, const std::string& sentence) {
    if (!fulfilled) throw InputError(place.file + ": field \"" + place.field + "\": " + sentence);
  };
  ExperimentRun& run = raw.run;
  demand(!run.name.empty(), "\"name\" is missing");
  demand(!run.expected.empty() || !run.measures.empty(), "nothing is expected or measured");
  demand(run.trial.empty() || !run.real, "a trial is no run of a cluster and can't be \"real\"");
  demand(!run.trial.empty() || raw.options.empty(),
         "\"options\" are those of a trial; those of a database belong into \"plan\"");
  run.varied = raw.sweep.field;
  if (raw.sweep.values.empty()) run.points.push_back(make_point(raw, place, std::nullopt));
  for (std::size_t i = 0; i < raw.sweep.values.size(); ++i) run.points.push_back(make_point(raw, place, i));
  const auto seeds = static_cast<std::int64_t>(run.last_seed - run.first_seed + 1);
  for (const VerdictExpectation& expectation : run.expected) {
    demand(expectation.seeds_min <= seeds, "more seeds are expected to show something than there are");
  }
  for (const MeasureExpectation& measure : run.measures) {
    demand(measure.trend == Trend::none || run.points.size() > 1, "a trend needs \"vary\"");
  }
  return std::move(raw.run);
}

// Bounds may only speak of runs that there are, and that measure the same.
void check_references(const Experiment& experiment) {
  const auto measures = [&](const std::string& name, const std::string& measure) {
    return std::any_of(experiment.runs.begin(), experiment.runs.end(), [&](const ExperimentRun& run) {
      return run.name == name && run.points.size() == 1 &&
             std::any_of(run.measures.begin(), run.measures.end(),
                         [&](const MeasureExpectation& other) { return other.measure == measure; });
    });
  };
  std::set<std::string> names;
  for (const ExperimentRun& run : experiment.runs) {
    if (!names.insert(run.name).second)
      throw InputError(experiment.file + ": there are two runs named \"" + run.name + "\"");
    for (const MeasureExpectation& measure : run.measures) {
      for (const Bound& bound : measure.bounds) {
        if (bound.other_run.empty() || measures(bound.other_run, measure.measure)) continue;
        throw InputError(experiment.file + ": run \"" + run.name + "\" is compared with \"" +
                         bound.other_run + "\", which is no run without \"vary\" that measures " +
                         measure.measure);
      }
    }
  }
}

}  // namespace

Experiment parse_experiment(std::string_view text, const std::string& name) {
  const Json json = parse_commented(text, name);
  if (!json.is_object()) throw InputError(name + ": expected a JSON object with a claim and its runs");
  Experiment experiment;
  experiment.file = name;
  Json plan = Json::object();
  Json runs = Json::array();
  Fields(name, "")
      .on("claim", [&](const Json& value, const Place& at) { experiment.claim = read_text(value, at); })
      .on("statement",
          [&](const Json& value, const Place& at) { experiment.statement = read_text(value, at); })
      .on("refuted", [&](const Json& value, const Place& at) { experiment.refuted = read_flag(value, at); })
      .on("note", [&](const Json& value, const Place& at) { experiment.note = read_text(value, at); })
      .on("plan", [&](const Json& value, const Place&) { plan = value; })
      .on("runs",
          [&](const Json& value, const Place& at) {
            if (!value.is_array() || value.empty()) at.expected("a list of runs", value);
            runs = value;
          })
      .read(json);
  if (experiment.claim.empty() || experiment.statement.empty() || runs.empty()) {
    throw InputError(name + ": an experiment has a \"claim\", a \"statement\" and \"runs\"");
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    experiment.runs.push_back(read_run(runs[i], {name, "runs[" + std::to_string(i) + "]"}, plan));
  }
  check_references(experiment);
  return experiment;
}

Experiment read_experiment(const std::string& path) {
  return parse_experiment(read_whole_file(path, "experiment"), path);
}

bool is_experiment(const std::string& path) {
  const Json json = parse_commented(read_whole_file(path, "file"), path);
  return json.is_object() && (json.contains("claim") || json.contains("runs"));
}

}  // namespace assay::formats
