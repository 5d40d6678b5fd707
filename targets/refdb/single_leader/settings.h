// The options of mode single-leader, as the protocol and its clients use them.
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::single_leader {

// Whose acknowledgement a write waits for, besides the leader's own disk.
enum class Replication : std::uint8_t { sync_all, semi_sync, quorum, async };
// What keeps two leaders from accepting at the same time.
enum class Protection : std::uint8_t { none, fencing_token, lease, quorum };
enum class LogFormat : std::uint8_t { logical, statement, wal };
enum class Fsync : std::uint8_t { always, batched, never };
enum class Detector : std::uint8_t { fixed, phi };
enum class ReadFrom : std::uint8_t {
  leader,
  any,
  least_lagged,
  sticky,
  own_writes,
  session_position,
  min_position,
  causal,
};

struct Settings {
  Replication replication = Replication::quorum;
  int semi_sync_count = 1;
  Protection protection = Protection::quorum;
  std::int64_t lease = 0;
  Detector detector = Detector::fixed;
  std::int64_t failure_timeout = 0;
  int phi_threshold = 8;
  LogFormat log_format = LogFormat::logical;
  Fsync fsync = Fsync::always;
  std::int64_t apply_delay = 0;
  bool delay_last_shard_only = false;
  int shards = 1;
  ReadFrom read_from = ReadFrom::leader;
  std::int64_t max_lag = 0;
  std::int64_t own_write_window = 0;
  std::int64_t cache_ttl = 0;
  bool cache_by_position = false;
  std::int64_t retention = 0;

  // A majority decides who leads.
  bool votes() const { return protection == Protection::lease || protection == Protection::quorum; }
  // An epoch that was superseded is refused.
  bool fences() const { return protection != Protection::none; }
};

std::span<const OptionSpec> option_specs();

// The defaults when `options` are none at all.
Settings settings_of(const Options& options);

// See ProtocolPlugin.
std::string claim(const Options& options, int nodes);
std::optional<std::string> refuse(const Options& options, int nodes);

}  // namespace assay::refdb::single_leader
