// Reads the options of a checker: each is asked for by name, with what is accepted; what is wrong is one
// sentence, and what was never asked for is unknown.
//
// Thread safety: none. Errors: error(), the first one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers {

class OptionReader {
 public:
  // Requires: `options` live as long as this.
  OptionReader(std::string_view checker, const CheckerOptions& options)
      : checker_(checker), options_(options) {}

  bool yes(const std::string& name, bool otherwise);
  // The index of the choice; the first one when the option is not given.
  std::size_t choice(const std::string& name, std::initializer_list<const char*> choices);
  std::optional<std::int64_t> integer(const std::string& name);
  // A number from `least` to `most`; `expected` says for people what that is.
  std::optional<std::int64_t> number(const std::string& name, std::int64_t least, std::int64_t most,
                                     const std::string& expected);
  // Option `initial`: what every object holds at first, an integer or nil (the default).
  Value initial();
  // For options that the checker understands itself: null when it is not given.
  const std::string* text(const std::string& name);
  // What the checker itself has against an option; the first complaint stays.
  void complain(const std::string& sentence);
  // Empty when every option given was asked for and understood.
  std::string error() const;

  const std::string& checker() const { return checker_; }
  const CheckerOptions& options() const { return options_; }

 private:
  void refuse(const std::string& name, const std::string& expected, const std::string& got);

  std::string checker_;
  const CheckerOptions& options_;
  std::vector<std::string> known_;
  std::string error_;
};

}  // namespace assay::checkers
