// A small replicated store that behaves well, or misbehaves in the ways asked for, and runs a workload against it on
// virtual time: main phase, then final reads. For tests that see a workload's judges accept and reject.
//
// Without lag there is one copy of the data, so that everything is linearizable. With lag each node has its own copy, a
// client reads and changes that of its node, and changes reach the other nodes later: registers keep the latest write by
// time, counters and sets merge.
//
// Thread safety: none needed; for tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "harness/core/history.h"
#include "harness/core/workload.h"

namespace assay::workloads::testing {

struct Model {
  int nodes = 3;
  int processes = 6;
  std::uint64_t seed = 1;
  int operations = 600;  // of the main phase
  Nanos lag = 0;
  bool wander = false;            // a request is served by any node, whichever the process is connected to
  std::uint64_t lose_one_in = 0;  // changes that are acknowledged and happen nowhere; 0: none
  std::uint64_t withhold_one_in = 0;  // changes that never reach other nodes
  std::uint64_t unsure_one_in = 0;    // operations of unknown outcome; half of them happened
  bool ignores_fences = false;
  bool forgets_locks = false;  // grants a lock although it is held
  bool restores_nothing = false;
  bool last_comes_first = false;  // a queue gives what was put in last
  bool siblings =
      false;  // without lag: registers keep what was written concurrently, as a list, until somebody who has
              // read it writes
  std::uint64_t half_in = 0;  // of several changes of one request only the first one happens
};

// The workload of that name. Requires: it exists and accepts the options.
std::unique_ptr<Workload> make(std::string_view name, const Model& model, Facts options = {},
                               std::int64_t keys = 3);

History run(Workload& workload, const Model& model);

// What each judge says: {"durability": "invalid: lost-write"}, the verdict and the names of the anomalies once each.
std::map<std::string, std::string> verdicts(const Workload& workload, const History& history);
// The same after a run.
std::map<std::string, std::string> judged(std::string_view name, const Model& model, Facts options = {},
                                          std::int64_t keys = 3);
// A statistic of one judge; -1 when it has none of that name.
std::int64_t statistic(const Workload& workload, const History& history, std::string_view checker,
                       const std::string& name);

}  // namespace assay::workloads::testing
