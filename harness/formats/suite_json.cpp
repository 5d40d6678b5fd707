#include "harness/formats/suite_json.h"

#include <algorithm>
#include <set>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/plan_json.h"
#include "harness/formats/run_fields.h"

namespace assay::formats {

namespace {

constexpr std::size_t kCellsMax = 10'000;

// One field of the plan and the values that it takes.
struct Axis {
  std::string field;
  OrderedJson values;
};

// What holds for the cells whose plan has these fields, instead of what holds for all.
struct Exception {
  OrderedJson when;
  std::vector<VerdictExpectation> expected;
  std::string skip;  // why it can't be; empty: it can
};

struct Matrix {
  std::string name;
  OrderedJson plan = OrderedJson::object();
  std::vector<Axis> axes;
  std::vector<Exception> exceptions;
  SuiteCell common;
};

std::vector<Axis> read_axes(const OrderedJson& json, const Place& place) {
  if (!json.is_object()) place.expected("an object of fields of the plan, each with a list of values", json);
  std::vector<Axis> axes;
  for (const auto& [field, values] : json.items()) {
    if (!values.is_array() || values.empty())
      Place{place.file, place.field + "." + field}.expected("a list of values", values);
    axes.push_back({field, values});
  }
  return axes;
}

Exception read_exception(const OrderedJson& json, const Place& place) {
  Exception exception;
  Fields(place.file, place.field)
      .on("when",
          [&](const OrderedJson& value, const Place& at) {
            if (!value.is_object() || value.empty()) at.expected("an object with fields of the plan", value);
            exception.when = value;
          })
      .on("expect", [&](const OrderedJson& value,
                        const Place& at) { exception.expected = read_list(value, at, read_expectation); })
      .on("skip", [&](const OrderedJson& value, const Place& at) { exception.skip = read_text(value, at); })
      .read(json);
  if (exception.when.is_null() || (exception.expected.empty() && exception.skip.empty()))
    throw InputError(place.file + ": field \"" + place.field +
                     "\" needs \"when\", and \"expect\" or \"skip\"");
  return exception;
}

KnownBug read_bug(const OrderedJson& json, const Place& place) {
  KnownBug bug;
  Fields(place.file, place.field)
      .on("store", [&](const OrderedJson& value, const Place& at) { bug.store = read_text(value, at); })
      .on("bug", [&](const OrderedJson& value, const Place& at) { bug.bug = read_text(value, at); })
      .on("issue", [&](const OrderedJson& value, const Place& at) { bug.issue = read_text(value, at); })
      .read(json);
  return bug;
}

Matrix read_matrix(const OrderedJson& json, const Place& place, const OrderedJson& plan) {
  Matrix matrix;
  matrix.plan = plan;
  SuiteCell& common = matrix.common;
  Fields(place.file, place.field)
      .on("name", [&](const OrderedJson& value, const Place& at) { matrix.name = read_text(value, at); })
      .on("plan", [&](const OrderedJson& value, const Place&) { merge_fields(matrix.plan, value); })
      .on("vary", [&](const OrderedJson& value, const Place& at) { matrix.axes = read_axes(value, at); })
      .on("seeds", [&](const OrderedJson& value,
                       const Place& at) { read_seeds(value, at, common.first_seed, common.last_seed); })
      .on("needs", [&](const OrderedJson& value, const Place& at) { common.needs = read_texts(value, at); })
      .on("bug", [&](const OrderedJson& value, const Place& at) { common.bug = read_bug(value, at); })
      .on("expect", [&](const OrderedJson& value,
                        const Place& at) { common.expected = read_list(value, at, read_expectation); })
      .on("except", [&](const OrderedJson& value,
                        const Place& at) { matrix.exceptions = read_list(value, at, read_exception); })
      .read(json);
  if (matrix.name.empty())
    throw InputError(place.file + ": field \"" + place.field + "\": \"name\" is missing");
  if (common.expected.empty()) common.expected = {VerdictExpectation{}};
  return matrix;
}

// Whether `json` has all that `wanted` has.
bool has(const OrderedJson& json, const OrderedJson& wanted) {
  if (!wanted.is_object() || !json.is_object()) return json == wanted;
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& item) {
    const auto found = json.find(item.key());
    return found != json.end() && has(*found, item.value());
  });
}

std::string joined_faults(const Plan& plan) {
  std::string faults;
  for (const std::string& fault : plan.nemesis) faults += (faults.empty() ? "" : "+") + fault;
  if (!plan.schedule.empty()) faults += faults.empty() ? "schedule" : "+schedule";
  return faults.empty() ? "none" : faults;
}

std::string text_of(const OrderedJson& value) {
  if (!value.is_array()) return value.is_string() ? value.get<std::string>() : value.dump();
  std::string text;
  for (const OrderedJson& each : value) text += (text.empty() ? "" : "+") + text_of(each);
  return text;
}

class CellMaker {
 public:
  CellMaker(const Matrix& matrix, const Place& place, SuitePlan& suite)
      : matrix_(matrix), place_(place), suite_(suite) {}

  // `varied` is what the values so far say that neither a row nor a name says by itself; `also` what only a name lacks.
  void make(std::size_t axis, const OrderedJson& plan, const std::string& varied, const std::string& also) {
    if (axis == matrix_.axes.size()) return add(plan, varied, also);
    const auto& [field, values] = matrix_.axes[axis];
    const std::string short_name = field.substr(field.rfind('.') + 1);
    for (const OrderedJson& value : values) {
      OrderedJson changed = plan;
      merge_fields(changed, assignment(field, value));
      if (field == "nemesis" || field == "workload") {
        make(axis + 1, changed, varied, also);
      } else if (field == "mode" || field == "target") {
        make(axis + 1, changed, varied, also + " " + text_of(value));
      } else {
        make(axis + 1, changed, varied + " " + short_name + "=" + text_of(value), also);
      }
    }
  }

 private:
  void add(const OrderedJson& json, const std::string& varied, const std::string& also) {
    SuiteCell cell = matrix_.common;
    cell.plan = read_partial_plan(json, {place_.file, place_.field + ".plan"});
    cell.column = joined_faults(cell.plan);
    cell.row =
        matrix_.name + ": " + cell.plan.target + " " + cell.plan.mode + ", " + cell.plan.workload + varied;
    cell.name = matrix_.name + also + ": " + cell.plan.workload + varied + ", " + cell.column;
    // Of several exceptions the last one counts.
    for (const Exception& exception : matrix_.exceptions) {
      if (!has(json, exception.when)) continue;
      if (!exception.skip.empty()) return;
      cell.expected = exception.expected;
    }
    const auto seeds = static_cast<std::int64_t>(cell.last_seed - cell.first_seed + 1);
    for (const VerdictExpectation& expectation : cell.expected) {
      if (expectation.seeds_min > seeds)
        throw InputError(place_.file + ": field \"" + place_.field +
                         "\": more seeds are expected to show something than there are");
    }
    suite_.cells.push_back(std::move(cell));
    if (suite_.cells.size() > kCellsMax)
      throw InputError(place_.file + ": a suite has at most " + std::to_string(kCellsMax) + " cells");
  }

  const Matrix& matrix_;
  const Place& place_;
  SuitePlan& suite_;
};

void check_names(const SuitePlan& suite) {
  std::set<std::string> names;
  for (const SuiteCell& cell : suite.cells) {
    if (!names.insert(cell.name).second)
      throw InputError(suite.file + ": two cells are named \"" + cell.name +
                       "\"; give their matrices other names");
  }
}

}  // namespace

SuitePlan parse_suite(std::string_view text, const std::string& name) {
  const OrderedJson json = parse_commented(text, name);
  if (!json.is_object()) throw InputError(name + ": expected a JSON object with a suite and its matrices");
  SuitePlan suite;
  suite.file = name;
  OrderedJson plan = OrderedJson::object();
  OrderedJson matrices = OrderedJson::array();
  Fields(name, "")
      .on("suite", [&](const OrderedJson& value, const Place& at) { suite.name = read_text(value, at); })
      .on("about", [&](const OrderedJson& value, const Place& at) { suite.about = read_text(value, at); })
      .on("time_limit",
          [&](const OrderedJson& value, const Place& at) { suite.time_limit = read_duration(value, at); })
      .on("plan", [&](const OrderedJson& value, const Place&) { plan = value; })
      .on("matrices",
          [&](const OrderedJson& value, const Place& at) {
            if (!value.is_array() || value.empty()) at.expected("a list of matrices", value);
            matrices = value;
          })
      .read(json);
  const bool plain =
      !suite.name.empty() &&
      suite.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
  if (!plain) throw InputError(name + ": \"suite\" must be a name of small letters, digits, - and _");
  if (matrices.empty()) throw InputError(name + ": \"matrices\" is missing");
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const Place place{name, "matrices[" + std::to_string(i) + "]"};
    const Matrix matrix = read_matrix(matrices[i], place, plan);
    CellMaker(matrix, place, suite).make(0, matrix.plan, "", "");
  }
  check_names(suite);
  return suite;
}

SuitePlan read_suite(const std::string& path) { return parse_suite(read_whole_file(path, "suite"), path); }

bool is_suite(const std::string& path) {
  const OrderedJson json = parse_commented(read_whole_file(path, "file"), path);
  return json.is_object() && json.contains("suite");
}

std::uint64_t plan_digest(const Plan& plan) {
  Plan same = plan;
  same.seed = 0;
  return stable_hash(plan_to_json(same));
}

}  // namespace assay::formats
