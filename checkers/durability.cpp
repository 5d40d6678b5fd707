// The checker "durability": what was acknowledged is there at the end. Judged are the last reads of each key
// from each node (datatypes/final_reads.h).
//
// Registers (writes, compare-and-sets): the value, or one of the siblings in a list, is that of a write which no
// acknowledged write followed.
// Lists (appends): every acknowledged element is in the list, as often as it was appended. Sets (adds,
// removes, lists as reads): an acknowledged element is there unless it may have been removed later, and gone
// when its removal came last.
//
// lost-write: no last read shows it. stale-final-read: some last read shows it, another one does not.
// resurrected: removed from a set and back at the end. aborted-read: a register ends with a value whose write
// failed. Counters are judged by the checker "counter".
//
// Texts (inserts, erases): every inserted byte is there but for as many as were erased (datatypes/kept_texts.h);
// duplicate-write: a byte is there more often than it was inserted. Option `items` = yes: registers hold lists of items
// that processes read, change and write back, as shopping carts are kept; judged are items instead of writes
// (datatypes/kept_items.h): an item that was added and that nobody removed is there. Statistics: items_returned, those
// that were removed and are back.
//
// A restore undoes what was invoked after the backup had returned and completed before the restore was invoked: that was
// not lost, and must not be there. What overlaps the one or the other may be there or not. Option `deletions` = meant (the
// default) | accidents: writes of nil are no writes, and what they deleted should be there.
//
// Complexity: linear. Memory: about 100 bytes an element.
#include <algorithm>
#include <map>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/final_reads.h"
#include "checkers/datatypes/kept_items.h"
#include "checkers/datatypes/kept_texts.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  bool items = false;
  bool accidents = false;
};

constexpr OpId kNobody = UINT32_MAX;

// What happened to one value of a key.
struct Element {
  std::uint32_t acknowledged = 0;  // ok writes, appends or adds
  OpId last_acknowledged = kNobody;
  Nanos last_invoked = INT64_MIN;       // of these
  Nanos last_completed = INT64_MIN;     // of all that did not fail
  OpId latest = kNobody;                // the operation of last_completed
  Nanos removed_invoked = INT64_MIN;    // of ok removes
  Nanos removed_completed = INT64_MIN;  // of all removes that did not fail
  OpId removed_by = kNobody;
  OpId failed = kNobody;
  std::uint32_t seen = 0;  // in the read at hand
};

struct Object {
  DenseIds<Value> ids;
  std::vector<Element> elements;
  bool is_register = false, is_list = false, is_set = false, is_text = false;
  bool brings_lists = false;  // else a list that a register shows is of siblings
  KeptText text;
  OpId last_write = kNobody;  // the ok write that was invoked last

  Element& element(const Value& value) {
    const std::uint32_t id = ids.add(value);
    if (id == elements.size()) elements.emplace_back();
    return elements[id];
  }
};

class Durability {
 public:
  Durability(const Settings& settings, const History& history, const Budget& budget)
      : settings_(settings),
        history_(history),
        report_("durability", "durability", budget,
                {"lost-write", "resurrected", "aborted-read", "duplicate-write", "stale-final-read"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * (DenseIds<Value>::kBytesEach + sizeof(Element))) ||
        !finals_.find(history_, report_) || !collect()) {
      return report_.stopped("no object");
    }
    std::uint64_t judged = 0;
    for (std::uint32_t key = 0; key < objects_.size(); ++key) {
      const Object& object = objects_[key];
      const bool mixed = object.is_register + object.is_list + object.is_set + object.is_text > 1;
      if (mixed || object.last_write == kNobody || finals_.objects()[key].reads.empty()) continue;
      if (object.is_set && counter(key)) continue;
      ++judged;
      if (!judge(key)) {
        return report_.stopped(counted(judged, "object"));
      }
    }
    report_.fact("objects", objects_.size());
    report_.fact("objects_judged", judged);
    report_.fact("writes_acknowledged", acknowledged_);
    report_.fact("writes_undone", undone_);
    if (settings_.items) report_.fact("items_returned", items_.returned());
    if (judged == 0) {
      return report_.nothing_to_judge("No key with an acknowledged write was read " + finals_.when() +
                                      ", so nothing was tested.");
    }
    return report_.valid("Every acknowledged write of " + counted(judged, "object") +
                         " is in the last reads " + finals_.when() + ".");
  }

 private:
  using Reads = std::vector<FinalReads::Read>;

  bool judge(std::uint32_t key) {
    const Object& object = objects_[key];
    if (object.is_text) return object.text.judge(history_, finals_, key, report_);
    if (!object.is_register) return judge_elements(key);
    return settings_.items ? items_.judge(history_, finals_, key, report_) : judge_register(key);
  }

  bool collect() {
    objects_.resize(finals_.objects().size());
    find_restores();
    for (Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return false;
      const bool undone = is_undone(op);
      if (!undone && op.outcome == Outcome::ok && op.mops[0].fn != Fn::read && is_unsure(op)) {
        op.outcome = Outcome::info;
        op.completed = kNever;
      }
      for (std::size_t i = 0; i < op.mops.size(); ++i) {
        const Mop& mop = op.mops[i];
        if (settings_.items && !undone) items_.note(op, mop);
        if (!changes(mop.fn) || is_accident(mop)) continue;
        undone_ += undone && op.outcome == Outcome::ok ? 1 : 0;
        if (undone) continue;
        Object& object = objects_[finals_.keys().find(mop.key)];
        const bool registers = mop.fn == Fn::write || mop.fn == Fn::cas;
        object.is_register = object.is_register || registers;
        object.brings_lists = object.brings_lists || mop.argument.kind() == Value::Kind::list;
        object.is_list = object.is_list || mop.fn == Fn::append;
        object.is_set = object.is_set || mop.fn == Fn::add || mop.fn == Fn::remove;
        object.is_text = object.is_text || mop.fn == Fn::insert || mop.fn == Fn::erase;
        if (!(registers && overwritten_inside(op, i))) note(op, mop, object);
      }
    }
    return true;
  }

  // Whether the same transaction writes the key again.
  static bool overwritten_inside(const Operation& op, std::size_t at) {
    for (std::size_t i = at + 1; i < op.mops.size(); ++i) {
      if (op.mops[i].key == op.mops[at].key && changes(op.mops[i].fn)) return true;
    }
    return false;
  }

  bool is_accident(const Mop& mop) const {
    return settings_.accidents && mop.fn == Fn::write && mop.argument.is_nil();
  }

  struct Restore {
    Operation backup, restore;
  };

  // A restore without its backup undoes nothing that is known.
  void find_restores() {
    std::map<Value, Operation> backups;
    for (const Operation op : history_.operations()) {
      if (op.outcome != Outcome::ok) continue;
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::backup) backups[mop.result] = op;
        const auto backup = mop.fn == Fn::restore ? backups.find(mop.argument) : backups.end();
        if (backup != backups.end()) restores_.push_back({backup->second, op});
      }
    }
  }

  bool is_undone(const Operation& op) const {
    return std::any_of(restores_.begin(), restores_.end(), [&](const Restore& restore) {
      return restore.backup.precedes(op) && op.precedes(restore.restore);
    });
  }

  // Whether a restore may have undone it; then its outcome is as good as unknown.
  bool is_unsure(const Operation& op) const {
    return std::any_of(restores_.begin(), restores_.end(), [&](const Restore& restore) {
      return !op.precedes(restore.backup) && !restore.restore.precedes(op);
    });
  }

  void note(const Operation& op, const Mop& mop, Object& object) {
    if (mop.fn == Fn::insert || mop.fn == Fn::erase) object.text.note(op, mop);
    const bool cas = mop.fn == Fn::cas && mop.argument.kind() == Value::Kind::pair;
    Element& element = object.element(cas ? mop.argument.second() : mop.argument);
    if (op.outcome == Outcome::fail) {
      element.failed = op.id;
      return;
    }
    const bool ok = op.outcome == Outcome::ok;
    if (ok) {
      ++acknowledged_;
      if (object.last_write == kNobody || op.invoked >= history_.at(object.last_write).invoked) {
        object.last_write = op.id;
      }
    }
    if (mop.fn == Fn::remove) {
      element.removed_completed = std::max(element.removed_completed, op.completed);
      if (ok && op.invoked > element.removed_invoked) {
        element.removed_invoked = op.invoked;
        element.removed_by = op.id;
      }
      return;
    }
    if (op.completed > element.last_completed) {
      element.last_completed = op.completed;
      element.latest = op.id;
    }
    if (!ok) return;
    ++element.acknowledged;
    if (op.invoked >= element.last_invoked) {
      element.last_invoked = op.invoked;
      element.last_acknowledged = op.id;
    }
  }

  const Value& found(const FinalReads::Read& read) const {
    return history_.at(read.id).mops[read.mop].result;
  }

  // Whether integers were read: adds are increments.
  bool counter(std::uint32_t key) const {
    for (const FinalReads::Read& read : finals_.objects()[key].reads) {
      if (found(read).is_integer()) return true;
    }
    return false;
  }

  // Of siblings one is enough: the others are kept beside it. Nil when there is none.
  Value accepted(const Object& object, const Value& value) const {
    if (value.kind() != Value::Kind::list || object.brings_lists) {
      return is_late_enough(object, value) ? value : Value();
    }
    const auto all = value.as_list();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Value& sibling) { return is_late_enough(object, sibling); });
    return found == all.end() ? Value() : *found;
  }

  // A write of nil may be what should be there.
  bool acceptable(const Object& object, const Value& value) const {
    return is_late_enough(object, value) || !accepted(object, value).is_nil();
  }

  bool is_late_enough(const Object& object, const Value& value) const {
    const std::uint32_t id = object.ids.find(value);
    if (id == DenseIds<Value>::kNone) return false;
    const Element& element = object.elements[id];
    return element.latest != kNobody && element.last_completed >= history_.at(object.last_write).invoked;
  }

  bool judge_register(std::uint32_t key) {
    const Object& object = objects_[key];
    const Reads& reads = finals_.objects()[key].reads;
    const auto good = std::find_if(reads.begin(), reads.end(), [&](const FinalReads::Read& read) {
      return acceptable(object, found(read));
    });
    std::string_view told;  // a loss counts once, however many nodes show it
    for (const FinalReads::Read& read : reads) {
      if (report_.spent()) return false;
      const Value& value = found(read);
      if (acceptable(object, value)) continue;
      const std::uint32_t id = object.ids.find(value);
      const Element* const element = id == DenseIds<Value>::kNone ? nullptr : &object.elements[id];
      const bool aborted = element != nullptr && element->latest == kNobody && element->failed != kNobody;
      const char* const anomaly = aborted               ? "aborted-read"
                                  : good != reads.end() ? "stale-final-read"
                                                        : "lost-write";
      if (told == anomaly || !report_.found(told = anomaly)) continue;
      const Operation write = history_.at(object.last_write);
      std::vector<OpId> witness{write.id, read.id};
      std::string origin =
          value.is_nil() ? "That is no value at all." : "Nobody is known to have written that.";
      if (!aborted && good != reads.end()) {
        witness.push_back(good->id);
        witness.push_back(object.elements[object.ids.find(accepted(object, found(*good)))].latest);
      }
      if (aborted) {
        witness.push_back(element->failed);
        origin = naming(history_.at(element->failed), "write") + " of that value failed.";
      } else if (element != nullptr && element->latest != kNobody) {
        witness.push_back(element->latest);
        origin = "That was written by " + naming(history_.at(element->latest), "operation") +
                 ", which had returned before the last acknowledged write was invoked.";
      }
      const std::string name = "key " + history_.key_name(finals_.keys()[key]);
      report_.accuse({anomaly,
                      name,
                      "At the end " + name + " does not hold what was acknowledged last.",
                      {naming(write, "write") + " was acknowledged: " + describe(write) + ".",
                       naming(history_.at(read.id), "read") + " from " + read.by + ", one of the last " +
                           finals_.when() + ", found " + value.to_string() + ".",
                       origin},
                      std::move(witness)});
    }
    return true;
  }

  bool judge_elements(std::uint32_t key) {
    Object& object = objects_[key];
    const Reads& reads = finals_.objects()[key].reads;
    std::vector<std::uint32_t> missing_in(object.elements.size(), 0);
    std::vector<OpId> missed_by(object.elements.size(), 0), held_by(object.elements.size(), kNobody);
    for (const FinalReads::Read& read : reads) {
      for (Element& element : object.elements) element.seen = 0;
      const Value& value = found(read);
      if (value.kind() == Value::Kind::list) {
        for (const Value& each : value.as_list()) {
          const std::uint32_t id = object.ids.find(each);
          if (id != DenseIds<Value>::kNone) ++object.elements[id].seen;
        }
        if (report_.spent(value.as_list().size())) return false;
      }
      if (report_.spent(object.elements.size())) return false;
      for (std::uint32_t id = 0; id < object.elements.size(); ++id) {
        const Element& element = object.elements[id];
        if (missing(object, element)) {
          ++missing_in[id];
          missed_by[id] = read.id;
        } else {
          held_by[id] = read.id;
        }
        const bool gone = element.removed_by != kNobody && element.last_completed < element.removed_invoked &&
                          element.latest != kNobody;
        if (object.is_set && gone && element.seen > 0) resurrected(key, id, read);
      }
    }
    for (std::uint32_t id = 0; id < object.elements.size(); ++id) {
      if (missing_in[id] > 0) lost(key, id, missed_by[id], held_by[id]);
    }
    return true;
  }

  static bool missing(const Object& object, const Element& element) {
    if (element.acknowledged == 0) return false;
    if (object.is_list) return element.seen < element.acknowledged;
    return element.seen == 0 && element.removed_completed < element.last_invoked;
  }

  // `held_by`: a last read that has it.
  void lost(std::uint32_t key, std::uint32_t id, OpId read_id, OpId held_by) {
    const bool elsewhere = held_by != kNobody;
    const char* const anomaly = elsewhere ? "stale-final-read" : "lost-write";
    if (!report_.found(anomaly)) return;
    const Object& object = objects_[key];
    const Element& element = object.elements[id];
    const Operation add = history_.at(element.last_acknowledged);
    const std::string value = object.ids[id].to_string();
    std::vector<OpId> witness{add.id, read_id};
    if (elsewhere) witness.push_back(held_by);
    if (object.is_list && element.acknowledged > 1) {
      for (const Operation op : history_.operations()) {
        for (const Mop& mop : op.mops) {
          const bool same = mop.fn == Fn::append && mop.key == finals_.keys()[key];
          if (same && mop.argument == object.ids[id] && op.outcome == Outcome::ok) witness.push_back(op.id);
        }
      }
    }
    report_.accuse({anomaly,
                    "key " + history_.key_name(finals_.keys()[key]),
                    "Element " + value + " was acknowledged and is missing at the end" +
                        (elsewhere ? " in some of the replicas." : "."),
                    {naming(add, "operation") + " added " + value + " and was acknowledged.",
                     naming(history_.at(read_id), "read") + ", one of the last " + finals_.when() +
                         ", does not contain it.",
                     elsewhere ? std::string("Another one of the last reads does.")
                               : std::string("None of the last reads does.")},
                    std::move(witness)});
  }

  void resurrected(std::uint32_t key, std::uint32_t id, const FinalReads::Read& read) {
    if (!report_.found("resurrected")) return;
    const Object& object = objects_[key];
    const Element& element = object.elements[id];
    const std::string value = object.ids[id].to_string();
    report_.accuse({"resurrected",
                    "key " + history_.key_name(finals_.keys()[key]),
                    "Element " + value + " was removed and is back at the end.",
                    {naming(history_.at(element.removed_by), "remove") + " of " + value +
                         " was acknowledged, after every add of it had returned.",
                     naming(history_.at(read.id), "read") + " from " + read.by + ", one of the last " +
                         finals_.when() + ", contains it."},
                    {element.latest, element.removed_by, read.id}});
  }

  const Settings& settings_;
  const History& history_;
  Report report_;
  FinalReads finals_;
  std::vector<Object> objects_;
  KeptItems items_;
  std::vector<Restore> restores_;
  std::uint64_t acknowledged_ = 0, undone_ = 0;
};

CheckResult check_durability(const Settings& settings, const History& history, const Budget& budget) {
  return Durability(settings, history, budget).run();
}

std::unique_ptr<Checker> make_durability(const CheckerOptions& options, std::string& error) {
  OptionReader reader("durability", options);
  const Settings settings{reader.yes("items", false),
                          reader.choice("deletions", {"meant", "accidents"}) == 1};
  return checker_of(reader, settings, check_durability, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.timed) return "needs to know when operations began and ended";
  const bool changed =
      shape.count(Fn::write) + shape.count(Fn::cas) + shape.count(Fn::append) + shape.count(Fn::insert) > 0 ||
      (shape.count(Fn::add) > 0 && shape.list_reads > 0);
  if (!shape.only(Fn::read, Fn::write, Fn::cas, Fn::append, Fn::add, Fn::remove, Fn::insert, Fn::erase,
                  Fn::backup, Fn::restore) ||
      !changed)
    return "needs writes of registers, lists, sets or texts, and reads of them at the end";
  return {};
}

}  // namespace

extern const CheckerPlugin durability_plugin;
const CheckerPlugin durability_plugin = {"durability", "what was acknowledged is there at the end",
                                         make_durability, unsuited};

}  // namespace assay::checkers
