// What confirming one claim has in common with confirming another: options, and operations that an order names.
//
// Thread safety: pure functions. Complexity: constant, or linear in the operation or history given.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers {

inline constexpr const char* kNothing = "Nothing in the history bears on its claim.";
inline constexpr const char* kNoInitial = "Its initial value is neither an integer nor nil.";

// "Operation 7 occurs twice."
inline std::string complain(OpId id, const std::string& what) {
  return "Operation " + std::to_string(id) + " " + what + ".";
}

inline std::string option_of(const Certificate& certificate, const std::string& name,
                             const std::string& otherwise) {
  const auto found = certificate.options.find(name);
  return found == certificate.options.end() ? otherwise : found->second;
}

// Empty when the certificate has no options but these; else what is wrong.
inline std::string refute_options(const Certificate& certificate,
                                  std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : certificate.options) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return "Its option \"" + name + "\" is none that can be confirmed.";
  }
  return {};
}

// An integer, as an option has it; none if it is not given or is something else.
inline std::optional<std::int64_t> number_of(const Certificate& certificate, const std::string& name) {
  const std::string text = option_of(certificate, name, "");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Option "initial". False if it is neither an integer nor nil (the default).
inline bool initial_value(const Certificate& certificate, Value& initial) {
  if (option_of(certificate, "initial", "nil") == "nil") return true;
  const std::optional<std::int64_t> number = number_of(certificate, "initial");
  initial = Value(number.value_or(0));
  return number.has_value();
}

// Empty for an operation of the history that did not fail and was not seen before; now it was. Else what is wrong.
inline std::string take(const History& history, OpId id, std::vector<bool>& seen) {
  if (id >= history.size()) return complain(id, "is not in the history");
  if (seen[id]) return complain(id, "occurs twice");
  seen[id] = true;
  const bool failed = history.at(id).outcome == Outcome::fail;
  return failed ? complain(id, "failed, yet is said to have happened") : "";
}

// What is wrong when an ok operation that does anything was not seen.
inline std::string find_missing(const History& history, const std::vector<bool>& seen) {
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok && !op.mops.empty() && !seen[op.id]) return complain(op.id, "is missing");
  }
  return {};
}

}  // namespace assay::checkers
