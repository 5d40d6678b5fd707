#include "harness/formats/json_value.h"

#include <utility>
#include <vector>

namespace assay::formats {

namespace {

using simdjson::dom::element_type;

Value value_from_object(const simdjson::dom::object& object) {
  if (object.size() == 1) {
    simdjson::dom::array pair;
    if (object["pair"].get(pair) == simdjson::SUCCESS && pair.size() == 2) {
      return Value::pair(value_from_json(pair.at(0).value_unsafe()),
                         value_from_json(pair.at(1).value_unsafe()));
    }
  }
  std::vector<Value> fields;
  for (const auto field : object) {
    fields.push_back(Value::pair(Value::text(field.key), value_from_json(field.value)));
  }
  return Value::list(std::move(fields));
}

}  // namespace

Value value_from_json(simdjson::dom::element element) {
  switch (element.type()) {
    case element_type::NULL_VALUE:
      return Value();
    case element_type::BOOL:
      return Value::boolean(element.get_bool().value_unsafe());
    case element_type::INT64:
      return Value(element.get_int64().value_unsafe());
    case element_type::STRING:
      return Value::text(element.get_string().value_unsafe());
    case element_type::OBJECT:
      return value_from_object(element.get_object().value_unsafe());
    case element_type::ARRAY: {
      std::vector<Value> elements;
      const simdjson::dom::array children = element;  // a copy: value_unsafe() refers into a temporary
      for (const auto child : children) elements.push_back(value_from_json(child));
      return Value::list(std::move(elements));
    }
    case element_type::UINT64:
    case element_type::DOUBLE:
      break;
  }
  return Value::text(simdjson::minify(element));
}

Facts facts_from_json(simdjson::dom::element element) {
  Facts facts;
  simdjson::dom::object object;
  if (element.get(object) == simdjson::SUCCESS) {
    for (const auto field : object) {
      facts.push_back({std::string(field.key), value_from_json(field.value)});
    }
  } else if (!element.is_null()) {
    facts.push_back({"value", value_from_json(element)});
  }
  return facts;
}

std::string excerpt(simdjson::dom::element element) {
  constexpr std::size_t kLongest = 60;
  std::string text = simdjson::minify(element);
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "...";
}

}  // namespace assay::formats
