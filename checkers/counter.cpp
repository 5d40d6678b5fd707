// The checker "counter": each read of a counter lies within what the increments allow (Jepsen's checker of
// that name, here with decrements, too). An add that was acknowledged before the read was invoked counts; one
// that was invoked before the read returned, and is of unknown outcome or still under way, may count; the
// rest does not. Increments that are all multiples of one number leave the counter at a multiple of it.
//
// Bounds are judged read by read: the order of two reads is left to the checker "linearizable". Options:
//   initial  an integer (default 0)
//   reads    all (the default) | final: whether only the last read of each node is judged (datatypes/final_reads.h),
//            as for counters whose nodes may lag, but must count everything in the end
//   writes   yes | no (the default): whether writes and compare-and-sets are increments by one, as those of processes
//            that read a register and write one more
// Statistics: increments_lost, what the last reads lack of what was acknowledged, by the node that lacks least;
// increments_lost_worst, by the one that lacks most; increments_surplus, what one has that was never attempted.
//
// Complexity: n log n for sorting completions. Memory: about 24 bytes an operation.
#include <algorithm>
#include <numeric>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/final_reads.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  std::int64_t initial = 0;
  bool final_only = false;
  bool writes = false;
};

constexpr std::size_t kWitnessAddsMax = 16;

struct Add {
  Nanos invoked = 0;
  Nanos completed = kNever;
  std::int64_t amount = 0;
  OpId id = 0;
};

struct Read {
  Nanos invoked = 0;
  Nanos completed = 0;
  std::int64_t value = 0;
  OpId id = 0;
};

struct Counter {
  std::vector<Add> adds;  // in order of invocation
  std::vector<Read> reads;
  std::int64_t unit = 0;  // greatest common divisor of the amounts
};

class CounterChecker {
 public:
  CounterChecker(const Settings& settings, const History& history, const Budget& budget)
      : settings_(settings),
        initial_(settings.initial),
        history_(history),
        report_("counter", "counter", budget, {"read-too-low", "read-too-high", "read-between"}),
        magnitude_(settings.initial < 0 ? -settings.initial : settings.initial) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * (sizeof(Add) + sizeof(Read)))) return stopped();
    for (const Operation op : history_.operations()) {
      if (report_.spent()) return stopped();
      for (const Mop& mop : op.mops) {
        if (!collect(op, mop)) {
          return report_.nothing_to_judge("The history cannot be judged: operation " + std::to_string(op.id) +
                                          " is neither an increment nor a read of a counter.");
        }
      }
    }
    if (overflow_) {
      return report_.nothing_to_judge(
          "The history cannot be judged: the sum of its increments exceeds 64 bits.");
    }
    if (!find_final_reads()) return stopped();
    for (std::uint32_t id = 0; id < counters_.size(); ++id) {
      if (!judge(id)) return stopped();
    }
    facts();
    if (settings_.final_only && final_.empty())
      return report_.nothing_to_judge("No counter was read at the end, so nothing was tested.");
    if (adds_ok_ + reads_ == 0)
      return report_.nothing_to_judge("No operation succeeded, so nothing was tested.");
    if (reads_ == 0) {
      // As with Jepsen's checker: there is no read that could be wrong.
      return report_.valid("All 0 reads are within bounds: the counters were never read.");
    }
    return report_.valid("All " + counted(judged_, settings_.final_only ? "last read" : "read") +
                         " are within what the increments allow.");
  }

 private:
  CheckResult stopped() {
    facts();
    return report_.stopped(counted(judged_, "read"));
  }

  void facts() {
    report_.fact("counters", counters_.size());
    report_.fact("adds", adds_ok_);
    report_.fact("reads", reads_);
    report_.fact("increments_lost", static_cast<std::uint64_t>(lost_));
    report_.fact("increments_lost_worst", static_cast<std::uint64_t>(lost_worst_));
    report_.fact("increments_surplus", static_cast<std::uint64_t>(surplus_));
  }

  bool find_final_reads() {
    FinalReads finals;
    if (!finals.find(history_, report_)) return false;
    for (const FinalReads::Object& object : finals.objects()) {
      for (const FinalReads::Read& read : object.reads) final_.push_back(read.id);
    }
    std::sort(final_.begin(), final_.end());
    return true;
  }

  bool is_final(OpId id) const { return std::binary_search(final_.begin(), final_.end(), id); }

  bool collect(const Operation& op, const Mop& mop) {
    if (op.outcome == Outcome::fail) return true;
    const bool increment = settings_.writes && (mop.fn == Fn::write || mop.fn == Fn::cas);
    if (mop.fn != Fn::add && mop.fn != Fn::read && !increment) return false;
    if (mop.fn == Fn::read && op.outcome != Outcome::ok) return true;
    const std::uint32_t id = keys_.add(mop.key);
    if (id == counters_.size()) counters_.emplace_back();
    Counter& counter = counters_[id];
    if (mop.fn == Fn::read) {
      if (!mop.result.is_integer() && !mop.result.is_nil()) return false;
      ++reads_;
      const std::int64_t value = mop.result.is_nil() ? initial_ : mop.result.as_integer();
      counter.reads.push_back({op.invoked, op.completed, value, op.id});
      return true;
    }
    if (!mop.argument.is_integer() && !increment) return false;
    const std::int64_t amount = increment ? 1 : mop.argument.as_integer();
    adds_ok_ += op.outcome == Outcome::ok ? 1 : 0;
    counter.adds.push_back({op.invoked, op.completed, amount, op.id});
    // Of unsigned magnitudes: the least integer has none.
    counter.unit = amount == INT64_MIN ? 1 : std::gcd(counter.unit, amount);
    // All sums stay within 64 bits when this one does.
    overflow_ = overflow_ || amount == INT64_MIN ||
                __builtin_add_overflow(magnitude_, amount < 0 ? -amount : amount, &magnitude_);
    return true;
  }

  // Two sweeps that go forward together: over what completed before a read was invoked, and over what was
  // invoked before it completed. The sums for the reads' completions are looked up, because those are not in
  // order.
  bool judge(std::uint32_t id) {
    Counter& counter = counters_[id];
    std::vector<std::uint32_t> by_completion;
    for (std::uint32_t i = 0; i < counter.adds.size(); ++i) {
      if (counter.adds[i].completed != kNever) by_completion.push_back(i);
    }
    std::stable_sort(by_completion.begin(), by_completion.end(), [&](std::uint32_t a, std::uint32_t b) {
      return counter.adds[a].completed < counter.adds[b].completed;
    });
    // What the adds up to each one raise and lower the counter by.
    std::vector<std::int64_t> raised{0}, lowered{0};
    for (const Add& add : counter.adds) {
      raised.push_back(raised.back() + std::max<std::int64_t>(add.amount, 0));
      lowered.push_back(lowered.back() + std::min<std::int64_t>(add.amount, 0));
    }
    std::int64_t surely_raised = 0, surely_lowered = 0;
    std::int64_t lost_least = INT64_MAX, lost_most = 0;
    std::size_t completed = 0;
    for (const Read& read : counter.reads) {
      if (report_.spent()) return false;
      while (completed < by_completion.size() &&
             counter.adds[by_completion[completed]].completed < read.invoked) {
        const std::int64_t amount = counter.adds[by_completion[completed++]].amount;
        surely_raised = surely_raised + std::max<std::int64_t>(amount, 0);
        surely_lowered = surely_lowered + std::min<std::int64_t>(amount, 0);
      }
      const auto invoked = static_cast<std::size_t>(
          std::partition_point(counter.adds.begin(), counter.adds.end(),
                               [&](const Add& add) { return add.invoked <= read.completed; }) -
          counter.adds.begin());
      const std::int64_t low = initial_ + surely_raised + lowered[invoked];
      const std::int64_t high = initial_ + surely_lowered + raised[invoked];
      const bool last = is_final(read.id);
      if (last) {
        lost_least = std::min(lost_least, std::max<std::int64_t>(low - read.value, 0));
        lost_most = std::max(lost_most, low - read.value);
        surplus_ = std::max(surplus_, read.value - high);
      }
      if (settings_.final_only && !last) continue;
      ++judged_;
      if (read.value < low) too_low(id, read, low);
      if (read.value > high) too_high(id, read, high);
      if (read.value >= low && read.value <= high) between(id, read);
    }
    lost_ += lost_least == INT64_MAX ? 0 : lost_least;
    lost_worst_ += lost_most;
    return true;
  }

  void too_low(std::uint32_t id, const Read& read, std::int64_t low) {
    if (!report_.found("read-too-low")) return;
    // The fewest increments that forbid the value: the largest ones; and every decrement that might excuse
    // it.
    std::vector<Add> sure;
    std::vector<OpId> witness{read.id};
    std::int64_t least = initial_;
    for (const Add& add : counters_[id].adds) {
      if (add.amount > 0 && add.completed < read.invoked) sure.push_back(add);
      if (add.amount < 0 && add.invoked <= read.completed) {
        least = least + add.amount;
        witness.push_back(add.id);
      }
    }
    std::stable_sort(sure.begin(), sure.end(),
                     [](const Add& a, const Add& b) { return a.amount > b.amount; });
    for (std::size_t i = 0; i < sure.size() && least <= read.value; ++i) {
      least = least + sure[i].amount;
      witness.push_back(sure[i].id);
    }
    const Operation op = history_.at(read.id);
    report_.accuse(
        {"read-too-low",
         object(id),
         "A read found " + std::to_string(read.value) + ", less than the " + std::to_string(low) +
             " that were acknowledged before.",
         {"Increments acknowledged before " + naming(op, "read") +
              " was invoked, less every decrement attempted before it returned, come to " +
              std::to_string(low) + ".",
          "It found " + std::to_string(read.value) + ": at least one acknowledged increment is lost."},
         std::move(witness)});
  }

  void too_high(std::uint32_t id, const Read& read, std::int64_t high) {
    if (!report_.found("read-too-high")) return;
    // All that counts is listed when it is short; the sum says it otherwise.
    std::vector<OpId> witness;
    for (const Add& add : counters_[id].adds) {
      const bool counts = add.amount > 0 ? add.invoked <= read.completed : add.completed < read.invoked;
      if (counts && witness.size() <= kWitnessAddsMax) witness.push_back(add.id);
    }
    if (witness.size() > kWitnessAddsMax) witness.clear();
    witness.push_back(read.id);
    const Operation op = history_.at(read.id);
    report_.accuse({"read-too-high",
                    object(id),
                    "A read found " + std::to_string(read.value) + ", more than the " + std::to_string(high) +
                        " that were ever attempted.",
                    {"All increments invoked before " + naming(op, "read") +
                         " returned, less the decrements acknowledged before it was invoked, come to " +
                         std::to_string(high) + ".",
                     "It found " + std::to_string(read.value) +
                         ": an increment counted twice, a decrement was lost, or a failed one took effect."},
                    std::move(witness)});
  }

  void between(std::uint32_t id, const Read& read) {
    const std::int64_t unit = counters_[id].unit;
    if (unit == 0 || unit == 1 || (read.value - initial_) % unit == 0) return;
    if (!report_.found("read-between")) return;
    std::vector<OpId> witness{read.id};
    for (const Add& add : counters_[id].adds) {
      if (witness.size() <= kWitnessAddsMax && add.invoked <= read.completed) witness.push_back(add.id);
    }
    const Operation op = history_.at(read.id);
    report_.accuse({"read-between",
                    object(id),
                    "A read found " + std::to_string(read.value) + ", which no sum of increments gives.",
                    {"Every increment is a multiple of " + std::to_string(unit) + ".",
                     naming(op, "read") + " found " + std::to_string(read.value) +
                         ", which is not: it saw part of an increment."},
                    std::move(witness)});
  }

  std::string object(std::uint32_t id) const { return "counter " + history_.key_name(keys_[id]); }

  const Settings& settings_;
  std::int64_t initial_;
  const History& history_;
  Report report_;
  DenseIds<Key> keys_;
  std::vector<Counter> counters_;
  std::uint64_t adds_ok_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t judged_ = 0;
  std::vector<OpId> final_;  // the last reads, sorted
  std::int64_t lost_ = 0, lost_worst_ = 0, surplus_ = 0;
  std::int64_t magnitude_;
  bool overflow_ = false;
};

CheckResult check_counter(const Settings& settings, const History& history, const Budget& budget) {
  return CounterChecker(settings, history, budget).run();
}

std::unique_ptr<Checker> make_counter(const CheckerOptions& options, std::string& error) {
  OptionReader reader("counter", options);
  Settings settings;
  settings.initial = std::max(reader.integer("initial").value_or(0), -INT64_MAX);
  settings.final_only = reader.choice("reads", {"all", "final"}) == 1;
  settings.writes = reader.yes("writes", false);
  return checker_of(reader, settings, check_counter, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::read, Fn::add) || shape.count(Fn::add) == 0 || shape.list_reads > 0)
    return "needs increments and reads of counters";
  if (shape.transactions > 0) return "needs counters that are read and added to one at a time";
  return {};
}

}  // namespace

extern const CheckerPlugin counter_plugin;
const CheckerPlugin counter_plugin = {"counter", "each read lies within what the increments allow",
                                      make_counter, unsuited};

}  // namespace assay::checkers
