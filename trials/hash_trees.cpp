// Trial "hash-trees": two replicas of mode leaderless hold the same keys but for a few, and compare their hash trees until they
// hold the same. How many hashes and keys go over the wire, against how many keys there are?
//
// Options: keys, differences (keys that one of them has an older version of).
// Measures: hashes, keys_sent (both until they agree), hashes_per_difference, hashes_per_key, comparisons, took_ns.
#include <array>
#include <memory>
#include <set>

#include "harness/core/option_reader.h"
#include "harness/core/rng.h"
#include "harness/core/trial.h"
#include "targets/refdb/leaderless/leaderless_replica.h"
#include "targets/refdb/leaderless/rows.h"

namespace assay::trials {

namespace {

namespace leaderless = refdb::leaderless;
using leaderless::LeaderlessReplica;
using refdb::LocalTime;
using refdb::PeerId;

constexpr Nanos kStep = 10 * kMillisecond;
constexpr Nanos kLimit = 60 * kSecond;
constexpr Nanos kWallAtStart = kSecond;

// What a replica finds on its disk.
class Rows final : public refdb::StorageReader {
 public:
  // Every key once, those of `newer` twice.
  Rows(Key keys, const std::set<Key>& newer) {
    for (Key key = 0; key < keys; ++key) {
      leaderless::Cell cell;
      for (std::int64_t i = 1; i <= (newer.contains(key) ? 2 : 1); ++i) {
        cell.write(7, cell.context(), {{i, 0}, Value(key + i)});
      }
      std::string bytes;
      refdb::wire::Writer writer(bytes);
      cell.write_to(writer);
      rows_.emplace(leaderless::key_row(leaderless::kCellPrefix, key), std::move(bytes));
    }
  }
  void scan(std::string_view prefix,
            const std::function<void(std::string_view, std::string_view)>& visit) const override {
    for (auto row = rows_.lower_bound(std::string(prefix));
         row != rows_.end() && row->first.starts_with(prefix); ++row) {
      visit(row->first, row->second);
    }
  }

 private:
  std::map<std::string, std::string> rows_;
};

LocalTime time_at(Nanos now) { return {now, kWallAtStart + now}; }

std::unique_ptr<LeaderlessReplica> replica(PeerId self, std::uint64_t seed, const Rows& rows) {
  refdb::ReplicaConfig config;
  config.self = self;
  config.cluster_size = 2;
  config.seed = Rng(seed).fork("node", self).next();
  config.options =
      refdb::Options(leaderless::option_specs(), {{"n", 2}, {"anti-entropy", Value::text("100ms")}});
  return std::make_unique<LeaderlessReplica>(config, rows, time_at(0));
}

TrialResult run(std::uint64_t seed, const Facts& options) {
  OptionReader read("option", "trial hash-trees", options);
  const Key keys = read.whole("keys", 1'000, 1, 1'000'000);
  const std::int64_t differences = read.whole("differences", 1, 0, 1'000'000);
  read.done();
  Rng rng = Rng(seed).fork("hash-trees");
  std::set<Key> newer;
  while (static_cast<std::int64_t>(newer.size()) < std::min<std::int64_t>(differences, keys)) {
    newer.insert(static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys))));
  }
  std::array nodes{replica(0, seed, Rows(keys, newer)), replica(1, seed, Rows(keys, {}))};
  const auto agree = [&] {
    for (const Key key : newer) {
      if (!(*nodes[0]->cell_of(key) == *nodes[1]->cell_of(key))) return false;
    }
    return true;
  };
  Nanos now = 0;
  for (; now < kLimit && !agree(); now += kStep) {
    for (PeerId node = 0; node < 2; ++node) nodes[node]->tick(time_at(now));
    for (bool busy = true; busy;) {
      busy = false;
      for (PeerId node = 0; node < 2; ++node) {
        const refdb::Effects effects = nodes[node]->take_effects();
        for (const auto& message : effects.messages) {
          nodes[message.to]->receive(node, message.payload, time_at(now));
        }
        if (effects.has_writes()) nodes[node]->persisted(effects.batch, time_at(now));
        busy = busy || effects.has_writes() || !effects.messages.empty();
      }
    }
  }
  double hashes = 0, sent = 0, comparisons = 0;
  for (const auto& node : nodes) {
    hashes += static_cast<double>(node->counters().tree_hashes_sent);
    sent += static_cast<double>(node->counters().tree_cells_sent);
    comparisons += static_cast<double>(node->counters().tree_comparisons);
  }
  TrialResult result;
  result.verdict = agree() ? Verdict::valid : Verdict::invalid;
  result.anomaly = agree() ? "" : "divergence";
  result.reason = agree() ? "the replicas agree" : "the replicas differ after a minute";
  const auto add = [&](const char* name, double value) { result.measures.push_back({name, {value}}); };
  add("hashes", hashes);
  add("keys_sent", sent);
  add("hashes_per_difference", hashes / std::max(1.0, static_cast<double>(newer.size())));
  add("hashes_per_key", hashes / static_cast<double>(keys));
  add("comparisons", comparisons);
  add("took_ns", static_cast<double>(now));
  return result;
}

}  // namespace

extern const TrialPlugin hash_trees_plugin;
const TrialPlugin hash_trees_plugin = {
    "hash-trees", "two replicas that differ in a few keys find them by comparing hash trees", run};

}  // namespace assay::trials
