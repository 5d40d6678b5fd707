// The reads at the end of a history, which show what became of everything: those of the phase of final reads
// when the run marked it, else those after the last fault was healed, else all; of these the reads that were
// invoked after every acknowledged change of their key had returned; of these the last one of each node (of
// each process, where no nodes are known) and key.
//
// Thread safety: none. Complexity: linear. Memory: about 40 bytes for each pair of node and key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"
#include "harness/core/history.h"

namespace assay::checkers::datatypes {

// Whether the micro-operation changes its key.
bool changes(Fn fn);

class FinalReads {
 public:
  struct Read {
    OpId id = 0;
    std::uint32_t mop = 0;
    std::string by;  // "node n1", "process 3"
  };
  struct Object {
    Nanos settled = INT64_MIN;  // when the last acknowledged change had returned
    std::vector<Read> reads;    // in order of invocation
  };

  // False when the budget of the report is spent.
  bool find(const History& history, Report& report);

  const DenseIds<Key>& keys() const { return keys_; }
  // One for each key.
  const std::vector<Object>& objects() const { return objects_; }
  // "in the phase of final reads", "after the last fault was healed", "after the last write".
  const std::string& when() const { return when_; }

 private:
  void find_start(const History& history);

  DenseIds<Key> keys_;
  std::vector<Object> objects_;
  Nanos start_ = INT64_MIN;
  std::string when_;
};

}  // namespace assay::checkers::datatypes
