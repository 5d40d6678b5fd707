// Short ways to write histories in tests and to have them checked.
//
// Thread safety: none needed; for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers::testing {

inline constexpr ProcessId kOwnProcess = -1;

// One operation. A completion of kNever makes it info.
struct Line {
  Nanos invoked = 0;
  Nanos completed = 0;
  std::vector<Mop> mops;
  Outcome outcome = Outcome::ok;
  ProcessId process = kOwnProcess;  // kOwnProcess: one that nobody else has
  NodeId node = kNoNode;

  Line() = default;
  Line(Nanos begin, Nanos end, const Mop& mop) : Line(begin, end, std::vector<Mop>{mop}) {}
  Line(Nanos begin, Nanos end, std::vector<Mop> steps)
      : invoked(begin),
        completed(end),
        mops(std::move(steps)),
        outcome(end == kNever ? Outcome::info : Outcome::ok) {}
};

// Sorts by invocation; operations of equal invocation keep their order.
History make_history(std::vector<Line> lines);

// Sessions, each a list of transactions that follow one another. The first transactions of all sessions are concurrent,
// so are the second ones, and so on; each turn may overlap the turn before. Session i is process i.
History make_sessions(const std::vector<std::vector<std::vector<Mop>>>& sessions);

// The operations of a history, to be changed and made a history again.
std::vector<Line> lines_of(const History& history);

// The part of a history with these ids, which get new ones.
History part_of(const History& history, const std::vector<OpId>& ids);

std::string to_text(const History& history);

// Mops in short.
inline Mop r(Key key, Value result = {}) { return {Fn::read, key, {}, std::move(result)}; }
inline Mop w(Key key, Value argument) { return {Fn::write, key, std::move(argument), {}}; }
inline Mop append(Key key, Value argument) { return {Fn::append, key, std::move(argument), {}}; }

// The checker of that name. Requires: there is one.
const CheckerPlugin& plugin(std::string_view name);

// Checks with the checker of that name. Requires: it accepts the options.
CheckResult check_with(std::string_view name, const History& history, const CheckerOptions& options = {},
                       const Budget& budget = {});

}  // namespace assay::checkers::testing
