#include "targets/sql/stored_value.h"

#include <charconv>
#include <vector>

namespace assay::sql {

namespace {

bool storable(std::string_view text) { return text.find('\0') == std::string_view::npos; }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += "\\s";
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size() || (text[i] != 's' && text[i] != '\\')) return std::nullopt;
    out += text[i] == 's' ? ' ' : '\\';
  }
  return out;
}

std::optional<Value> loaded_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Value(number);
}

std::optional<Value> loaded_simple(std::string_view text) {
  if (text == "b0" || text == "b1") return Value::boolean(text == "b1");
  return loaded_number(text);
}

std::optional<Value> loaded_element(std::string_view text) {
  if (text == "n") return Value();
  if (!text.starts_with('t')) return loaded_simple(text);
  const auto content = unescaped(text.substr(1));
  return content ? std::optional(Value::text(*content)) : std::nullopt;
}

std::optional<std::vector<Value>> loaded_elements(std::string_view text) {
  std::vector<Value> elements;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      const auto element = loaded_element(text.substr(0, end));
      if (!element) return std::nullopt;
      elements.push_back(*element);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return elements;
}

}  // namespace

std::optional<std::string> stored_element(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::nil:
      return "n";
    case Value::Kind::text:
      if (!storable(value.as_text())) return std::nullopt;
      return "t" + escaped(value.as_text());
    case Value::Kind::boolean:
      return value.as_boolean() ? "b1" : "b0";
    case Value::Kind::integer:
      return std::to_string(value.as_integer());
    default:
      return std::nullopt;
  }
}

std::optional<std::string> stored(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::nil:
      return std::nullopt;
    case Value::Kind::text:
      if (!storable(value.as_text())) return std::nullopt;
      return "t" + std::string(value.as_text());
    case Value::Kind::boolean:
    case Value::Kind::integer:
      return stored_element(value);
    case Value::Kind::pair: {
      const auto first = stored_element(value.first()), second = stored_element(value.second());
      if (!first || !second) return std::nullopt;
      return "p" + *first + " " + *second;
    }
    case Value::Kind::list: {
      std::string out = "l";
      for (const Value& each : value.as_list()) {
        const auto element = stored_element(each);
        if (!element) return std::nullopt;
        out += (out.size() > 1 ? " " : "") + *element;
      }
      return out;
    }
  }
  return std::nullopt;
}

std::optional<Value> loaded(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text[0] == 't') return Value::text(text.substr(1));
  if (text[0] != 'l' && text[0] != 'p') return loaded_simple(text);
  auto elements = loaded_elements(text.substr(1));
  if (!elements) return std::nullopt;
  if (text[0] == 'l') return Value::list(std::move(*elements));
  if (elements->size() != 2) return std::nullopt;
  return Value::pair((*elements)[0], (*elements)[1]);
}

}  // namespace assay::sql
