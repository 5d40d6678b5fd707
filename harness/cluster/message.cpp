#include "harness/cluster/message.h"

#include <charconv>

namespace assay::cluster {
namespace {

bool is_plain(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '/' || c == ':' || c == ',';
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (is_plain(byte)) {
      out += character;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit_value(text[i + 1]);
    const int low = digit_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Cuts the next word off `line`; empty at its end.
std::string_view next_word(std::string_view& line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

Message& Message::add(std::string_view name, std::string_view value) {
  fields.emplace_back(name, value);
  return *this;
}

Message& Message::add(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }

std::string Message::text(std::string_view name, std::string_view otherwise) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return value;
  }
  return std::string(otherwise);
}

std::int64_t Message::integer(std::string_view name, std::int64_t otherwise) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return number_of(value).value_or(otherwise);
  }
  return otherwise;
}

bool Message::has(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return true;
  }
  return false;
}

std::vector<std::string> Message::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields) {
    if (field == name) values.push_back(value);
  }
  return values;
}

std::string Message::to_line() const {
  std::string line = std::to_string(number) + ' ' + verb;
  for (const auto& [name, value] : fields) {
    line += ' ';
    append_encoded(line, name);
    line += '=';
    append_encoded(line, value);
  }
  return line;
}

std::optional<Message> Message::parse(std::string_view line) {
  Message message;
  const auto number = number_of(next_word(line));
  if (!number) return std::nullopt;
  message.number = *number;
  message.verb = next_word(line);
  if (message.verb.empty()) return std::nullopt;
  while (true) {
    const std::string_view word = next_word(line);
    if (word.empty()) return message;
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto name = decoded(word.substr(0, equals));
    auto value = decoded(word.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    message.fields.emplace_back(std::move(*name), std::move(*value));
  }
}

}  // namespace assay::cluster
