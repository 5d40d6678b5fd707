// The checker "convergence": when nothing is written any more and every fault is healed, all replicas answer
// the same (strong eventual consistency; Terry et al., "Managing update conflicts in Bayou", SOSP 1995).
// Compared are the last reads of each key from each node; datatypes/final_reads.h tells which these are.
// Lists that are sets (the key has adds) or siblings (writes brought no list) are compared without regard to order.
//
// Writes of unknown outcome may take effect between two of these reads. A difference that one of them can
// explain proves nothing and leaves the result unknown.
//
// Statistics: converged_nanoseconds, from the last acknowledged change of a key to when every node had been seen with its
// last value for good, of the slowest key; converged_after_healing_nanoseconds, the same from when the last fault was
// healed; both only where all agree, and as exact as reads are frequent.
//
// Complexity: linear, and a sort of each set. Memory: about 100 bytes for each pair of node and key.
#include <algorithm>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/final_reads.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {};

class Convergence {
 public:
  Convergence(const History& history, const Budget& budget)
      : history_(history), report_("convergence", "convergence", budget, {"divergence"}) {}

  CheckResult run() {
    if (!report_.reserve(std::size_t{1} << 12) || !finals_.find(history_, report_) || !find_late_writes()) {
      return report_.stopped("no object");
    }
    std::uint64_t compared = 0;
    for (std::uint32_t key = 0; key < finals_.objects().size(); ++key) {
      if (finals_.objects()[key].reads.size() < 2) continue;
      ++compared;
      if (!judge(key)) return report_.stopped(counted(compared, "object"));
    }
    report_.fact("objects", finals_.objects().size());
    report_.fact("objects_compared", compared);
    report_.fact("objects_unsure", unsure_);
    if (report_.count("divergence") == 0 && unsure_ == 0 && compared > 0 && !measure()) {
      return report_.stopped(counted(compared, "object"));
    }
    if (compared == 0) {
      return report_.nothing_to_judge("No key was read from two nodes " + finals_.when() +
                                      ", so nothing was tested.");
    }
    if (unsure_ > 0) {
      return report_.unknown("Replicas differ in " + counted(unsure_, "object") +
                             ", where a write of unknown outcome may have come late.");
    }
    return report_.valid("The last reads of " + counted(compared, "object") + " " + finals_.when() +
                         " agree.");
  }

 private:
  struct Late {
    std::vector<OpId> changes;  // of unknown outcome
    bool is_set = false;
    bool has_lists = false;    // that have an order
    bool is_register = false;  // lists that nobody wrote are siblings
  };

  bool find_late_writes() {
    late_.resize(finals_.objects().size());
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return false;
      for (const Mop& mop : op.mops) {
        if (!changes(mop.fn)) continue;
        Late& late = late_[finals_.keys().find(mop.key)];
        late.is_set = late.is_set || mop.fn == Fn::add || mop.fn == Fn::remove;
        late.is_register = late.is_register || mop.fn == Fn::write;
        late.has_lists = late.has_lists || mop.fn == Fn::append || mop.argument.kind() == Value::Kind::list;
        if (op.outcome == Outcome::info) late.changes.push_back(op.id);
      }
    }
    return true;
  }

  Value found(std::uint32_t key, const FinalReads::Read& read) const {
    return content(key, history_.at(read.id).mops[read.mop].result);
  }

  Value content(std::uint32_t key, const Value& value) const {
    const Late& late = late_[key];
    if (!late.is_set && (late.has_lists || !late.is_register)) return value;
    if (late.is_set && value.is_nil()) return Value::list({});
    if (value.kind() != Value::Kind::list) return value;
    std::vector<Value> elements(value.as_list().begin(), value.as_list().end());
    std::sort(elements.begin(), elements.end());
    return Value::list(std::move(elements));
  }

  bool judge(std::uint32_t key) {
    const std::vector<FinalReads::Read>& reads = finals_.objects()[key].reads;
    const Value first = found(key, reads.front());
    bool unsure = false;
    for (const FinalReads::Read& read : reads) {
      if (report_.spent(read.mop + 1)) return false;
      const Value value = found(key, read);
      if (value == first) continue;
      if (explained(key, first, value)) {
        unsure = true;
      } else {
        diverged(key, reads.front(), read);
        return true;
      }
    }
    unsure_ += unsure ? 1 : 0;
    return true;
  }

  // How long it took until everybody agreed: for each key and node, since when all its reads show the last value.
  bool measure() {
    DenseIds<std::uint64_t> readers;
    std::vector<Nanos> since;
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return false;
      if (op.outcome != Outcome::ok) continue;
      for (const Mop& mop : op.mops) {
        const std::uint32_t key = finals_.keys().find(mop.key);
        const FinalReads::Object& object = finals_.objects()[key];
        if (mop.fn != Fn::read || object.reads.size() < 2 || op.invoked <= object.settled) continue;
        const auto reader = static_cast<std::uint32_t>(op.node != kNoNode ? op.node : op.process);
        const std::uint32_t id = readers.add((std::uint64_t{key} << 32) | reader);
        if (id == since.size()) since.push_back(kNever);
        const bool last = content(key, mop.result) == found(key, object.reads.front());
        since[id] = last ? std::min(since[id], op.completed) : kNever;
      }
    }
    Nanos after_change = 0, at = 0, healed = -1;
    for (std::uint32_t id = 0; id < since.size(); ++id) {
      const Nanos settled = finals_.objects()[static_cast<std::uint32_t>(readers[id] >> 32)].settled;
      if (settled == INT64_MIN || since[id] == kNever) continue;
      after_change = std::max(after_change, since[id] - settled);
      at = std::max(at, since[id]);
    }
    for (const FaultWindow& window : history_.fault_windows()) {
      if (window.end != kNever) healed = std::max(healed, window.end);
    }
    report_.fact("converged_nanoseconds", Value(after_change));
    if (healed >= 0)
      report_.fact("converged_after_healing_nanoseconds", Value(std::max<Nanos>(at - healed, 0)));
    return true;
  }

  // Whether a change of unknown outcome may have led from one value to the other.
  bool explained(std::uint32_t key, const Value& a, const Value& b) const {
    for (const OpId id : late_[key].changes) {
      const Operation op = history_.at(id);
      for (const Mop& mop : op.mops) {
        if (mop.key != finals_.keys()[key] || !changes(mop.fn)) continue;
        const Value& brought = mop.fn == Fn::cas && mop.argument.kind() == Value::Kind::pair
                                   ? mop.argument.second()
                                   : mop.argument;
        if (mop.fn == Fn::insert || mop.fn == Fn::erase) return true;
        if (mop.fn == Fn::remove || holds(a, brought) || holds(b, brought)) return true;
        if (mop.fn == Fn::add && a.is_integer() && b.is_integer()) return true;
      }
    }
    return false;
  }

  static bool holds(const Value& value, const Value& brought) {
    if (value == brought) return true;
    if (value.kind() != Value::Kind::list) return false;
    return std::find(value.as_list().begin(), value.as_list().end(), brought) != value.as_list().end();
  }

  void diverged(std::uint32_t key, const FinalReads::Read& one, const FinalReads::Read& other) {
    if (!report_.found("divergence")) return;
    const auto says = [&](const FinalReads::Read& read) {
      return naming(history_.at(read.id), "read") + " from " + read.by + " found " +
             shortened(history_.at(read.id).mops[read.mop].result) + ".";
    };
    const std::string name = history_.key_name(finals_.keys()[key]);
    report_.accuse({"divergence",
                    "key " + name,
                    "Replicas of key " + name + " differ at the end: " + one.by + " and " + other.by + ".",
                    {"These reads are the last ones " + finals_.when() +
                         "; every acknowledged write of the key had returned before.",
                     says(one), says(other)},
                    {one.id, other.id}});
  }

  // Long lists are of no use to a reader.
  static std::string shortened(const Value& value) {
    constexpr std::size_t kCharactersMax = 120;
    std::string text = value.to_string();
    if (text.size() > kCharactersMax) text = text.substr(0, kCharactersMax) + "...";
    return text;
  }

  const History& history_;
  Report report_;
  FinalReads finals_;
  std::vector<Late> late_;
  std::uint64_t unsure_ = 0;
};

CheckResult check_convergence(const Settings&, const History& history, const Budget& budget) {
  return Convergence(history, budget).run();
}

std::unique_ptr<Checker> make_convergence(const CheckerOptions& options, std::string& error) {
  return checker_of(OptionReader("convergence", options), Settings(), check_convergence, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.timed) return "needs to know when operations began and ended";
  if (!shape.only(Fn::read, Fn::write, Fn::cas, Fn::append, Fn::add, Fn::remove, Fn::insert, Fn::erase) ||
      shape.count(Fn::read) == 0)
    return "needs reads of registers, lists, sets, counters or texts";
  return {};
}

}  // namespace

extern const CheckerPlugin convergence_plugin;
const CheckerPlugin convergence_plugin = {"convergence", "all replicas answer the same after healing",
                                          make_convergence, unsuited};

}  // namespace assay::checkers
