// What the tests of modes in the simulated world share: clients that know what they may read, and faults at random.
//
// Thread safety: none. Errors: gtest failures.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/simulated/sim_target.h"

namespace assay::refdb {

using OptionTexts = std::vector<std::pair<std::string, std::string>>;

// A cluster of that mode that was not started yet. `log_entries_kept`: 0 stands for the usual number.
std::unique_ptr<SimTarget> make_sim_target(const std::string& mode, std::uint64_t seed, int nodes,
                                           const OptionTexts& options, std::int64_t log_entries_kept = 0);

// No messages between this node and the others.
void cut_off(SimTarget& target, NodeId node);

// Does one thing to one node, and returns what undoes it: a partition, a kill, a pause, a wrong or jumping clock, a loss of power.
std::function<void()> random_fault(SimTarget& target, Rng& rng);

// One session that counts up a register of its own, as fast as answers come, and reads it back. Nobody else writes there, so it
// knows what it must not read any more.
class Session {
 public:
  Session(SimTarget& target, Key key) : target_(target), key_(key) { connect(); }

  void step();

  int ok = 0;
  int went_back = 0;

 private:
  void connect();
  void finish(const Completion& completion);

  SimTarget& target_;
  Key key_;
  std::unique_ptr<Client> client_;
  ProcessId connects_ = 0;
  int steps_ = 0;
  bool busy_ = false;
  std::int64_t last_tried_ = 0;
  std::int64_t lowest_ = 0;
};

// A started cluster and some sessions.
class SessionCluster {
 public:
  explicit SessionCluster(std::unique_ptr<SimTarget> made, int sessions = 4);
  ~SessionCluster() { sessions_.clear(); }

  void run(Nanos duration);
  // So many faults one after the other, with pauses between them.
  void run_with_faults(int faults, Rng& rng);
  int ok() const;
  int went_back() const;
  // Of /status, summed over the nodes that live.
  std::int64_t counter(const std::string& name) const;

  std::unique_ptr<SimTarget> target;

 private:
  std::vector<std::unique_ptr<Session>> sessions_;
};

// Clients at every node add to one counter and one set, through ten faults; ten seconds later every node has to show the same,
// with every acknowledged addition and none that nobody asked for. The digest of all that happened. Requires: a mode and options
// whose values are data types that merge.
std::uint64_t add_under_faults(std::unique_ptr<SimTarget> target, std::uint64_t seed);

}  // namespace assay::refdb
