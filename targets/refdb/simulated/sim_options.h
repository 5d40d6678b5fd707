// How the simulated machines, network and disks behave under refdb. The defaults are those of a small local network
// with ordinary disks, and a log that is compacted often, so that snapshots happen in short runs.
#pragma once

#include <cstdint>

#include "harness/core/fact.h"
#include "harness/core/plan.h"
#include "harness/sim/sim_clock.h"
#include "harness/sim/sim_disk.h"
#include "harness/sim/sim_network.h"

namespace assay::refdb {

struct SimOptions {
  sim::NetworkConfig network;
  sim::LatencyConfig client_latency;
  sim::DiskConfig disk;
  sim::ClockConfig clock;
  std::int64_t log_entries_kept = 60;
  std::int64_t client_queue_max = 4'096;
  Nanos heartbeat_interval = 50 * kMillisecond;
  Nanos election_timeout_min = 300 * kMillisecond;
  Nanos election_timeout_max = 600 * kMillisecond;
  Nanos start_limit = 60 * kSecond;  // virtual time that a cluster may take to serve
};

// The defaults, changed by plan.options: an integer per name, e.g. {"loss_ppm", 20000}. Throws InputError for an
// unknown name or a value out of range, naming what would be accepted.
SimOptions sim_options_from(const Facts& options);

// All of them by name, for the description of the target.
Facts sim_options_facts(const SimOptions& options);

}  // namespace assay::refdb
