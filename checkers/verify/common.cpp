#include "checkers/verify/common.h"

#include <algorithm>
#include <charconv>

namespace assay::checkers {

std::string complain(OpId id, const std::string& what) {
  return "Operation " + std::to_string(id) + " " + what + ".";
}

std::string option_of(const Certificate& certificate, const std::string& name, const std::string& otherwise) {
  const auto found = certificate.options.find(name);
  return found == certificate.options.end() ? otherwise : found->second;
}

std::string refute_options(const Certificate& certificate, std::initializer_list<std::string_view> known) {
  if (!certificate.objects.empty()) return "It has an order, and the claim needs none.";
  for (const auto& [name, value] : certificate.options) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return "Its option \"" + name + "\" is none that can be confirmed.";
  }
  return {};
}

std::optional<std::int64_t> number_of(const Certificate& certificate, const std::string& name) {
  const std::string text = option_of(certificate, name, "");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool initial_value(const Certificate& certificate, Value& initial) {
  if (option_of(certificate, "initial", "nil") == "nil") return true;
  const std::optional<std::int64_t> number = number_of(certificate, "initial");
  initial = Value(number.value_or(0));
  return number.has_value();
}

std::string take(const History& history, OpId id, std::vector<bool>& seen) {
  if (id >= history.size()) return complain(id, "is not in the history");
  if (seen[id]) return complain(id, "occurs twice");
  seen[id] = true;
  const bool failed = history.at(id).outcome == Outcome::fail;
  return failed ? complain(id, "failed, yet is said to have happened") : "";
}

std::string find_missing(const History& history, const std::vector<bool>& seen) {
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok && !op.mops.empty() && !seen[op.id]) return complain(op.id, "is missing");
  }
  return {};
}

std::vector<Value> elements_of(const Value& value) {
  if (value.kind() != Value::Kind::list) return {};
  return {value.as_list().begin(), value.as_list().end()};
}

bool writes(const Mop& mop) { return mop.fn == Fn::write || mop.fn == Fn::cas; }
Value written(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.second() : mop.argument; }

bool writes(const Operation& op) {
  return std::any_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) { return writes(mop); });
}

bool reads(const Operation& op, const Mop& mop) {
  return mop.fn == Fn::cas || (mop.fn == Fn::read && op.outcome == Outcome::ok);
}
Value read_by(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.first() : mop.result; }

std::map<Key, Value> last_writes(const Operation& op) {
  std::map<Key, Value> last;
  for (const Mop& mop : op.mops) {
    if (writes(mop)) last[mop.key] = written(mop);
  }
  return last;
}

}  // namespace assay::checkers
