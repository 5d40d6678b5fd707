#include "targets/refdb/simulated/sim_options.h"

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"

namespace assay::refdb {

namespace {

struct Option {
  std::string_view name;
  std::int64_t* field;
  std::int64_t low;
  std::int64_t high;
};

std::vector<Option> option_table(SimOptions& options) {
  constexpr std::int64_t kMillion = 1'000'000;
  return {
      {"latency_base_ns", &options.network.latency.base, 0, 10 * kSecond},
      {"latency_tail_ns", &options.network.latency.tail_mean, 0, kSecond},
      {"loss_ppm", &options.network.loss_ppm, 0, kMillion},
      {"duplicate_ppm", &options.network.duplicate_ppm, 0, kMillion},
      {"reorder_ppm", &options.network.reorder_ppm, 0, kMillion},
      {"reorder_delay_max_ns", &options.network.reorder_delay_max, 0, 10 * kSecond},
      {"client_latency_base_ns", &options.client_latency.base, 0, 10 * kSecond},
      {"client_latency_tail_ns", &options.client_latency.tail_mean, 0, kSecond},
      {"fsync_min_ns", &options.disk.fsync_min, 0, 10 * kSecond},
      {"fsync_max_ns", &options.disk.fsync_max, 0, 10 * kSecond},
      {"slow_fsync_ppm", &options.disk.slow_fsync_ppm, 0, kMillion},
      {"slow_fsync_max_ns", &options.disk.slow_fsync_max, 0, 10 * kSecond},
      {"drift_ppm_max", &options.clock.drift_ppm_max, 0, 100'000},
      {"log_entries_kept", &options.log_entries_kept, 1, 1'000'000'000},
      {"client_queue_max", &options.client_queue_max, 1, 1'000'000'000},
      {"heartbeat_interval_ns", &options.heartbeat_interval, kMillisecond, kMinute},
      {"election_timeout_min_ns", &options.election_timeout_min, kMillisecond, kMinute},
      {"election_timeout_max_ns", &options.election_timeout_max, kMillisecond, kMinute},
      {"start_limit_ns", &options.start_limit, kMillisecond, 60 * kMinute},
  };
}

void apply(const Fact& fact, const std::vector<Option>& table) {
  std::string names;
  for (const Option& option : table) {
    names += (names.empty() ? "" : ", ") + std::string(option.name);
    if (option.name != fact.name) continue;
    if (!fact.value.is_integer() || fact.value.as_integer() < option.low ||
        fact.value.as_integer() > option.high) {
      throw InputError("option " + fact.name + " of the simulated refdb must be an integer from " +
                       std::to_string(option.low) + " to " + std::to_string(option.high) + ", not " +
                       fact.value.to_string());
    }
    *option.field = fact.value.as_integer();
    return;
  }
  throw InputError("the simulated refdb has no option \"" + fact.name + "\"; there are: " + names);
}

void require_order(std::int64_t low, std::int64_t high, std::string_view what) {
  if (low <= high) return;
  throw InputError("the smallest " + std::string(what) + " of the simulated refdb exceeds the largest");
}

}  // namespace

SimOptions sim_options_from(const Facts& options) {
  SimOptions result;
  const std::vector<Option> table = option_table(result);
  for (const Fact& fact : options) apply(fact, table);
  require_order(result.disk.fsync_min, result.disk.fsync_max, "fsync time");
  require_order(result.disk.fsync_max, result.disk.slow_fsync_max, "slow fsync time");
  require_order(result.election_timeout_min, result.election_timeout_max, "election timeout");
  return result;
}

Facts sim_options_facts(const SimOptions& options) {
  SimOptions copy = options;
  Facts facts;
  for (const Option& option : option_table(copy)) {
    facts.push_back({std::string(option.name), Value(*option.field)});
  }
  return facts;
}

}  // namespace assay::refdb
