#include "harness/formats/json_text.h"

#include <array>
#include <charconv>

namespace assay::formats {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none (Unicode 15, table
// 3-7).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;  // no surrogates
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

void append_escaped(unsigned char character, std::string& out) {
  switch (character) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[character >> 4];
  out += kDigits[character & 15];
}

}  // namespace

void append_json_integer(std::int64_t number, std::string& out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  std::size_t plain = 0;  // start of the stretch that needs no change
  std::size_t i = 0;
  while (i < text.size()) {
    const auto character = static_cast<unsigned char>(text[i]);
    if (character >= 0x20 && character < 0x7F && character != '"' && character != '\\') {
      ++i;
      continue;
    }
    if (character >= 0x80) {
      if (const std::size_t length = sequence_length(text.substr(i)); length > 0) {
        i += length;
        continue;
      }
    }
    out.append(text, plain, i - plain);
    if (character >= 0x80) {
      out += kReplacement;
    } else {
      append_escaped(character, out);
    }
    plain = ++i;
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void append_json_value(const Value& value, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::nil:
      out += "null";
      return;
    case Value::Kind::boolean:
      out += value.as_boolean() ? "true" : "false";
      return;
    case Value::Kind::integer:
      append_json_integer(value.as_integer(), out);
      return;
    case Value::Kind::text:
      append_json_text(value.as_text(), out);
      return;
    case Value::Kind::pair:
      out += "{\"pair\":[";
      append_json_value(value.first(), out);
      out += ',';
      append_json_value(value.second(), out);
      out += "]}";
      return;
    case Value::Kind::list:
      break;
  }
  out += '[';
  bool first = true;
  for (const Value& element : value.as_list()) {
    if (!first) out += ',';
    first = false;
    append_json_value(element, out);
  }
  out += ']';
}

void append_json_facts(const Facts& facts, std::string& out) {
  out += '{';
  bool first = true;
  for (const Fact& fact : facts) {
    if (!first) out += ',';
    first = false;
    append_json_text(fact.name, out);
    out += ':';
    append_json_value(fact.value, out);
  }
  out += '}';
}

}  // namespace assay::formats
