// The options of a mode: what a protocol lets its user choose beside the number of nodes ("replication", "n", "read-from"). A
// protocol lists them (ProtocolPlugin::options); the command line makes a flag of each, a plan and a server's
// configuration have them under "options", and both drivers hand the protocol and its clients the same Options.
//
// Values are texts and whole numbers on their way here; inside, a choice or text is a text, a whole number and a duration (in
// nanoseconds) an integer, a flag a boolean. A duration is written as people do ("500ms").
//
// Thread safety: a value; const use from anywhere. Errors: std::invalid_argument with one sentence for what a user gave;
// an assertion for a name that the mode does not list. Complexity: linear in the number of options, which are few.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/fact.h"

namespace assay::refdb {

struct OptionSpec {
  enum class Kind : std::uint8_t { choice, whole, duration, flag, text };

  std::string_view name;  // of small letters, digits and dashes
  Kind kind = Kind::choice;
  std::string_view usual;    // the default, as a user would write it; a flag's: "yes" or "no"
  std::string_view choices;  // of a choice: "async, quorum"
  std::int64_t low = 0;      // of a whole number or a duration (nanoseconds)
  std::int64_t high = 0;
  std::string_view summary;
};

class Options {
 public:
  Options() = default;
  // The defaults, changed by what was given.
  explicit Options(std::span<const OptionSpec> specs, const Facts& given = {});

  std::string_view text(std::string_view name) const;
  std::int64_t whole(std::string_view name) const;
  std::int64_t duration(std::string_view name) const { return whole(name); }
  bool flag(std::string_view name) const;

  // All of them, in the order of the specs; a duration as text.
  const Facts& facts() const { return written_; }

  // Changes one, for tests and for callers that derive a configuration. Requires: the option is there.
  void set(std::span<const OptionSpec> specs, std::string_view name, const Value& value);

 private:
  const Value& value(std::string_view name) const;

  Facts values_;
  Facts written_;
};

const OptionSpec* find_option(std::span<const OptionSpec> specs, std::string_view name);

// Divides what was given into the options of the mode and the rest, which is somebody else's.
struct DividedFacts {
  Facts of_mode;
  Facts rest;
};
DividedFacts divide_options(std::span<const OptionSpec> specs, const Facts& given);

// "read-index, lease or local", "a whole number from 1 to 64", "a duration from 1ms to 1m", "yes or no": for messages and lists.
std::string accepted_text(const OptionSpec& spec);

}  // namespace assay::refdb
