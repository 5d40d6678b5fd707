// One deployed database that is measured in short blocks, with pauses in between in which another one has its turn: what the
// gate compares. The database stays up and keeps its data, so that it is warm; each block has connections of its own and waits
// first until it has settled. All blocks together are one history, which is judged like that of any run.
//
// There are no faults in a session. Thread safety: none; sessions take turns on one thread. Errors: trouble of the
// infrastructure ends the session: trouble() says it, and finish() has it as harness_error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/run/recorders.h"
#include "harness/run/runner.h"

namespace assay {

struct BlockPlan {
  std::uint64_t seed = 1;  // of what the clients ask and when
  Nanos settle = 0;        // before the block is measured
  Nanos length = 100 * kMillisecond;
  bool last = false;  // final reads follow
};

struct BlockFigures {
  std::vector<Nanos> response;     // of ok operations that were due in the block, whenever they ended
  std::int64_t operations = 0;     // due in the block
  std::int64_t ok_in_time = 0;     // ok operations that ended in the block: the throughput
  std::int64_t ended_in_time = 0;  // operations that ended in the block, ok or fail
  std::int64_t late = 0;           // sent more than a millisecond after they were due
  std::int64_t dropped = 0;        // due in the block and never sent
  Nanos length = 0;                // of the block as it was
};

class BlockSession {
 public:
  // Everything that the inputs name must outlive the session.
  explicit BlockSession(const RunInputs& inputs);
  ~BlockSession();

  // Deploys, and returns when the database serves.
  void start();
  BlockFigures run_block(const BlockPlan& block);
  // One sentence when the session can't go on; empty as long as it can.
  const std::string& trouble() const { return result_.harness_error; }
  bool interrupted() const { return result_.interrupted; }
  // Stops the database and judges all that happened.
  RunResult finish();

 private:
  class Gathering;
  class Renumbering;
  class Asking;

  const RunInputs& inputs_;
  HistoryRecorder memory_;
  RunResult result_;
  bool first_ = true;
  std::int64_t dropped_ = 0;
  OpId next_op_ = 0;
  ProcessId next_process_ = 0;
  Nanos origin_ = 0;
  Nanos last_time_ = 0;
};

}  // namespace assay
