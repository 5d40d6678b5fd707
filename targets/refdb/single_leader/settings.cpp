#include "targets/refdb/single_leader/settings.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "harness/core/assert.h"
#include "harness/core/time.h"

namespace assay::refdb::single_leader {

namespace {

using Kind = OptionSpec::Kind;

constexpr OptionSpec kSpecs[] = {
    {"replication", Kind::choice, "quorum", "sync-all, semi-sync, quorum, async", 0, 0,
     "whose copy a write waits for: every follower's, those of --semi-sync-count, a majority's, nobody's"},
    {"semi-sync-count", Kind::whole, "1", "", 1, 63, "how many followers are synchronous"},
    {"protection", Kind::choice, "quorum", "none, fencing-token, lease, quorum", 0, 0,
     "what keeps two leaders apart: nothing, epochs that followers and clients compare, a lease, a majority"},
    {"lease", Kind::duration, "400ms", "", 10 * kMillisecond, kMinute,
     "how long a majority's answer lets a leader accept (protection lease)"},
    {"detector", Kind::choice, "fixed", "fixed, phi", 0, 0,
     "how a follower tells that the leader is gone: a fixed time of silence, or phi accrual"},
    {"failure-timeout", Kind::duration, "500ms", "", 10 * kMillisecond, kMinute,
     "that fixed time; up to half of it is added at random"},
    {"phi-threshold", Kind::whole, "8", "", 1, 16, "the phi at which the leader counts as gone"},
    {"log-format", Kind::choice, "logical", "logical, statement, wal", 0, 0,
     "what the log holds: statements with their functions worked out, as they were asked, or rows"},
    {"fsync", Kind::choice, "always", "always, batched, never", 0, 0,
     "when the log goes to the disk: before a write is acknowledged, every 20ms, or when the system likes"},
    {"apply-delay", Kind::duration, "0", "", 0, kMinute,
     "followers apply what they have later: the last node by so much, the others by their share"},
    {"apply-delay-on", Kind::choice, "all-shards", "all-shards, last-shard", 0, 0, "where that delay holds"},
    {"shards", Kind::whole, "1", "", 1, 8,
     "groups that the keys are divided among, each with a leader and a log"},
    {"read-from", Kind::choice, "leader",
     "leader, any, least-lagged, sticky, own-writes, session-position, min-position, causal", 0, 0,
     "where a client reads, and what it asks of the node there"},
    {"max-lag", Kind::duration, "100ms", "", 0, kMinute,
     "least-lagged: a follower that lags more is not read from, but the leader"},
    {"own-write-window", Kind::duration, "1s", "", 0, kMinute,
     "own-writes: how long after its own write a client reads from the leader"},
    {"cache-ttl", Kind::duration, "0", "", 0, 60 * kMinute,
     "clients keep what they read for so long; 0: not at all"},
    {"cache-key", Kind::choice, "plain", "plain, position", 0, 0,
     "what a client's cache goes by: the key, or the key and the session's position"},
    {"retention", Kind::duration, "0", "", 0, 24 * 60 * kMinute,
     "how long the log is kept, by the clock of the node that applies it, so that a restore can go back to "
     "any moment of "
     "that time"},
};

// The place of `text` among the choices of the option.
template <typename Enum, std::size_t kCount>
Enum choice(const Options& options, std::string_view name,
            const std::array<std::string_view, kCount>& names) {
  const std::string_view text = options.text(name);
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  ASSAY_ASSERT(false);
}

using Names3 = std::array<std::string_view, 3>;
using Names4 = std::array<std::string_view, 4>;

}  // namespace

std::span<const OptionSpec> option_specs() { return kSpecs; }

Settings settings_of(const Options& given) {
  const Options options = given.facts().empty() ? Options(option_specs()) : given;
  Settings settings;
  settings.replication =
      choice<Replication>(options, "replication", Names4{"sync-all", "semi-sync", "quorum", "async"});
  settings.semi_sync_count = static_cast<int>(options.whole("semi-sync-count"));
  settings.protection =
      choice<Protection>(options, "protection", Names4{"none", "fencing-token", "lease", "quorum"});
  settings.lease = options.duration("lease");
  settings.detector = options.text("detector") == "phi" ? Detector::phi : Detector::fixed;
  settings.failure_timeout = options.duration("failure-timeout");
  settings.phi_threshold = static_cast<int>(options.whole("phi-threshold"));
  settings.log_format = choice<LogFormat>(options, "log-format", Names3{"logical", "statement", "wal"});
  settings.fsync = choice<Fsync>(options, "fsync", Names3{"always", "batched", "never"});
  settings.apply_delay = options.duration("apply-delay");
  settings.delay_last_shard_only = options.text("apply-delay-on") == "last-shard";
  settings.shards = static_cast<int>(options.whole("shards"));
  settings.read_from = choice<ReadFrom>(
      options, "read-from",
      std::array<std::string_view, 8>{"leader", "any", "least-lagged", "sticky", "own-writes",
                                      "session-position", "min-position", "causal"});
  settings.max_lag = options.duration("max-lag");
  settings.own_write_window = options.duration("own-write-window");
  settings.cache_ttl = options.duration("cache-ttl");
  settings.retention = options.duration("retention");
  settings.cache_by_position = options.text("cache-key") == "position";
  return settings;
}

std::string claim(const Options& options, int nodes) {
  const Settings settings = settings_of(options);
  // Nothing acknowledged is lost by a failover, and only one leader accepts.
  const bool durable = settings.votes() && settings.fsync == Fsync::always &&
                       (settings.replication == Replication::quorum ||
                        settings.replication == Replication::sync_all || nodes == 1);
  if (!durable) return "eventual";
  const bool cached = settings.cache_ttl > 0;
  if (cached) return "eventual";
  switch (settings.read_from) {
    case ReadFrom::leader:
      return "linearizable";
    case ReadFrom::session_position:
    case ReadFrom::min_position:
      return settings.shards == 1 ? "sequential" : "session";
    case ReadFrom::causal:
      return settings.shards == 1 ? "sequential" : "causal";
    case ReadFrom::least_lagged:
      return "bounded staleness";
    case ReadFrom::own_writes:
    case ReadFrom::any:
    case ReadFrom::sticky:
      break;
  }
  return "eventual";
}

std::optional<std::string> refuse(const Options& options, int nodes) {
  const Settings settings = settings_of(options);
  if (settings.replication == Replication::semi_sync && settings.semi_sync_count >= nodes) {
    return "semi-sync-count is " + std::to_string(settings.semi_sync_count) + ", but " +
           std::to_string(nodes) + " nodes have only " + std::to_string(nodes - 1) + " followers";
  }
  if (settings.protection == Protection::lease && settings.lease > settings.failure_timeout) {
    return "lease must not be longer than failure-timeout: nobody could take over in time";
  }
  if (settings.cache_by_position && settings.cache_ttl == 0) {
    return "cache-key is about a cache, which needs a cache-ttl";
  }
  return std::nullopt;
}

}  // namespace assay::refdb::single_leader
