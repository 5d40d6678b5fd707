#include "targets/described/notation/json_values.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace assay::described {

using OrderedJson = nlohmann::ordered_json;

OrderedJson json_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::nil:
      return nullptr;
    case Value::Kind::boolean:
      return value.as_boolean();
    case Value::Kind::integer:
      return value.as_integer();
    case Value::Kind::text:
      return std::string(value.as_text());
    case Value::Kind::list: {
      OrderedJson list = OrderedJson::array();
      for (const Value& element : value.as_list()) list.push_back(json_of(element));
      return list;
    }
    case Value::Kind::pair:
      return OrderedJson::array({json_of(value.first()), json_of(value.second())});
  }
  return nullptr;
}

std::optional<Value> value_of(const OrderedJson& json) {
  if (json.is_null()) return Value();
  if (json.is_boolean()) return Value::boolean(json.get<bool>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_string()) return Value::text(json.get<std::string>());
  if (!json.is_array()) return std::nullopt;
  std::vector<Value> elements;
  for (const OrderedJson& element : json) {
    auto value = value_of(element);
    if (!value) return std::nullopt;
    elements.push_back(std::move(*value));
  }
  return Value::list(std::move(elements));
}

}  // namespace assay::described
