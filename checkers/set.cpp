// The checker "set": what was added to a set is in the last read of it (Jepsen's checker of that name, which
// does not see duplicates; this one does). Elements should be added once; each key is a set of its own.
//
// lost: acknowledged before the last read was invoked, but not in it. unexpected: in it, but never added.
// aborted-read: in it, though its addition failed. duplicate: in it more than once. Counted, and no fault:
// recovered elements, in the last read although their addition had an unknown outcome.
//
// Complexity: linear. Memory: about 60 bytes an element.
#include <map>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {};

constexpr OpId kNobody = UINT32_MAX;

struct Element {
  OpId acknowledged = kNobody;  // the addition that completed first
  OpId attempted = kNobody;
  OpId failed = kNobody;
  std::uint32_t seen = 0;
};

struct Collection {
  DenseIds<Value> ids;
  std::vector<Element> elements;
  OpId last_read = kNobody;

  Element& element(const Value& value) {
    const std::uint32_t id = ids.add(value);
    if (id == elements.size()) elements.emplace_back();
    return elements[id];
  }
};

class SetChecker {
 public:
  SetChecker(const History& history, const Budget& budget)
      : history_(history),
        report_("set", "set", budget, {"lost", "aborted-read", "unexpected", "duplicate"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * kBytesPerOperation)) return report_.stopped("no operation");
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return stopped(op.id);
      for (const Mop& mop : op.mops) {
        if (mop.fn != Fn::add && mop.fn != Fn::read) {
          return report_.nothing_to_judge("The history cannot be judged: operation " + std::to_string(op.id) +
                                          " is neither an add nor a read.");
        }
        collect(op, mop);
      }
    }
    std::uint64_t unread = 0;
    for (auto& [key, set] : sets_) {
      if (set.last_read == kNobody) {
        unread += set.elements.empty() ? 0 : 1;
        continue;
      }
      if (!judge(key, set)) return stopped(static_cast<OpId>(history_.size()));
    }
    facts();
    if (reads_ == 0) return report_.nothing_to_judge("No set was ever read, so nothing was tested.");
    if (unread > 0) return report_.unknown(counted(unread, "set") + " of several never read.");
    return report_.valid("All " + counted(acknowledged_, "acknowledged element") + " of " +
                         counted(sets_.size(), "set") + " are in the last read.");
  }

 private:
  static constexpr std::size_t kBytesPerOperation = DenseIds<Value>::kBytesEach + 2 * sizeof(Element);

  CheckResult stopped(OpId at) {
    facts();
    return report_.stopped(counted(at, "operation"));
  }

  void facts() {
    report_.fact("sets", sets_.size());
    report_.fact("acknowledged", acknowledged_);
    report_.fact("recovered", recovered_);
  }

  void collect(const Operation& op, const Mop& mop) {
    Collection& set = sets_[mop.key];
    if (mop.fn == Fn::read) {
      const bool later = set.last_read == kNobody || op.invoked >= history_.at(set.last_read).invoked;
      if (op.outcome == Outcome::ok && later) set.last_read = op.id;
      reads_ += op.outcome == Outcome::ok ? 1 : 0;
      return;
    }
    Element& element = set.element(mop.argument);
    if (op.outcome == Outcome::fail) {
      element.failed = op.id;
      return;
    }
    if (element.attempted == kNobody) element.attempted = op.id;
    if (op.outcome != Outcome::ok) return;
    ++acknowledged_;
    if (element.acknowledged == kNobody || op.completed < history_.at(element.acknowledged).completed) {
      element.acknowledged = op.id;
    }
  }

  // False when the budget is spent.
  bool judge(Key key, Collection& set) {
    const Operation read = history_.at(set.last_read);
    const std::string object = "set " + history_.key_name(key);
    for (const Mop& mop : read.mops) {
      if (mop.fn != Fn::read || mop.key != key || mop.result.kind() != Value::Kind::list) continue;
      for (const Value& value : mop.result.as_list()) {
        if (report_.spent()) return false;
        const std::uint32_t id = set.ids.find(value);
        if (id == DenseIds<Value>::kNone) {
          unexpected(read, object, value);
          continue;
        }
        Element& element = set.elements[id];
        if (++element.seen == 2) duplicate(read, object, value, element);
        if (element.seen > 1) continue;
        if (element.attempted == kNobody || history_.at(element.attempted).invoked > read.completed) {
          element.failed == kNobody ? unexpected(read, object, value) : aborted(read, object, value, element);
        } else if (element.acknowledged == kNobody) {
          ++recovered_;
        }
      }
    }
    for (std::uint32_t id = 0; id < set.elements.size(); ++id) {
      if (report_.spent()) return false;
      const Element& element = set.elements[id];
      if (element.seen > 0 || element.acknowledged == kNobody) continue;
      const Operation add = history_.at(element.acknowledged);
      if (add.precedes(read)) lost(add, read, object, set.ids[id]);
    }
    return true;
  }

  void lost(const Operation& add, const Operation& read, const std::string& object, const Value& value) {
    if (!report_.found("lost")) return;
    report_.accuse(
        {"lost",
         object,
         "Element " + value.to_string() + " was acknowledged and is not in the last read.",
         {naming(add, "add") + " of " + value.to_string() + " was acknowledged.",
          naming(read, "read") + " was invoked after that, is the last one, and does not contain " +
              value.to_string() + "."},
         {add.id, read.id}});
  }

  void unexpected(const Operation& read, const std::string& object, const Value& value) {
    if (!report_.found("unexpected")) return;
    report_.accuse({"unexpected",
                    object,
                    "Element " + value.to_string() + " was read and nobody had added it.",
                    {naming(read, "read") + " contains " + value.to_string() + ".",
                     "No add of " + value.to_string() + " was invoked before that read returned."},
                    {read.id}});
  }

  void aborted(const Operation& read, const std::string& object, const Value& value, const Element& element) {
    if (!report_.found("aborted-read")) return;
    const Operation add = history_.at(element.failed);
    report_.accuse({"aborted-read",
                    object,
                    "Element " + value.to_string() + " was read, although its add did not happen.",
                    {naming(add, "add") + " of " + value.to_string() + " failed.",
                     naming(read, "read") + " contains " + value.to_string() + " all the same."},
                    {add.id, read.id}});
  }

  void duplicate(const Operation& read, const std::string& object, const Value& value,
                 const Element& element) {
    if (!report_.found("duplicate")) return;
    std::vector<OpId> witness{read.id};
    if (element.attempted != kNobody) witness.push_back(element.attempted);
    report_.accuse({"duplicate",
                    object,
                    "Element " + value.to_string() + " is in the last read more than once.",
                    {"A set contains an element once or not at all.",
                     naming(read, "read") + " contains " + value.to_string() + " several times."},
                    std::move(witness)});
  }

  const History& history_;
  Report report_;
  std::map<Key, Collection> sets_;
  std::uint64_t reads_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t recovered_ = 0;
};

CheckResult check_set(const Settings&, const History& history, const Budget& budget) {
  return SetChecker(history, budget).run();
}

std::unique_ptr<Checker> make_set(const CheckerOptions& options, std::string& error) {
  return checker_of(OptionReader("set", options), Settings(), check_set, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::read, Fn::add) || shape.count(Fn::add) == 0 || shape.list_reads == 0)
    return "needs adds of elements and reads of the whole set";
  return {};
}

}  // namespace

extern const CheckerPlugin set_plugin;
const CheckerPlugin set_plugin = {"set", "the last read of a set has every acknowledged element, once",
                                  make_set, unsuited};

}  // namespace assay::checkers
