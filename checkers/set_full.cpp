// The checker "set-full": the fate of each element of a set that is read again and again (Jepsen's checker of
// that name, which does not see duplicates; this one does). Each key is a set of its own; elements should be
// added once.
//
// An element is known from the moment at which its add, or a read that contains it, first returned. Reads
// count in order of their invocation. It is stable when the last read that lacks it comes before the last
// that has it; lost when it was known before the last read that lacks it was invoked, and no later read has
// it; never read otherwise. A stable element is stale when a read invoked after it was known lacks it.
// Latencies run from when it was known to just after the last read without it (stable) or with it (lost).
//
// Options: `linearizable` = yes | no (default): whether stale elements are a fault. Faults always: lost,
// duplicate (twice in one read), unexpected (never added), aborted-read (its add failed).
//
// Complexity: linear in the elements of all reads, and a sort of the reads. Memory: about 80 bytes an
// element.
#include <algorithm>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  bool linearizable = false;
};

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::size_t kWorstStale = 8;

struct Element {
  Nanos known_at = kNever;
  OpId known = kNone;      // the operation that made it known
  OpId attempted = kNone;  // its first add that did not fail
  OpId failed = kNone;
  std::uint32_t last_present = kNone;  // index of a read
  std::uint32_t last_absent = kNone;
  std::uint32_t mark = kNone;  // the latest read that was looked at and has it
};

struct Read {
  OpId id = 0;
  std::uint32_t mop = 0;
};

struct Collection {
  DenseIds<Value> ids;
  std::vector<Element> elements;
  std::vector<Read> reads;  // in order of invocation

  std::uint32_t element(const Value& value) {
    const std::uint32_t id = ids.add(value);
    if (id == elements.size()) elements.emplace_back();
    return id;
  }
};

struct Stale {
  Nanos latency = 0;
  std::uint32_t set = 0;
  std::uint32_t element = 0;
};

class SetFullChecker {
 public:
  SetFullChecker(const Settings& settings, const History& history, const Budget& budget)
      : linearizable_(settings.linearizable),
        history_(history),
        report_("set-full", settings.linearizable ? "linearizable set" : "set", budget,
                {"lost", "aborted-read", "unexpected", "duplicate", "stale-read"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * (DenseIds<Value>::kBytesEach + sizeof(Element)))) return stopped();
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return stopped();
      for (std::uint32_t i = 0; i < op.mops.size(); ++i) {
        if (op.mops[i].fn != Fn::add && op.mops[i].fn != Fn::read) {
          return report_.nothing_to_judge("The history cannot be judged: operation " + std::to_string(op.id) +
                                          " is neither an add nor a read.");
        }
        collect(op, i);
      }
    }
    for (std::uint32_t set = 0; set < sets_.size(); ++set) {
      if (!look_back(set)) return stopped();
      for (std::uint32_t id = 0; id < sets_[set].elements.size(); ++id) {
        if (report_.spent()) return stopped();
        conclude(set, id);
      }
    }
    judge_stale();
    facts();
    if (reads_ == 0) return report_.nothing_to_judge("No set was ever read, so nothing was tested.");
    if (stable_ == 0)
      return report_.nothing_to_judge("No element was stable in any read, so nothing was tested.");
    return report_.valid("Of " + counted(attempts_, "element") + " " + std::to_string(stable_) +
                         " are stable, " + std::to_string(never_read_) + " were never read, " +
                         std::to_string(stale_.size()) + " were stale for a while, and none is lost.");
  }

 private:
  CheckResult stopped() {
    facts();
    return report_.stopped(counted(stable_ + never_read_, "element"));
  }

  Collection& set_of(Key key) {
    const std::uint32_t id = keys_.add(key);
    if (id == sets_.size()) sets_.emplace_back();
    return sets_[id];
  }

  static void know(Element& element, const Operation& op) {
    if (op.completed >= element.known_at) return;
    element.known_at = op.completed;
    element.known = op.id;
  }

  void collect(const Operation& op, std::uint32_t index) {
    const Mop& mop = op.mops[index];
    Collection& set = set_of(mop.key);
    if (mop.fn == Fn::read) {
      if (op.outcome == Outcome::ok) set.reads.push_back({op.id, index});
      reads_ += op.outcome == Outcome::ok ? 1 : 0;
      return;
    }
    Element& element = set.elements[set.element(mop.argument)];
    ++attempts_;
    if (op.outcome == Outcome::fail) {
      element.failed = op.id;
      return;
    }
    if (element.attempted == kNone) element.attempted = op.id;
    if (op.outcome == Outcome::ok) know(element, op);
  }

  // From the last read to the first. An element stays among those whose last absence is unknown as long as
  // every read so far has it, so that the list is never longer than the read.
  bool look_back(std::uint32_t set_id) {
    Collection& set = sets_[set_id];
    std::vector<std::uint32_t> present_so_far;
    for (std::uint32_t id = 0; id < set.elements.size(); ++id) {
      if (set.elements[id].attempted != kNone) present_so_far.push_back(id);
    }
    for (auto index = static_cast<std::uint32_t>(set.reads.size()); index-- > 0;) {
      const Operation read = history_.at(set.reads[index].id);
      const Mop& mop = read.mops[set.reads[index].mop];
      if (mop.result.kind() == Value::Kind::list) {
        if (report_.spent(mop.result.as_list().size())) return false;
        for (const Value& value : mop.result.as_list()) see(set_id, index, read, value);
      }
      const auto absent = [&](std::uint32_t id) {
        Element& element = set.elements[id];
        if (element.mark == index) return false;
        element.last_absent = index;
        return true;
      };
      present_so_far.erase(std::remove_if(present_so_far.begin(), present_so_far.end(), absent),
                           present_so_far.end());
      if (report_.spent(present_so_far.size())) return false;
    }
    return true;
  }

  void see(std::uint32_t set_id, std::uint32_t index, const Operation& read, const Value& value) {
    Collection& set = sets_[set_id];
    const std::uint32_t id = set.ids.find(value);
    if (id == kNone) return unexpected(set_id, read, value);
    Element& element = set.elements[id];
    if (element.mark == index) return duplicate(set_id, read, value, element);
    element.mark = index;
    if (element.attempted == kNone) return aborted(set_id, read, value, element);
    if (history_.at(element.attempted).invoked > read.completed) return unexpected(set_id, read, value);
    if (element.last_present == kNone) element.last_present = index;
    know(element, read);
  }

  void conclude(std::uint32_t set_id, std::uint32_t id) {
    const Collection& set = sets_[set_id];
    const Element& element = set.elements[id];
    if (element.attempted == kNone) return;
    // One more, so that no read at all is the least.
    const auto rank = [](std::uint32_t read) { return read + 1; };
    const bool absent_last = rank(element.last_absent) > rank(element.last_present);
    const bool absent_when_known = element.last_absent != kNone &&
                                   element.known_at < history_.at(set.reads[element.last_absent].id).invoked;
    const Nanos absent_after =
        absent_when_known ? history_.at(set.reads[element.last_absent].id).invoked + 1 - element.known_at : 0;
    if (element.last_present != kNone && !absent_last) {
      ++stable_;
      latencies_.push_back(absent_after);
      if (absent_when_known) stale_.push_back({absent_after, set_id, id});
    } else if (absent_last && absent_when_known) {
      lost(set_id, id);
    } else {
      ++never_read_;
    }
  }

  void lost(std::uint32_t set_id, std::uint32_t id) {
    const Collection& set = sets_[set_id];
    const Element& element = set.elements[id];
    const Operation absent = history_.at(set.reads[element.last_absent].id);
    const Nanos last_seen =
        element.last_present == kNone ? 0 : history_.at(set.reads[element.last_present].id).invoked + 1;
    lost_latencies_.push_back(std::max<Nanos>(last_seen - element.known_at, 0));
    if (!report_.found("lost")) return;
    report_.accuse(
        {"lost",
         object(set_id),
         "Element " + set.ids[id].to_string() + " was in the set, and is gone.",
         {known_by(set, id), naming(absent, "read") + " was invoked after that and does not contain it.",
          "No read that was invoked later contains it."},
         {element.attempted, element.known, absent.id}});
  }

  // Whether they are a fault or not, stale elements are counted and the worst are named.
  void judge_stale() {
    std::stable_sort(stale_.begin(), stale_.end(),
                     [](const Stale& a, const Stale& b) { return a.latency > b.latency; });
    for (const Stale& stale : stale_) {
      if (!linearizable_ || !report_.found("stale-read")) continue;
      const Collection& set = sets_[stale.set];
      const Element& element = set.elements[stale.element];
      const Operation absent = history_.at(set.reads[element.last_absent].id);
      report_.accuse({"stale-read",
                      object(stale.set),
                      "Element " + set.ids[stale.element].to_string() + " was known and then not read.",
                      {known_by(set, stale.element),
                       naming(absent, "read") + " was invoked after that and does not contain it.",
                       naming(history_.at(set.reads[element.last_present].id), "read") +
                           " contains it, so that it was in the set all the time."},
                      {element.attempted, element.known, absent.id, set.reads[element.last_present].id}});
    }
  }

  std::string known_by(const Collection& set, std::uint32_t id) const {
    const Element& element = set.elements[id];
    const Operation known = history_.at(element.known);
    const bool add = known.id == element.attempted;
    return add ? naming(known, "add") + " of " + set.ids[id].to_string() + " was acknowledged."
               : naming(known, "operation") + " returned and shows that " + set.ids[id].to_string() +
                     " was in the set.";
  }

  void unexpected(std::uint32_t set_id, const Operation& read, const Value& value) {
    if (!report_.found("unexpected")) return;
    report_.accuse({"unexpected",
                    object(set_id),
                    "Element " + value.to_string() + " was read and nobody had added it.",
                    {naming(read, "read") + " contains " + value.to_string() + ".",
                     "No add of " + value.to_string() + " was invoked before that read returned."},
                    {read.id}});
  }

  void aborted(std::uint32_t set_id, const Operation& read, const Value& value, const Element& element) {
    if (!report_.found("aborted-read")) return;
    report_.accuse({"aborted-read",
                    object(set_id),
                    "Element " + value.to_string() + " was read, although its add did not happen.",
                    {naming(history_.at(element.failed), "add") + " of " + value.to_string() + " failed.",
                     naming(read, "read") + " contains " + value.to_string() + " all the same."},
                    {element.failed, read.id}});
  }

  void duplicate(std::uint32_t set_id, const Operation& read, const Value& value, const Element& element) {
    if (!report_.found("duplicate")) return;
    report_.accuse({"duplicate",
                    object(set_id),
                    "Element " + value.to_string() + " is in one read more than once.",
                    {"A set contains an element once or not at all.",
                     naming(read, "read") + " contains " + value.to_string() + " several times."},
                    {element.attempted == kNone ? element.failed : element.attempted, read.id}});
  }

  void facts() {
    report_.fact("attempts", attempts_);
    report_.fact("reads", reads_);
    report_.fact("stable", stable_);
    report_.fact("never_read", never_read_);
    report_.fact("stale", stale_.size());
    quantiles("stable_latency", latencies_);
    quantiles("lost_latency", lost_latencies_);
    std::vector<Value> worst;
    for (std::size_t i = 0; i < stale_.size() && i < kWorstStale; ++i) {
      worst.push_back(Value::pair(sets_[stale_[i].set].ids[stale_[i].element], Value(stale_[i].latency)));
    }
    report_.fact("worst_stale_nanoseconds", Value::list(std::move(worst)));
  }

  void quantiles(const std::string& name, std::vector<Nanos>& latencies) {
    if (latencies.empty()) return;
    std::sort(latencies.begin(), latencies.end());
    const auto at = [&](std::size_t percent) {
      return Value(latencies[(latencies.size() - 1) * percent / 100]);
    };
    report_.fact(name + "_p50_nanoseconds", at(50));
    report_.fact(name + "_p99_nanoseconds", at(99));
    report_.fact(name + "_max_nanoseconds", at(100));
  }

  std::string object(std::uint32_t set) const { return "set " + history_.key_name(keys_[set]); }

  bool linearizable_;
  const History& history_;
  Report report_;
  DenseIds<Key> keys_;
  std::vector<Collection> sets_;
  std::vector<Stale> stale_;
  std::vector<Nanos> latencies_;
  std::vector<Nanos> lost_latencies_;
  std::uint64_t attempts_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t stable_ = 0;
  std::uint64_t never_read_ = 0;
};

CheckResult check_set_full(const Settings& settings, const History& history, const Budget& budget) {
  return SetFullChecker(settings, history, budget).run();
}

std::unique_ptr<Checker> make_set_full(const CheckerOptions& options, std::string& error) {
  OptionReader reader("set-full", options);
  const Settings settings{reader.yes("linearizable", false)};
  return checker_of(reader, settings, check_set_full, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::read, Fn::add) || shape.count(Fn::add) == 0 || shape.list_reads == 0)
    return "needs adds of elements and reads of the whole set";
  return {};
}

}  // namespace

extern const CheckerPlugin set_full_plugin;
const CheckerPlugin set_full_plugin = {
    "set-full", "no element of a set that was known is lost, stale or doubled", make_set_full, unsuited};

}  // namespace assay::checkers
