#include "targets/described/store/computed.h"

#include <utility>
#include <vector>

namespace assay::described {

namespace {

// Empty when it was applied.
std::string apply_one(Mop& mop, const Value& value, std::map<Key, Value>& changed) {
  switch (mop.fn) {
    case Fn::read:
      mop.result = value;
      return "";
    case Fn::write:
      changed[mop.key] = mop.argument;
      return "";
    case Fn::append: {
      if (!value.is_nil() && value.kind() != Value::Kind::list) return "the key holds no list";
      std::vector<Value> elements;
      if (!value.is_nil()) elements.assign(value.as_list().begin(), value.as_list().end());
      elements.push_back(mop.argument);
      changed[mop.key] = Value::list(std::move(elements));
      return "";
    }
    case Fn::add:
      if (!value.is_nil() && !value.is_integer()) return "the key holds no number";
      changed[mop.key] = mop.argument.as_integer() + (value.is_nil() ? 0 : value.as_integer());
      return "";
    case Fn::cas:
      if (value != mop.argument.first()) return "expectation unmet";
      changed[mop.key] = mop.argument.second();
      return "";
    case Fn::fence:
      if (value.is_integer() && value.as_integer() > mop.argument.as_integer())
        return "a greater token was seen";
      changed[mop.key] = mop.argument;
      return "";
    default:
      return "that can't be computed";
  }
}

}  // namespace

bool computable(const Mop& mop) {
  switch (mop.fn) {
    case Fn::read:
    case Fn::write:
    case Fn::append:
      return true;
    case Fn::add:
    case Fn::fence:
      return mop.argument.is_integer();
    case Fn::cas:
      return mop.argument.kind() == Value::Kind::pair;
    default:
      return false;
  }
}

std::string compute(Request& request, const std::map<Key, Value>& current, std::map<Key, Value>& changed) {
  for (Mop& mop : request) {
    const auto own = changed.find(mop.key);
    const Value value = own == changed.end() ? current.at(mop.key) : own->second;
    std::string why = apply_one(mop, value, changed);
    if (!why.empty()) return why;
  }
  return "";
}

}  // namespace assay::described
