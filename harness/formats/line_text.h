// Small tools for formats of plain lines. Internal to this folder.
//
// Thread safety: plain functions. Errors: InputError, one sentence with file and line.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/error.h"

namespace assay::formats {

// Whether a text is a whole number, and which.
inline std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

inline std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// The lines of a text one after the other, without blanks around them, numbered from 1.
class Lines {
 public:
  Lines(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  // False at the end.
  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line = trimmed(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return true;
  }
  std::uint64_t number() const { return number_; }

  // About the line at hand. At most the beginning of `got` is shown.
  [[noreturn]] void refuse(const std::string& expected, std::string_view got) const {
    constexpr std::size_t kLongest = 40;
    const std::string shown(got.substr(0, kLongest));
    throw InputError(name_ + ":" + std::to_string(number_) + ": expected " + expected + ", got \"" + shown +
                     (got.size() > kLongest ? "...\"" : "\""));
  }

 private:
  std::string_view rest_;
  const std::string& name_;
  std::uint64_t number_ = 0;
};

}  // namespace assay::formats
