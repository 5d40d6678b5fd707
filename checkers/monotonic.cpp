// The checker "monotonic": what is observed of a key never goes back. Observations are integers: what a read
// found, what an add returned, an id that was generated. Reads may repeat a value; returned sums and ids must
// grow. A read that found a list (Jepsen's monotonic test reads its table in the order of timestamps) must
// find it in ascending order.
//
// Options: `order` = real-time (default) | process: whether an observation is compared with everything that
// returned before it was invoked, or with those of its own process only; `scope` = key (default) | all:
// whether keys share one scale. Values that grow are a promise of the application, so the checker is only
// asked for by name.
//
// Complexity: n log n. Memory: about 50 bytes an observation.
#include <algorithm>
#include <map>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  bool by_process = false;
  bool all_keys = false;
};

struct Observation {
  Nanos invoked = 0;
  Nanos completed = 0;
  std::int64_t value = 0;
  OpId id = 0;
  bool strict = false;  // must be greater than what came before
};

class Monotonic {
 public:
  Monotonic(const Settings& settings, const History& history, const Budget& budget)
      : settings_(settings),
        history_(history),
        report_("monotonic", settings.by_process ? "monotonic per process" : "monotonic in real time", budget,
                {"non-monotonic", "repeated-value", "unordered-list"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * sizeof(Observation) * 2)) return stopped(0);
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return stopped(op.id);
      if (op.outcome != Outcome::ok) continue;
      for (const Mop& mop : op.mops) {
        if (mop.result.kind() == Value::Kind::list && mop.fn == Fn::read) {
          if (!judge_list(op, mop)) return stopped(op.id);
        }
        if (!mop.result.is_integer()) continue;
        if (mop.fn != Fn::read && mop.fn != Fn::add && mop.fn != Fn::generate) continue;
        ++observations_;
        group(op, mop).push_back(
            {op.invoked, op.completed, mop.result.as_integer(), op.id, mop.fn != Fn::read});
      }
    }
    for (std::uint32_t id = 0; id < groups_.size(); ++id) {
      if (!(settings_.by_process ? judge_process(id) : judge(id))) {
        return stopped(static_cast<OpId>(history_.size()));
      }
    }
    report_.fact("observations", observations_);
    report_.fact("lists", lists_);
    if (observations_ + lists_ == 0)
      return report_.nothing_to_judge("No integer was observed, so nothing was tested.");
    return report_.valid("None of " + counted(observations_ + lists_, "observation") + " goes back.");
  }

 private:
  CheckResult stopped(OpId at) { return report_.stopped(counted(at, "operation")); }

  std::vector<Observation>& group(const Operation& op, const Mop& mop) {
    const Value key = settings_.all_keys ? Value() : Value(mop.key);
    const std::uint32_t id =
        group_ids_.add(settings_.by_process ? Value::list({key, Value(op.process)}) : key);
    if (id == groups_.size()) groups_.emplace_back(), keys_.push_back(mop.key);
    return groups_[id];
  }

  // A process does one thing at a time: its observations follow one another as they stand.
  bool judge_process(std::uint32_t id) {
    const std::vector<Observation>& group = groups_[id];
    for (std::size_t i = 1; i < group.size(); ++i) {
      if (report_.spent()) return false;
      compare(id, group[i - 1], group[i]);
    }
    return true;
  }

  // In order of invocation, each against the greatest that had returned by then.
  bool judge(std::uint32_t id) {
    const std::vector<Observation>& group = groups_[id];
    std::vector<std::uint32_t> by_completion(group.size());
    for (std::uint32_t i = 0; i < group.size(); ++i) by_completion[i] = i;
    std::stable_sort(by_completion.begin(), by_completion.end(), [&](std::uint32_t a, std::uint32_t b) {
      return group[a].completed < group[b].completed;
    });
    std::size_t completed = 0;
    const Observation* greatest = nullptr;
    for (const Observation& observation : group) {
      if (report_.spent()) return false;
      for (; completed < group.size(); ++completed) {
        const Observation& earlier = group[by_completion[completed]];
        if (earlier.completed >= observation.invoked) break;
        if (greatest == nullptr || earlier.value > greatest->value ||
            (earlier.value == greatest->value && earlier.strict)) {
          greatest = &earlier;
        }
      }
      if (greatest != nullptr) compare(id, *greatest, observation);
    }
    return true;
  }

  void compare(std::uint32_t group, const Observation& before, const Observation& after) {
    const bool back = after.value < before.value;
    const bool repeated =
        after.value == before.value && before.strict && after.strict && before.id != after.id;
    if (!back && !repeated) return;
    const char* const anomaly = back ? "non-monotonic" : "repeated-value";
    if (!report_.found(anomaly)) return;
    const Operation first = history_.at(before.id), second = history_.at(after.id);
    report_.accuse(
        {anomaly,
         settings_.all_keys ? "all keys" : "key " + history_.key_name(keys_[group]),
         back ? std::to_string(after.value) + " was observed after " + std::to_string(before.value) + "."
              : std::to_string(after.value) + " was given out twice.",
         {naming(first, "operation") + " returned " + std::to_string(before.value) + ".",
          naming(second, "operation") +
              (settings_.by_process ? " of the same process came" : " was invoked") +
              " after that and returned " + std::to_string(after.value) + "."},
         {before.id, after.id}});
  }

  bool judge_list(const Operation& op, const Mop& mop) {
    ++lists_;
    const auto elements = mop.result.as_list();
    for (std::size_t i = 1; i < elements.size(); ++i) {
      if (report_.spent()) return false;
      if (elements[i - 1] <= elements[i] || !report_.found("unordered-list")) continue;
      report_.accuse(
          {"unordered-list",
           "key " + history_.key_name(mop.key),
           "A read found " + elements[i].to_string() + " behind " + elements[i - 1].to_string() + ".",
           {naming(op, "read") + " returned a list that should ascend.",
            "In it " + elements[i - 1].to_string() + " stands in front of " + elements[i].to_string() + "."},
           {op.id}});
    }
    return true;
  }

  Settings settings_;
  const History& history_;
  Report report_;
  DenseIds<Value> group_ids_;
  std::vector<std::vector<Observation>> groups_;
  std::vector<Key> keys_;
  std::uint64_t observations_ = 0;
  std::uint64_t lists_ = 0;
};

CheckResult check_monotonic(const Settings& settings, const History& history, const Budget& budget) {
  return Monotonic(settings, history, budget).run();
}

std::unique_ptr<Checker> make_monotonic(const CheckerOptions& options, std::string& error) {
  OptionReader reader("monotonic", options);
  Settings settings;
  settings.by_process = reader.choice("order", {"real-time", "process"}) == 1;
  settings.all_keys = reader.choice("scope", {"key", "all"}) == 1;
  return checker_of(reader, settings, check_monotonic, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  if (!options.contains("order")) return "needs the promise that values grow: option order";
  if (shape.integer_reads + shape.list_reads + shape.count(Fn::generate) + shape.count(Fn::add) == 0)
    return "needs reads of integers, or generated ids";
  return {};
}

}  // namespace

extern const CheckerPlugin monotonic_plugin;
const CheckerPlugin monotonic_plugin = {"monotonic", "what is observed of a key never goes back",
                                        make_monotonic, unsuited};

}  // namespace assay::checkers
