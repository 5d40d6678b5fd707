#include "checkers/verify/orders.h"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "checkers/verify/common.h"
#include "checkers/verify/replay.h"
#include "checkers/verify/store.h"

namespace assay::checkers {

namespace {

// Without snapshots, an operation commits where it starts.
class Order {
 public:
  Order(const History& history, const std::string& claim, const std::string& order)
      : history_(history),
        sessions_(claim == "sequential" || claim == "strong-session-serializable" || order == "session"),
        real_time_(claim == "linearizable" || claim == "strict-serializable" || order == "real-time"),
        started_(history.size(), false) {}

  std::string step(OpId id, Replay& replay) {
    std::string wrong = start(id);
    if (!wrong.empty()) return wrong;
    const Operation op = history_.at(id);
    if (!replay.apply(op)) return complain(id, "is not legal where it stands");
    return commit(op);
  }

  // Keys that change, and when the transaction began.
  struct Running {
    std::uint64_t began = 0;
    Store view;
  };

  std::string snapshot_step(OpId id, Store& committed) {
    ++events_;
    const auto running = running_.find(id);
    if (running == running_.end()) {
      if (id < history_.size() && started_[id]) return complain(id, "occurs three times");
      std::string wrong = start(id);
      if (!wrong.empty()) return wrong;
      const Operation op = history_.at(id);
      Running begun{events_, committed.part_for(op)};
      if (!begun.view.apply(op)) return complain(id, "reads what its snapshot does not have");
      running_.emplace(id, std::move(begun));
      return {};
    }
    const Operation op = history_.at(id);
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read || mop.fn == Fn::scan) continue;
      std::uint64_t& changed = changed_[mop.key];
      if (changed > running->second.began && changed != events_)
        return complain(id, "overwrites what another committed since it started");
      changed = events_;
      committed.adopt(mop.key, running->second.view.at(mop.key));
    }
    running_.erase(running);
    return commit(op);
  }

  std::string finish() const {
    if (!running_.empty()) return complain(running_.begin()->first, "does not commit");
    return find_missing(history_, started_);
  }

  // A new object: its operations have an order of their own.
  void begin_object() { latest_invocation_ = INT64_MIN; }

 private:
  std::string start(OpId id) {
    std::string wrong = take(history_, id, started_);
    if (!wrong.empty()) return wrong;
    const Operation op = history_.at(id);
    if (sessions_) {
      const auto [last, first] = last_of_.try_emplace(op.process, id);
      if (!first && (last->second > id || running_.contains(last->second)))
        return complain(id, "starts before one in front of it in its process has committed");
      last->second = id;
    }
    latest_invocation_ = std::max(latest_invocation_, op.invoked);
    return {};
  }

  std::string commit(const Operation& op) const {
    const bool late = real_time_ && op.completed < latest_invocation_;
    return late ? complain(op.id, "stands after the start of one that was invoked after it had returned")
                : "";
  }

  const History& history_;
  bool sessions_, real_time_;
  std::vector<bool> started_;
  Nanos latest_invocation_ = INT64_MIN;
  std::map<ProcessId, OpId> last_of_;
  // Of snapshots.
  std::uint64_t events_ = 0;
  std::map<Key, std::uint64_t> changed_;  // when a key was last committed
  std::map<OpId, Running> running_;
};

// All objects of a linearization: they share no keys.
std::string refute_objects(const History& history, const Certificate& certificate, const std::string& model,
                           const Value& initial, Order& order) {
  std::map<Key, std::size_t> owner;
  for (std::size_t number = 0; number < certificate.objects.size(); ++number) {
    const auto replay = make_replay(model, initial);
    if (replay == nullptr) return "It is about model \"" + model + "\", which nothing here can replay.";
    order.begin_object();
    for (const OpId id : certificate.objects[number].order) {
      std::string wrong = order.step(id, *replay);
      if (!wrong.empty()) return wrong;
      for (const Mop& mop : history.at(id).mops) {
        if (owner.try_emplace(mop.key, number).first->second != number)
          return complain(id, "is in the wrong object");
      }
    }
  }
  return order.finish();
}

}  // namespace

std::string refute_order(const History& history, const Certificate& certificate) {
  const std::string& claim = certificate.claim;
  const std::string kept = option_of(certificate, "order", "none");
  if (kept != "none" && kept != "session" && kept != "real-time") return "Its order is none that is known.";
  Value initial;
  if (!initial_value(certificate, initial)) return kNoInitial;
  Order order(history, claim, kept);
  if (claim != "linearizable" && certificate.objects.size() != 1)
    return "It has not one order of everything.";
  if (claim == "linearizable" || claim == "sequential")
    return refute_objects(history, certificate, option_of(certificate, "model", "kv"), initial, order);
  Store store(initial);
  store.know_keys(history);
  for (const OpId id : certificate.objects.front().order) {
    std::string wrong =
        claim == "snapshot-isolation" ? order.snapshot_step(id, store) : order.step(id, store);
    if (!wrong.empty()) return wrong;
  }
  return order.finish();
}

}  // namespace assay::checkers
