#include "harness/core/predicate.h"

#include <algorithm>
#include <span>

namespace assay {

namespace {

std::span<const Value> parts_of(const Value& predicate) {
  return predicate.kind() == Value::Kind::list ? predicate.as_list() : std::span<const Value>();
}

bool named(std::span<const Value> parts, std::string_view name, std::size_t size) {
  return parts.size() == size && parts[0].kind() == Value::Kind::text && parts[0].as_text() == name;
}

bool are_integers(std::span<const Value> values) {
  return std::all_of(values.begin(), values.end(), [](const Value& value) { return value.is_integer(); });
}

}  // namespace

bool is_predicate(const Value& predicate) {
  if (predicate.is_nil()) return true;
  const auto parts = parts_of(predicate);
  if (named(parts, "=", 2)) return true;
  if (named(parts, "mod", 3)) return are_integers(parts.subspan(1)) && parts[1].as_integer() > 0;
  return named(parts, "keys", 3) && are_integers(parts.subspan(1));
}

bool matches(const Value& predicate, Key key, const Value& value) {
  if (value.is_nil()) return false;
  const auto parts = parts_of(predicate);
  if (parts.empty()) return true;
  if (named(parts, "=", 2)) return value == parts[1];
  if (named(parts, "keys", 3)) return key >= parts[1].as_integer() && key <= parts[2].as_integer();
  if (!value.is_integer()) return false;
  const std::int64_t divisor = parts[1].as_integer();
  const std::int64_t rest = value.as_integer() % divisor;
  return (rest < 0 ? rest + divisor : rest) == parts[2].as_integer();
}

std::string predicate_text(const Value& predicate) {
  const auto parts = parts_of(predicate);
  if (parts.empty()) return "every row";
  if (named(parts, "=", 2)) return "rows of value " + parts[1].to_string();
  if (named(parts, "keys", 3)) return "rows of keys " + parts[1].to_string() + " to " + parts[2].to_string();
  return "rows whose value leaves " + parts[2].to_string() + " when divided by " + parts[1].to_string();
}

bool are_rows(const Value& result) {
  if (result.is_nil()) return true;
  if (result.kind() != Value::Kind::list) return false;
  const auto rows = result.as_list();
  return std::all_of(rows.begin(), rows.end(), [](const Value& row) {
    return row.kind() == Value::Kind::pair && row.first().is_integer();
  });
}

}  // namespace assay
