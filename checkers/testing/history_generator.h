// Histories of registers for tests and benchmarks, from a seed: clients that work concurrently against real
// registers, each operation taking effect at a random moment of its interval. So the history is valid by
// construction, until a corruption is asked for.
//
// Thread safety: pure functions of their arguments. Complexity: a few hundred nanoseconds an operation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/core/history.h"

namespace assay::checkers::testing {

struct GeneratorOptions {
  std::uint64_t seed = 1;
  std::size_t operations = 100;
  std::int64_t clients = 5;
  std::int64_t keys = 1;
  std::int64_t values = 5;  // 0: every write has a value of its own
  std::int64_t write_permille = 500;
  std::int64_t cas_permille = 0;
  std::int64_t info_permille = 0;  // writes and compare-and-sets of unknown outcome; half of them take effect
  Nanos latency = 1000;            // mean length of an operation
  Nanos pause = 0;                 // mean time between operations of a client
};

History generate_history(const GeneratorOptions& options);

enum class Corruption : std::uint8_t {
  swapped_reads,  // two reads of one key, far apart and of different values, exchange their results
  stale_read,     // a read returns a value that was overwritten before it began, and is not written again
  phantom_read,   // a read returns a value that nobody wrote
  dropped_write,  // a write that was the only source of what a read saw is reported as failed
};

// A copy with one operation corrupted at the relative position (0 to 1000) or the next suitable one.
// `certain` says whether the copy is invalid for sure. Returns false if there is no suitable operation.
bool corrupt(const History& history, Corruption corruption, std::int64_t permille, std::uint64_t seed,
             History& corrupted, bool& certain);

// A copy without some operations: keep[id] false leaves it out. Ids are then new.
History copy_history(const History& history);

// A copy in which the clock of process i is i times the skew late: the order of each process stays as it is.
History skew_processes(const History& history, Nanos skew);

}  // namespace assay::checkers::testing
