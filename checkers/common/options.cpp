#include "checkers/common/options.h"

#include <algorithm>
#include <charconv>

#include "checkers/common/words.h"

namespace assay::checkers {

namespace {

std::optional<std::int64_t> parse_integer(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

const std::string* OptionReader::text(const std::string& name) {
  known_.push_back(name);
  const auto option = options_.find(name);
  return option == options_.end() ? nullptr : &option->second;
}

void OptionReader::complain(const std::string& sentence) {
  if (error_.empty()) error_ = sentence;
}

void OptionReader::refuse(const std::string& name, const std::string& expected, const std::string& got) {
  complain("Option " + name + " of " + checker_ + " must be " + expected + ", not \"" + got + "\".");
}

bool OptionReader::yes(const std::string& name, bool otherwise) {
  const std::string* const given = text(name);
  if (given == nullptr) return otherwise;
  if (*given != "yes" && *given != "no") refuse(name, "yes or no", *given);
  return *given == "yes";
}

std::size_t OptionReader::choice(const std::string& name, std::initializer_list<const char*> choices) {
  const std::string* const given = text(name);
  if (given == nullptr) return 0;
  const auto found = std::find(choices.begin(), choices.end(), *given);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  refuse(name, listed({choices.begin(), choices.end()}, "or"), *given);
  return 0;
}

std::optional<std::int64_t> OptionReader::integer(const std::string& name) {
  return number(name, INT64_MIN, INT64_MAX, "an integer");
}

std::optional<std::int64_t> OptionReader::number(const std::string& name, std::int64_t least,
                                                 std::int64_t most, const std::string& expected) {
  const std::string* const given = text(name);
  if (given == nullptr) return std::nullopt;
  const std::optional<std::int64_t> parsed = parse_integer(*given);
  if (parsed && *parsed >= least && *parsed <= most) return parsed;
  refuse(name, expected, *given);
  return std::nullopt;
}

Value OptionReader::initial() {
  const std::string* const given = text("initial");
  if (given == nullptr || *given == "nil") return {};
  const std::optional<std::int64_t> parsed = parse_integer(*given);
  if (parsed) return Value(*parsed);
  refuse("initial", "an integer or nil", *given);
  return {};
}

std::string OptionReader::error() const {
  for (const auto& [name, value] : options_) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    return "Option \"" + name + "\" is unknown; " + checker_ + " knows " +
           (known_.empty() ? "none" : listed(known_)) + ".";
  }
  return error_;
}

}  // namespace assay::checkers
