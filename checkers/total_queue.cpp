// The checker "total-queue": what goes into a queue comes out of it, once, in any order (Jepsen's checker of
// that name). The history is expected to drain its queues at the end. Each key is a queue of its own; equal
// elements are counted.
//
// lost: acknowledged and never dequeued. duplicated: dequeued more often than it was ever enqueued.
// unexpected: dequeued though nobody had enqueued it. aborted-read: dequeued although its enqueue failed.
// Counted, and no fault: recovered elements, dequeued although their enqueue had an unknown outcome.
//
// A dequeue of unknown outcome may have taken one element, a drain of unknown outcome (argument "drain") any
// number: as many missing elements prove nothing, and leave the result unknown. Option `delivery` =
// exactly-once (default) | at-least-once: the latter allows duplicates.
//
// Complexity: linear. Memory: about 80 bytes an element.
#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  bool exactly_once = true;
};

constexpr OpId kNobody = UINT32_MAX;

struct Element {
  std::uint32_t attempted = 0;
  std::uint32_t acknowledged = 0;
  std::uint32_t dequeued = 0;
  OpId first_attempt = kNobody;  // each is the first in order of invocation
  OpId failed = kNobody;
  OpId last_acknowledged = kNobody;
};

struct Queue {
  DenseIds<Value> ids;
  std::vector<Element> elements;
  std::vector<OpId> unsure;  // dequeues of unknown outcome
  bool unsure_drain = false;

  Element& element(const Value& value) {
    const std::uint32_t id = ids.add(value);
    if (id == elements.size()) elements.emplace_back();
    return elements[id];
  }
};

class TotalQueue {
 public:
  TotalQueue(const Settings& settings, const History& history, const Budget& budget)
      : exactly_once_(settings.exactly_once),
        history_(history),
        report_("total-queue", "total queue", budget, {"lost", "aborted-read", "unexpected", "duplicated"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * (DenseIds<Value>::kBytesEach + 2 * sizeof(Element))))
      return stopped(0);
    // Enqueues first: a dequeue may return before the enqueue of its element does, but not before it was
    // invoked.
    for (const bool enqueues : {true, false}) {
      for (const Operation op : history_.operations()) {
        if (report_.spent(op.mops.size())) return stopped(op.id);
        for (const Mop& mop : op.mops) {
          if (mop.fn != Fn::enqueue && mop.fn != Fn::dequeue) {
            return report_.nothing_to_judge("The history cannot be judged: operation " +
                                            std::to_string(op.id) + " is neither an enqueue nor a dequeue.");
          }
          if (enqueues && mop.fn == Fn::enqueue) enqueue(op, mop);
          if (!enqueues && mop.fn == Fn::dequeue) dequeue(op, mop);
        }
      }
    }
    for (std::uint32_t id = 0; id < queues_.size(); ++id) {
      if (!look_for_lost(id)) return stopped(static_cast<OpId>(history_.size()));
    }
    facts();
    if (acknowledged_ + dequeued_ == 0) {
      return report_.nothing_to_judge("Nothing was enqueued or dequeued for sure, so nothing was tested.");
    }
    if (unsure_missing_ > 0) {
      return report_.unknown(counted(unsure_missing_, "element") +
                             " may be lost, or was taken by a dequeue of unknown outcome.");
    }
    return report_.valid("All " + counted(acknowledged_, "acknowledged element") + " came out.");
  }

 private:
  CheckResult stopped(OpId at) {
    facts();
    return report_.stopped(counted(at, "operation"));
  }

  void facts() {
    report_.fact("queues", queues_.size());
    report_.fact("acknowledged", acknowledged_);
    report_.fact("dequeued", dequeued_);
    report_.fact("recovered", recovered_);
    report_.fact("maybe_lost", unsure_missing_);
    report_.fact("redelivered", redelivered_);
  }

  std::uint32_t queue_of(Key key) {
    const std::uint32_t id = keys_.add(key);
    if (id == queues_.size()) queues_.emplace_back();
    return id;
  }

  void enqueue(const Operation& op, const Mop& mop) {
    Element& element = queues_[queue_of(mop.key)].element(mop.argument);
    if (op.outcome == Outcome::fail) {
      if (element.failed == kNobody) element.failed = op.id;
      return;
    }
    ++element.attempted;
    if (element.first_attempt == kNobody) element.first_attempt = op.id;
    if (op.outcome != Outcome::ok) return;
    ++acknowledged_;
    ++element.acknowledged;
    element.last_acknowledged = op.id;
  }

  void dequeue(const Operation& op, const Mop& mop) {
    if (op.outcome == Outcome::fail) return;
    const std::uint32_t queue_id = queue_of(mop.key);
    Queue& queue = queues_[queue_id];
    if (op.outcome == Outcome::info) {
      queue.unsure.push_back(op.id);
      queue.unsure_drain = queue.unsure_drain || !mop.argument.is_nil();
      return;
    }
    if (mop.result.is_nil()) return;
    ++dequeued_;
    const std::uint32_t id = queue.ids.find(mop.result);
    if (id == DenseIds<Value>::kNone) return unexpected(op, queue_id, mop.result);
    Element& element = queue.elements[id];
    if (element.attempted == 0) return aborted(op, queue_id, mop.result, element);
    if (history_.at(element.first_attempt).invoked > op.completed)
      return unexpected(op, queue_id, mop.result);
    ++element.dequeued;
    if (element.dequeued > element.attempted) duplicated(op, queue_id, mop.result);
    if (element.dequeued > element.acknowledged && element.dequeued <= element.attempted) ++recovered_;
  }

  bool look_for_lost(std::uint32_t queue_id) {
    const Queue& queue = queues_[queue_id];
    std::uint64_t missing = 0;
    for (const Element& element : queue.elements) {
      if (element.acknowledged > element.dequeued) missing += element.acknowledged - element.dequeued;
    }
    if (missing == 0) return !report_.spent(queue.elements.size());
    if (queue.unsure_drain || missing <= queue.unsure.size()) {
      unsure_missing_ += missing;
      return !report_.spent(queue.elements.size());
    }
    const std::uint64_t surely = missing - queue.unsure.size();
    if (!queue.unsure.empty()) {
      if (report_.found("lost", surely)) lost_in_spite_of(queue_id);
      return true;
    }
    for (std::uint32_t id = 0; id < queue.elements.size(); ++id) {
      if (report_.spent()) return false;
      const Element& element = queue.elements[id];
      if (element.acknowledged <= element.dequeued) continue;
      if (report_.found("lost", element.acknowledged - element.dequeued)) lost(queue_id, id);
    }
    return true;
  }

  void lost(std::uint32_t queue_id, std::uint32_t id) {
    const Queue& queue = queues_[queue_id];
    const Element& element = queue.elements[id];
    const std::string value = queue.ids[id].to_string();
    std::vector<OpId> witness{element.last_acknowledged};
    std::string taken = "No dequeue returned it.";
    if (element.acknowledged > 1) {
      witness = operations_with(queue_id, queue.ids[id]);
      taken = "It was enqueued " + counted(element.acknowledged, "time") + " and dequeued " +
              counted(element.dequeued, "time") + ".";
    }
    report_.accuse(
        {"lost",
         object(queue_id),
         "Element " + value + " was acknowledged and never came out.",
         {naming(history_.at(element.last_acknowledged), "enqueue") + " of " + value + " was acknowledged.",
          taken},
         std::move(witness)});
  }

  // Every enqueue and dequeue of the element.
  std::vector<OpId> operations_with(std::uint32_t queue_id, const Value& value) const {
    std::vector<OpId> found;
    for (const Operation op : history_.operations()) {
      if (op.outcome == Outcome::fail) continue;
      for (const Mop& mop : op.mops) {
        if (mop.key != keys_[queue_id]) continue;
        if ((mop.fn == Fn::enqueue ? mop.argument : mop.result) == value) found.push_back(op.id);
      }
    }
    return found;
  }

  // More is missing than dequeues of unknown outcome can have taken.
  void lost_in_spite_of(std::uint32_t queue_id) {
    const Queue& queue = queues_[queue_id];
    std::vector<OpId> witness = queue.unsure;
    std::string names;
    std::uint64_t missing = 0;
    for (std::uint32_t id = 0; id < queue.elements.size() && missing <= queue.unsure.size(); ++id) {
      const Element& element = queue.elements[id];
      if (element.acknowledged <= element.dequeued) continue;
      missing += element.acknowledged - element.dequeued;
      names += (names.empty() ? "" : ", ") + queue.ids[id].to_string();
      const std::vector<OpId> with = operations_with(queue_id, queue.ids[id]);
      witness.insert(witness.end(), with.begin(), with.end());
    }
    report_.accuse({"lost",
                    object(queue_id),
                    "Of the elements " + names + " at least one is lost.",
                    {"They were acknowledged and never came out.",
                     "Dequeues of unknown outcome may have taken one element each, and there are only " +
                         std::to_string(queue.unsure.size()) + " of them."},
                    std::move(witness)});
  }

  void unexpected(const Operation& op, std::uint32_t queue_id, const Value& value) {
    if (!report_.found("unexpected")) return;
    report_.accuse({"unexpected",
                    object(queue_id),
                    "Element " + value.to_string() + " came out and nobody had put it in.",
                    {naming(op, "dequeue") + " returned " + value.to_string() + ".",
                     "No enqueue of it was invoked before that."},
                    {op.id}});
  }

  void aborted(const Operation& op, std::uint32_t queue_id, const Value& value, const Element& element) {
    if (!report_.found("aborted-read")) return;
    report_.accuse({"aborted-read",
                    object(queue_id),
                    "Element " + value.to_string() + " came out, although its enqueue did not happen.",
                    {naming(history_.at(element.failed), "enqueue") + " of " + value.to_string() + " failed.",
                     naming(op, "dequeue") + " returned it all the same."},
                    {element.failed, op.id}});
  }

  void duplicated(const Operation& op, std::uint32_t queue_id, const Value& value) {
    if (!exactly_once_) {
      ++redelivered_;
      return;
    }
    if (!report_.found("duplicated")) return;
    std::vector<OpId> witness = operations_with(queue_id, value);
    report_.accuse({"duplicated",
                    object(queue_id),
                    "Element " + value.to_string() + " came out more often than it was put in.",
                    {"It was enqueued " + counted(queues_[queue_id].element(value).attempted, "time") + ".",
                     naming(op, "dequeue") + " returned it once more than that."},
                    std::move(witness)});
  }

  std::string object(std::uint32_t queue) const { return "queue " + history_.key_name(keys_[queue]); }

  bool exactly_once_;
  const History& history_;
  Report report_;
  DenseIds<Key> keys_;
  std::vector<Queue> queues_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t dequeued_ = 0;
  std::uint64_t recovered_ = 0;
  std::uint64_t redelivered_ = 0;
  std::uint64_t unsure_missing_ = 0;
};

CheckResult check_total_queue(const Settings& settings, const History& history, const Budget& budget) {
  return TotalQueue(settings, history, budget).run();
}

std::unique_ptr<Checker> make_total_queue(const CheckerOptions& options, std::string& error) {
  OptionReader reader("total-queue", options);
  const Settings settings{reader.choice("delivery", {"exactly-once", "at-least-once"}) == 0};
  return checker_of(reader, settings, check_total_queue, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::enqueue, Fn::dequeue) || shape.count(Fn::dequeue) == 0)
    return "needs enqueues and dequeues that drain the queue";
  return {};
}

}  // namespace

extern const CheckerPlugin total_queue_plugin;
const CheckerPlugin total_queue_plugin = {"total-queue", "what goes into a queue comes out of it, once",
                                          make_total_queue, unsuited};

}  // namespace assay::checkers
