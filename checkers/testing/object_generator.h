// Histories of locks, counters, sets, queues and stacks for tests and benchmarks, from a seed: clients that
// work concurrently against a real object, each operation taking effect at a random moment of its interval.
// So the history is valid by construction, until a corruption is asked for. (Registers: history_generator.h.)
//
// Thread safety: pure functions of their arguments. Complexity: a few hundred nanoseconds an operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/core/history.h"

namespace assay::checkers::testing {

struct ObjectOptions {
  std::string model = "fifo-queue";  // a data type that the checker "linearizable" knows
  std::uint64_t seed = 1;
  std::size_t operations = 100;
  std::int64_t clients = 5;
  std::int64_t keys = 1;
  std::int64_t values = 0;           // how many different elements; 0: each put in has one of its own
  std::int64_t put_permille = 500;   // of the operations that put in or take out
  std::int64_t read_permille = 200;  // of all, where the model has reads
  bool whole_reads = true;           // of a set: reads of all elements, not only of one
  std::int64_t info_permille = 0;    // mutations of unknown outcome; half of them take effect
  Nanos latency = 1000;              // mean length of an operation
};

History generate_object_history(const ObjectOptions& options);

enum class ObjectCorruption : std::uint8_t {
  swapped_results,  // two operations of one kind, near each other, exchange their results
  phantom,          // a result that nobody put there
  emptied,  // what took something out found nothing, or the other way round; or what was refused succeeded
  moved,    // an operation is shifted in time, to where it cannot have been
};
inline constexpr int kObjectCorruptions = 4;

// A copy in which one operation at the relative position (0 to 1000) or a later one is corrupted; it may
// still be valid. False if there is no suitable operation.
bool corrupt_object(const History& history, ObjectCorruption corruption, std::int64_t permille,
                    std::uint64_t seed, History& corrupted);

}  // namespace assay::checkers::testing
