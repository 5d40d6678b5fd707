// What an agent does for its controller, one method a verb. Knows nothing of how requests arrive.
//
// Thread safety: one thread, always the same. Errors: AgentError with one sentence.
#pragma once

#include <string>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/disk_duties.h"
#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/layer_duties.h"
#include "harness/cluster/agent/network_duties.h"
#include "harness/cluster/agent/node_process.h"
#include "harness/cluster/agent/process_duties.h"
#include "harness/cluster/agent/resources.h"
#include "harness/cluster/agent/server.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class Duties {
 public:
  explicit Duties(const ServerOptions& options);

  // The reply's fields. Throws AgentError, also for a verb it doesn't know.
  cluster::Message perform(const cluster::Message& request);

  // Does what has its time now, and says in how many milliseconds there is something to do again; -1: never.
  int tick() { return process_.tick(); }

 private:
  using Message = cluster::Message;

  Message hello(const Message& request);
  Message start(const Message& request);
  Message kill();
  Message state();
  Message reset_data();
  Message clock_set(const Message& request);
  Message clock_strobe(const Message& request);
  Message clock_rate(const Message& request);
  Message clock_leap(const Message& request);
  Message clock_measure();
  Message disk_make(const Message& request);
  Message power_loss();
  Message resources(const Message& request);
  Message stop();

  WallClock& wall_clock();

  ServerOptions options_;
  Journal journal_;
  NetworkDuties network_;
  NodeProcess node_;
  LayerDuties layer_;
  DiskDuties disk_;
  ProcessDuties process_;
  ResourceSampler resources_;
  std::unique_ptr<WallClock> wall_clock_;
};

}  // namespace assay::agent
