// One line of the conversation between the controller and a node agent: a word, then fields "name=value" with
// everything but letters, digits and a few signs percent-encoded, so that a line is always a line. A request
// is "<number> <verb> <fields>", its reply "<number> ok <fields>" or "<number> error message=<sentence>".
//
// Used by both sides: standard library only. Thread safety: plain values. Errors: parse() returns nothing for
// a line that isn't a message; integer() returns the default for a field that isn't a number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::cluster {

struct Message {
  std::int64_t number = 0;  // 0: no reply is expected
  std::string verb;
  std::vector<std::pair<std::string, std::string>> fields;

  static Message asking(std::string verb) { return {.number = 0, .verb = std::move(verb), .fields = {}}; }
  Message& add(std::string_view name, std::string_view value);
  Message& add(std::string_view name, std::int64_t value);

  // The first field of that name, or `otherwise`.
  std::string text(std::string_view name, std::string_view otherwise = {}) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const;
  bool has(std::string_view name) const;
  // All fields of that name, in order.
  std::vector<std::string> all(std::string_view name) const;

  // Without the line's end.
  std::string to_line() const;
  static std::optional<Message> parse(std::string_view line);
};

}  // namespace assay::cluster
