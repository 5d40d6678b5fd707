// Changes a history in small ways that a checker must notice, or must not mind, so that it can be shown to work on the
// history at hand (`assay check --self-test`). Each kind of change knows what it does: it says how strong a promise the
// changed history breaks by construction, or that it can't know.
//
// Thread safety: a Mutator may be used by one thread. Complexity: reading the history once is n log n; each mutation
// copies the history. The same seed gives the same mutations.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers {

// What breaks by construction. Each promise includes those before it.
enum class Breakage : std::uint8_t {
  none,       // nothing: the history only says less than before, and must not be accused
  values,     // no store gives this: a value from nowhere, one that was taken twice
  sessions,   // no store gives this that shows a process its own operations in order
  real_time,  // no store gives this whose operations take effect between invocation and completion
  unknown,    // it may break something, or not
};
std::string_view effect_name(Breakage effect);

struct Mutation {
  std::string_view kind;
  std::string what;  // one sentence: what was changed
  Breakage effect = Breakage::unknown;
  History history;
};

class Mutator {
 public:
  // Requires: the history lives as long as this. Without times, nothing is claimed about real time.
  Mutator(const History& history, bool has_times, std::uint64_t seed);
  ~Mutator();

  // Names of all kinds of mutations, and one sentence about each.
  struct Kind {
    std::string_view name;
    std::string_view summary;
    bool of_one_type = false;  // breaks only what checkers of one type of data promise (trial.cpp names them)
  };
  static std::vector<Kind> kinds();

  // A mutation of that kind at a random place; none when the history has no place for it.
  // Requires: it is the name of a kind.
  std::optional<Mutation> make(std::string_view kind);

 private:
  class Tools;
  std::unique_ptr<Tools> tools_;
};

}  // namespace assay::checkers
