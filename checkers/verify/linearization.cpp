#include "checkers/verify/linearization.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

namespace assay::checkers {

namespace {

class Replay {
 public:
  explicit Replay(const Value& initial) : initial_(initial) {}

  // Applies an operation; false if it cannot have happened here.
  bool apply(const Operation& op) {
    for (const Mop& mop : op.mops) {
      Value& value = store_.try_emplace(mop.key, initial_).first->second;
      if (!apply(mop, op.outcome == Outcome::ok, value)) return false;
    }
    return true;
  }

 private:
  static bool apply(const Mop& mop, bool result_known, Value& value) {
    switch (mop.fn) {
      case Fn::read:
        return !result_known || value == mop.result || (is_absent(value) && is_absent(mop.result));
      case Fn::write:
        value = mop.argument;
        return true;
      case Fn::cas:
        if (value != mop.argument.first()) return false;
        value = mop.argument.second();
        return true;
      case Fn::append: {
        if (!is_absent(value) && value.kind() != Value::Kind::list) return false;
        std::vector<Value> elements;
        if (!is_absent(value)) elements.assign(value.as_list().begin(), value.as_list().end());
        elements.push_back(mop.argument);
        value = Value::list(std::move(elements));
        return true;
      }
      case Fn::add:
        if (!mop.argument.is_integer() || !(value.is_nil() || value.is_integer())) return false;
        value = Value((value.is_nil() ? 0 : value.as_integer()) + mop.argument.as_integer());
        return true;
      default:
        return false;
    }
  }
  static bool is_absent(const Value& value) {
    return value.is_nil() || (value.kind() == Value::Kind::list && value.as_list().empty());
  }

  Value initial_;
  std::map<Key, Value> store_;
};

std::string complain(OpId id, const std::string& what) {
  return "Operation " + std::to_string(id) + " " + what + ".";
}

bool initial_of(const Certificate& certificate, Value& initial) {
  const auto option = certificate.options.find("initial");
  if (option == certificate.options.end() || option->second == "nil") return true;
  const std::string& text = option->second;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  initial = Value(number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string refute_linearization(const History& history, const Certificate& certificate) {
  Value initial;
  if (!initial_of(certificate, initial)) return "Its initial value is neither an integer nor nil.";
  std::vector<bool> seen(history.size(), false);
  std::map<Key, std::size_t> owner;  // objects must not share keys
  for (std::size_t number = 0; number < certificate.objects.size(); ++number) {
    Replay replay(initial);
    Nanos latest_invocation = INT64_MIN;
    for (const OpId id : certificate.objects[number].order) {
      if (id >= history.size()) return complain(id, "is not in the history");
      const Operation op = history.at(id);
      if (seen[id]) return complain(id, "occurs twice");
      seen[id] = true;
      if (op.outcome == Outcome::fail) return complain(id, "failed, yet is said to have happened");
      for (const Mop& mop : op.mops) {
        if (owner.try_emplace(mop.key, number).first->second != number)
          return complain(id, "is in the wrong object");
      }
      if (op.completed < latest_invocation)
        return complain(id, "returned before one in front of it was invoked");
      latest_invocation = std::max(latest_invocation, op.invoked);
      if (!replay.apply(op)) return complain(id, "is not legal where it stands");
    }
  }
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok && !op.mops.empty() && !seen[op.id]) return complain(op.id, "is missing");
  }
  return {};
}

}  // namespace assay::checkers
