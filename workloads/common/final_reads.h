// The final reads of a workload: each key from some node, or each key from every node, and those again that nodes do not
// agree about or that lack something, round after round, until they agree or patience ends. A read that fails is asked for again, up to a
// limit, so that a node that is gone does not keep the run.
//
// Thread safety: none. Complexity: next() is constant on average, a round linear in keys times nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "harness/core/operation.h"

namespace assay::workloads {

class FinalReads {
 public:
  struct Options {
    int nodes = 1;
    Nanos patience = 5 * kSecond;  // from the first of these reads, as the workload sees it
    bool unordered = false;        // values that are lists agree when they have the same elements
    // Whether a value may be a last one; none: every value may. Nodes can agree before they have everything: two counters
    // are equal that lack as many increments, each others.
    std::function<bool(Key, const Value&)> complete = {};
  };
  explicit FinalReads(Options options);

  bool begun() const { return begun_; }
  // Adds to what is to be read.
  void ask_some_node(const std::vector<Key>& keys);
  void ask_every_node(const std::vector<Key>& keys);

  // Nothing when all was read, or what is left is not for the node of this process.
  std::optional<Request> next(ProcessId process);
  // Takes note of an answer to one of its own requests; others are ignored.
  void observe(const Operation& operation);
  // Everything that was asked for was read, agreed upon, or given up.
  bool done() const;
  // The latest answer that some node gave; null when none did.
  const Value* answer(Key key) const;

 private:
  static constexpr int kFailuresMax = 10;
  struct Cell {
    Key key = 0;
    int node = -1;  // any
    int failures = 0;
  };

  std::size_t queue_of(int node) const { return static_cast<std::size_t>(node + 1); }
  void finish_round();
  bool settled(Key key) const;

  Options options_;
  bool begun_ = false;
  Nanos began_ = kNever, latest_ = 0;
  std::vector<std::deque<Cell>> wanted_;  // of any node, then of each
  std::map<ProcessId, Cell> in_flight_;
  std::vector<Key> compared_;                    // keys that this round asks every node for
  std::map<Key, std::map<int, Value>> answers_;  // by node
};

}  // namespace assay::workloads
