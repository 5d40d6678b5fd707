// The options of mode multi-leader, and what they come to inside.
//
// Thread safety: pure. Errors: see Options.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "targets/refdb/multi_leader/bugs.h"
#include "targets/refdb/multi_leader/resolution.h"
#include "targets/refdb/multi_leader/topology.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

std::span<const OptionSpec> option_specs();
std::optional<std::string> refuse(const Options& options, int nodes);
std::string claim(const Options& options, int nodes);

struct Settings {
  Topology topology;
  Rules rules;
  bool wall_clock = false;
  bool session = false;
  bool client_context = false;  // clients say which siblings their writes replace
  bool server_text = false;
  std::int64_t granularity = 0;
  std::int64_t resend_after = 0;
  std::int64_t failover_after = 0;
  Bugs bugs;
};

// Requires: the options are those of the mode, or none at all, which stands for the defaults.
Settings settings_of(const ReplicaConfig& config);

}  // namespace assay::refdb::multi_leader
