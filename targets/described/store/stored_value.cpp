#include "targets/described/store/stored_value.h"

#include <charconv>
#include <vector>

namespace assay::described {

namespace {

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

void append_netstring(std::string& out, const std::string& text) {
  out += std::to_string(text.size()) + ":" + text;
}

std::optional<std::vector<Value>> netstrings(std::string_view text) {
  std::vector<Value> values;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const auto size = number_in(text.substr(0, colon));
    if (colon == std::string_view::npos || !size || *size < 0) return std::nullopt;
    text.remove_prefix(colon + 1);
    if (static_cast<std::size_t>(*size) > text.size()) return std::nullopt;
    auto value = loaded(text.substr(0, static_cast<std::size_t>(*size)));
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
    text.remove_prefix(static_cast<std::size_t>(*size));
  }
  return values;
}

}  // namespace

std::string stored(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::nil:
      return "n";
    case Value::Kind::boolean:
      return value.as_boolean() ? "b1" : "b0";
    case Value::Kind::integer:
      return std::to_string(value.as_integer());
    case Value::Kind::text:
      return "t" + std::string(value.as_text());
    case Value::Kind::pair: {
      std::string out = "p";
      append_netstring(out, stored(value.first()));
      append_netstring(out, stored(value.second()));
      return out;
    }
    case Value::Kind::list:
      break;
  }
  std::string out = "l";
  for (const Value& element : value.as_list()) append_netstring(out, stored(element));
  return out;
}

std::optional<Value> loaded(std::string_view text) {
  if (const auto number = number_in(text)) return Value(*number);
  if (text == "n") return Value();
  if (text == "b0" || text == "b1") return Value::boolean(text == "b1");
  if (text.starts_with('t')) return Value::text(text.substr(1));
  if (!text.starts_with('l') && !text.starts_with('p')) return std::nullopt;
  auto elements = netstrings(text.substr(1));
  if (!elements) return std::nullopt;
  if (text[0] == 'l') return Value::list(*std::move(elements));
  if (elements->size() != 2) return std::nullopt;
  return Value::pair((*elements)[0], (*elements)[1]);
}

}  // namespace assay::described
