// Histories of data types for tests and benchmarks, from a seed: clients that work concurrently against a
// real store, each operation taking effect at a random moment of its interval, and final reads when all have
// ended. So the history is valid by construction, until it is corrupted.
//
// Thread safety: pure functions of their arguments. Complexity: a few hundred nanoseconds an operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers::testing {

enum class Datatype : std::uint8_t {
  bank,       // transfers between `keys` accounts, reads of all of them
  set,        // adds of unique elements to `keys` sets; read once in a while and at the end
  queue,      // enqueues and dequeues of unique elements; drained at the end
  counter,    // increments and decrements by one, reads
  ids,        // generated ids that grow
  fork,       // pairs of keys, each key written once, reads of both
  lock,       // acquires with growing tokens, releases
  log,        // sends to and polls of `keys` logs, read to the end
  registers,  // writes of unique values, reads; read at the end from every node
  lists,      // appends, reads; read at the end from every node
  watch,      // writes with their revisions, watches of two keys that are interrupted and resumed
};

struct DatatypeOptions {
  std::uint64_t seed = 1;
  std::size_t operations = 100;
  std::int64_t clients = 5;
  std::int64_t keys = 2;
  std::int64_t info_permille = 0;  // operations of unknown outcome; half of them take effect
  Nanos latency = 1000;            // mean length of an operation
};

History generate_datatype(Datatype type, const DatatypeOptions& options);

// The checkers that judge histories of this type, and find them valid.
std::vector<std::string> judges_of(Datatype type);

}  // namespace assay::checkers::testing
