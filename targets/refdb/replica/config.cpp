#include "targets/refdb/replica/config.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace assay::refdb {

namespace {

void demand(bool condition, const std::string& sentence) {
  if (!condition) throw std::invalid_argument(sentence);
}

}  // namespace

bool has_bug(const ReplicaConfig& config, std::string_view name) {
  return std::find(config.bugs.begin(), config.bugs.end(), name) != config.bugs.end();
}

void check_config(const ReplicaConfig& config, const std::vector<ProtocolPlugin::Bug>& known_bugs) {
  demand(config.cluster_size >= 1, "cluster_size must be at least 1");
  demand(config.self < config.cluster_size, "self is " + std::to_string(config.self) +
                                                ", expected less than cluster_size " +
                                                std::to_string(config.cluster_size));
  demand(config.heartbeat_interval > 0, "heartbeat_interval must be positive");
  demand(config.election_timeout_min > config.heartbeat_interval,
         "election_timeout_min must be longer than heartbeat_interval");
  demand(config.election_timeout_max >= config.election_timeout_min,
         "election_timeout_max must not be shorter than election_timeout_min");
  demand(config.clock_drift_ppm_max >= 0 && config.clock_drift_ppm_max < 1'000'000,
         "clock_drift_ppm_max must be from 0 to 999999");
  demand(config.log_entries_kept >= 1, "log_entries_kept must be at least 1");
  demand(config.client_queue_max >= 1, "client_queue_max must be at least 1");
  for (const std::string& name : config.bugs) {
    const bool known = std::any_of(known_bugs.begin(), known_bugs.end(),
                                   [&](const ProtocolPlugin::Bug& bug) { return bug.name == name; });
    std::string sentence = "there is no bug \"" + name + "\"; there are";
    for (const auto& bug : known_bugs) sentence += " " + std::string(bug.name);
    demand(known, sentence);
  }
}

}  // namespace assay::refdb
