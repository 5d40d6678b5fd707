// How a workload (or a trial) takes its options: asks for each by name, with what is accepted, and in the end refuses what
// nobody asked for.
//
//   OptionReader read("--workload-option", "workload set", options.options);
//   const std::int64_t elements = read.whole("elements", 100, 1, 100'000);
//   const std::string order = read.choice("order", {"random", "rising"});
//   read.done();
//
// Thread safety: none. Errors: InputError with one sentence that says what would be accepted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/fact.h"
#include "harness/core/time.h"

namespace assay {

class OptionReader {
 public:
  // `flag` and `owner` are for messages; `options` must outlive this object.
  OptionReader(std::string flag, std::string owner, const Facts& options);

  std::int64_t whole(const std::string& name, std::int64_t usual, std::int64_t least, std::int64_t most);
  // A text with a unit: "1500ms".
  Nanos duration(const std::string& name, Nanos usual);
  // "yes" or "no"; in a file also true or false.
  bool flag(const std::string& name, bool usual);
  // One of the choices; the first is the usual one.
  std::string choice(const std::string& name, const std::vector<std::string_view>& choices);
  std::string text(const std::string& name, const std::string& usual);

  // Throws when there are options that were not asked for.
  void done() const;

 private:
  const Value* find(const std::string& name);
  [[noreturn]] void refuse(const std::string& name, const Value& got, const std::string& expected) const;

  std::string flag_;
  std::string owner_;
  const Facts& options_;
  std::vector<std::string> known_;
};

// An option of the command line, "name=value": a whole number when the value is one, else a text. Throws InputError.
Fact parse_option(const std::string& flag, const std::string& text);
// Its inverse; lists and other values have no such notation and come out as text for people.
std::string format_option(const Fact& option);

}  // namespace assay
