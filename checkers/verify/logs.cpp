// Logs, one a key, written by sends and read by polls. At each offset stands one element, in one place; what was polled had
// been sent; each process moves forward, and polls leave nothing out but where they began anew; all that was acknowledged
// was polled. The certificate is an order of operations, that of processes and of time: whoever polls stands behind
// who sent it, and with option "order" = yes whoever sent an element behind who sent the one before it in the log.
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/registers.h"
#include "checkers/verify/sequence.h"

namespace assay::checkers {

namespace {

class Logs {
 public:
  explicit Logs(const History& history)
      : history_(history), place_(history.size(), 0), sequence_(history, true, true) {}

  // Where operations stand.
  std::string place(const std::vector<OpId>& order) {
    for (const OpId id : order) {
      std::string wrong = sequence_.begin(id);
      if (wrong.empty()) wrong = sequence_.end(history_.at(id));
      if (!wrong.empty()) return wrong;
      place_[id] = ++placed_;
    }
    return sequence_.finish();
  }

  // Who sent what, and what stands where.
  std::string learn(const Operation& op, const Mop& mop) {
    const bool ok = op.outcome == Outcome::ok;
    if (mop.fn == Fn::send) {
      if (op.outcome == Outcome::fail) return {};
      if (!sender_.try_emplace({mop.key, mop.argument}, op.id).second)
        return complain(op.id, "sends an element again");
      if (ok) awaited_.insert({mop.key, mop.argument});
      return ok && mop.result.is_integer() ? stands(op, mop.key, mop.result.as_integer(), mop.argument) : "";
    }
    if (mop.fn != Fn::poll) return complain(op.id, "is neither a send nor a poll");
    std::string wrong;
    for (const Value& each : ok ? elements_of(mop.result) : std::vector<Value>()) {
      const auto pair = split(each);
      if (!pair) return complain(op.id, "polled what is no pair of an offset and an element");
      if (wrong.empty()) wrong = stands(op, mop.key, pair->first, pair->second);
    }
    return wrong;
  }

  // What an operation of outcome ok sends and polls, in its order.
  std::string follow(const Operation& op, const Mop& mop) {
    std::optional<std::int64_t>& position = positions_[{op.process, mop.key, mop.fn}];
    if (mop.fn == Fn::send) {
      if (!mop.result.is_integer()) return {};
      if (position && *position >= mop.result.as_integer()) return complain(op.id, "sends backwards");
      position = mop.result.as_integer();
      return {};
    }
    if (!mop.argument.is_nil()) position.reset();
    for (const Value& each : elements_of(mop.result)) {
      any_ = true;
      const auto [offset, element] = *split(each);
      const auto sender = sender_.find({mop.key, element});
      if (sender == sender_.end()) return complain(op.id, "polled what nobody had sent");
      if (history_.at(sender->second).invoked > op.completed || place_[sender->second] >= place_[op.id] ||
          place_[sender->second] == 0)
        return complain(op.id, "polled what was not sent before");
      if (position && logs_[mop.key].upper_bound(*position) != logs_[mop.key].find(offset))
        return complain(op.id, "polled backwards, or left something out");
      position = offset;
      awaited_.erase({mop.key, element});
    }
    return {};
  }

  std::string finish(bool order_of_sends) const {
    if (!awaited_.empty()) return "Element " + awaited_.begin()->second.to_string() + " was never polled.";
    for (const auto& [key, log] : logs_) {
      std::size_t before = 0;
      for (const auto& [offset, element] : log) {
        const auto sender = sender_.find({key, element});
        if (sender == sender_.end() || !order_of_sends) continue;
        if (place_[sender->second] < before)
          return complain(sender->second, "stands before who sent what is before it");
        before = place_[sender->second];
      }
    }
    return any_ ? "" : kNothing;
  }

 private:
  static std::optional<std::pair<std::int64_t, Value>> split(const Value& each) {
    const bool is_pair = each.kind() == Value::Kind::pair;
    if (!is_pair && elements_of(each).size() != 2) return std::nullopt;
    const Value offset = is_pair ? each.first() : elements_of(each)[0];
    if (!offset.is_integer()) return std::nullopt;
    return std::pair(offset.as_integer(), is_pair ? each.second() : elements_of(each)[1]);
  }
  std::string stands(const Operation& op, Key key, std::int64_t offset, const Value& element) {
    const bool same_element = logs_[key].try_emplace(offset, element).first->second == element;
    const bool same_offset = offset_.try_emplace({key, element}, offset).first->second == offset;
    return same_element && same_offset ? ""
                                       : complain(op.id, "shows two elements at an offset, or one twice");
  }

  const History& history_;
  std::vector<std::size_t> place_;  // from 1 on
  std::size_t placed_ = 0;
  Sequence sequence_;
  std::map<std::pair<Key, Value>, OpId> sender_;
  std::map<std::pair<Key, Value>, std::int64_t> offset_;
  std::map<Key, std::map<std::int64_t, Value>> logs_;
  std::map<std::tuple<ProcessId, Key, Fn>, std::optional<std::int64_t>> positions_;
  std::set<std::pair<Key, Value>> awaited_;  // acknowledged, and not polled yet
  bool any_ = false;
};

}  // namespace

std::string refute_log_order(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"order", "drained"});
  if (!wrong.empty()) return wrong;
  if (certificate.objects.size() != 1) return "It is not one order.";
  Logs logs(history);
  wrong = logs.place(certificate.objects.front().order);
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (wrong.empty()) wrong = logs.learn(op, mop);
    }
  }
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (wrong.empty() && op.outcome == Outcome::ok) wrong = logs.follow(op, mop);
    }
  }
  return wrong.empty() ? logs.finish(option_of(certificate, "order", "no") == "yes") : wrong;
}

}  // namespace assay::checkers
