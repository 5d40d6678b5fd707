// Histories of weakly consistent stores from a seed, for tests and benchmarks, and a minimal reader of
// AWDIT's text.
//
// Thread safety: pure functions. Errors: a file that cannot be read gives an empty history.
#pragma once

#include <string>

#include "harness/core/history.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {

// A store with one log of writes, of which every session sees a prefix that only grows, that holds its own
// writes, and that may lag. So histories are causal, and linearizable where nothing lags and nothing
// overlaps.
struct LogStoreOptions {
  std::uint64_t seed = 1;
  std::size_t operations = 1000;
  std::int64_t sessions = 10;
  std::int64_t keys = 100;
  std::int64_t mops = 1;  // at most, of one operation; they are reads and writes in any order
  std::int64_t write_permille = 500;
  std::int64_t lag = 50;           // writes that a session may not have seen yet; 0: sees all
  std::int64_t info_permille = 0;  // operations of unknown outcome; half of them took effect
  std::int64_t nodes = 0;          // sessions are spread over so many nodes
};
History generate_log_store(const LogStoreOptions& options);

// A small history of any outcome: sessions of a few transactions on two or three keys, unique values, reads
// of anything.
struct SmallSessions {
  std::int64_t transactions = 5;
  std::int64_t sessions = 3;
  std::int64_t keys = 2;
  std::int64_t mops = 3;
  std::int64_t odd_permille = 150;  // reads that return any value; others return what a lagging log store has
  std::int64_t info_permille = 50;  // and as many that fail
};
History generate_small(Rng& rng, const SmallSessions& options);

// A copy in which one read, at the relative position (0 to 1000) or the next suitable one, returns what was
// written `back` writes of the key before what it did. False if there is none.
bool age_a_read(const History& history, std::int64_t permille, std::size_t back, History& aged);

// "w key value" and "r key value", transactions separated by lines of dashes, sessions by lines of equals
// signs.
History read_awdit_history(const std::string& path);

}  // namespace assay::checkers::testing
