// What an agent does for its controller, one method a verb. Knows nothing of how requests arrive.
//
// Thread safety: one thread, always the same. Errors: AgentError with one sentence.
#pragma once

#include <string>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/node_process.h"
#include "harness/cluster/agent/probe.h"
#include "harness/cluster/agent/resources.h"
#include "harness/cluster/agent/server.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class Duties {
 public:
  explicit Duties(const ServerOptions& options);

  // The reply's fields. Throws AgentError, also for a verb it doesn't know.
  cluster::Message perform(const cluster::Message& request);

 private:
  using Message = cluster::Message;

  Message hello();
  Message start(const Message& request);
  Message state();
  Message reset_data();
  Message cut(const Message& request);
  Message heal();
  Message counters();
  Message probe_send(const Message& request);
  Message probe_received(const Message& request);
  Message clock_set(const Message& request);
  Message clock_strobe(const Message& request);
  Message clock_measure();
  Message disk_make(const Message& request);
  Message power_loss();
  Message resources(const Message& request);
  Message stop();

  WallClock& wall_clock();

  ServerOptions options_;
  Journal journal_;
  ProbeListener probe_;
  NodeProcess node_;
  ResourceSampler resources_;
  std::unique_ptr<WallClock> wall_clock_;
};

}  // namespace assay::agent
