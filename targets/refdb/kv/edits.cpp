#include "targets/refdb/kv/edits.h"

#include <algorithm>
#include <string>
#include <vector>

#include "harness/core/assert.h"

namespace assay::refdb {

namespace {

// Integers wrap around rather than overflow.
Value sum(const Value& a, const Value& b) {
  const auto total = static_cast<std::uint64_t>(a.as_integer()) + static_cast<std::uint64_t>(b.as_integer());
  return Value(static_cast<std::int64_t>(total));
}

std::optional<Value> appended(const Value& current, const Value& element) {
  if (!current.is_nil() && current.kind() != Value::Kind::list) return std::nullopt;
  std::vector<Value> elements;
  if (!current.is_nil()) {
    const auto old = current.as_list();
    elements.reserve(old.size() + 1);
    elements.assign(old.begin(), old.end());
  }
  elements.push_back(element);
  return Value::list(std::move(elements));
}

std::optional<Value> added(const Value& current, const Value& element) {
  if (element.is_integer() && current.is_nil()) return element;
  if (element.is_integer() && current.is_integer()) return sum(current, element);
  if (current.kind() == Value::Kind::list) {
    const auto old = current.as_list();
    if (std::find(old.begin(), old.end(), element) != old.end()) return current;
  }
  return appended(current, element);
}

std::optional<Value> removed(const Value& current, const Value& element) {
  if (current.is_nil()) return current;
  if (current.kind() != Value::Kind::list) return std::nullopt;
  const auto old = current.as_list();
  std::vector<Value> elements(old.begin(), old.end());
  elements.erase(std::remove(elements.begin(), elements.end(), element), elements.end());
  return Value::list(std::move(elements));
}

std::optional<std::size_t> within(const Value& position, std::size_t size) {
  if (!position.is_integer() || position.as_integer() < 0) return std::nullopt;
  const auto number = static_cast<std::size_t>(position.as_integer());
  return number <= size ? std::optional(number) : std::nullopt;
}

std::optional<Value> with_text_changed(Fn fn, const Value& current, const Value& argument) {
  if (!current.is_nil() && current.kind() != Value::Kind::text) return std::nullopt;
  std::string text(current.is_nil() ? std::string_view() : current.as_text());
  if (fn == Fn::insert) {
    Value keep_alive;
    const auto insertion = insertion_of(argument, text.size(), keep_alive);
    if (!insertion) return std::nullopt;
    text.insert(insertion->first, insertion->second);
  } else {
    const auto erasure = erasure_of(argument, text.size());
    if (!erasure) return std::nullopt;
    text.erase(erasure->first, erasure->second);
  }
  return Value::text(text);
}

}  // namespace

std::optional<std::pair<std::size_t, std::string_view>> insertion_of(const Value& argument, std::size_t size,
                                                                     Value& keep_alive) {
  if (argument.kind() != Value::Kind::pair) return std::nullopt;
  const std::optional<std::size_t> position = within(argument.first(), size);
  keep_alive = argument.second();
  if (!position || keep_alive.kind() != Value::Kind::text) return std::nullopt;
  return std::pair(*position, keep_alive.as_text());
}

std::optional<std::pair<std::size_t, std::size_t>> erasure_of(const Value& argument, std::size_t size) {
  if (argument.kind() != Value::Kind::pair) return std::nullopt;
  const std::optional<std::size_t> position = within(argument.first(), size);
  if (!position) return std::nullopt;
  const std::optional<std::size_t> count = within(argument.second(), size - *position);
  if (!count) return std::nullopt;
  return std::pair(*position, *count);
}

std::optional<Value> edited(Fn fn, const Value& current, const Value& argument) {
  switch (fn) {
    case Fn::append:
      return appended(current, argument);
    case Fn::add:
      return added(current, argument);
    case Fn::remove:
      return removed(current, argument);
    case Fn::insert:
    case Fn::erase:
      return with_text_changed(fn, current, argument);
    default:
      ASSAY_ASSERT(false);
  }
  return std::nullopt;
}

}  // namespace assay::refdb
