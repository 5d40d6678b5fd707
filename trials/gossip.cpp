// Trial "gossip": membership among many nodes by refdb's own gossip (targets/refdb/leaderless/gossip.h). In every round each
// node tells one other node, chosen at random, all that it knows; what is told in a round is what was known before it.
// One node is new: how many rounds until all have heard of it? Then another one dies: how many until all suspect it, and is
// anybody suspected who lives? Rumours reach all of n nodes in O(log n) rounds (Demers et al., "Epidemic algorithms for
// replicated database maintenance", PODC 1987).
//
// Options: nodes, suspect_after (rounds without news), lost (percent of messages).
// Measures: rounds (until all know the new one), rounds_per_log2 (the same divided by the logarithm of the nodes),
// suspicion_rounds (from the death until all suspect), false_suspicions (of nodes that live, over all rounds).
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/option_reader.h"
#include "harness/core/rng.h"
#include "harness/core/trial.h"
#include "targets/refdb/leaderless/gossip.h"

namespace assay::trials {

namespace {

using refdb::PeerId;
using refdb::leaderless::Gossip;
using refdb::leaderless::HeartBeat;

class Crowd {
 public:
  Crowd(PeerId nodes, std::int64_t suspect_after, std::uint64_t lost_percent, Rng rng)
      : lost_percent_(lost_percent), rng_(rng) {
    for (PeerId node = 0; node < nodes; ++node) nodes_.emplace_back(node, nodes, 1, suspect_after, 0);
  }

  // Everybody but the dead one (nodes_.size(): nobody) tells somebody.
  void round(std::size_t dead) {
    ++now_;
    std::vector<std::pair<PeerId, std::vector<HeartBeat>>> told;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (node == dead) continue;
      const auto to = nodes_[node].round(rng_);
      if (to && *to != dead && !rng_.chance(lost_percent_, 100)) told.emplace_back(*to, nodes_[node].table());
    }
    for (const auto& [to, table] : told) nodes_[to].hear(table, now_);
  }

  bool all_know(PeerId node, std::uint64_t generation) const {
    for (const Gossip& gossip : nodes_) {
      if (gossip.table()[node].generation != generation) return false;
    }
    return true;
  }
  // A node is replaced by a new life of it, which nobody knows yet.
  void replace(PeerId node, std::uint64_t generation, std::int64_t suspect_after) {
    nodes_[node] = Gossip(node, static_cast<PeerId>(nodes_.size()), generation, suspect_after, now_);
  }
  bool all_suspect(PeerId dead) const {
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (node != dead && !nodes_[node].suspects(dead, now_)) return false;
    }
    return true;
  }
  // Suspicions of nodes that live.
  std::int64_t false_suspicions(std::size_t dead) const {
    std::int64_t count = 0;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (node == dead) continue;
      count += nodes_[node].suspected(now_);
      if (dead < nodes_.size() && nodes_[node].suspects(static_cast<PeerId>(dead), now_)) --count;
    }
    return count;
  }

 private:
  std::uint64_t lost_percent_;
  Rng rng_;
  std::int64_t now_ = 0;
  std::vector<Gossip> nodes_;
};

TrialResult run(std::uint64_t seed, const Facts& options) {
  OptionReader read("option", "trial gossip", options);
  const auto nodes = static_cast<PeerId>(read.whole("nodes", 100, 2, 2000));
  const std::int64_t suspect_after = read.whole("suspect_after", 30, 1, 1000);
  const auto lost = static_cast<std::uint64_t>(read.whole("lost", 0, 0, 90));
  read.done();
  const double logarithm = std::log2(static_cast<double>(nodes));
  const auto limit = static_cast<std::int64_t>(20 * logarithm) + 20;
  Crowd crowd(nodes, suspect_after, lost, Rng(seed).fork("gossip"));
  std::int64_t false_suspicions = 0;
  // Until all know all, and news of everybody is as old as it usually is.
  for (std::int64_t i = 0; i < suspect_after; ++i) crowd.round(nodes);
  crowd.replace(0, 2, suspect_after);
  std::int64_t spread = 0;
  while (!crowd.all_know(0, 2) && spread < limit) {
    crowd.round(nodes);
    ++spread;
    false_suspicions += crowd.false_suspicions(nodes);
  }
  const auto dead = static_cast<PeerId>(nodes - 1);
  std::int64_t suspicion = 0;
  while (!crowd.all_suspect(dead) && suspicion < limit + suspect_after) {
    crowd.round(dead);
    ++suspicion;
    false_suspicions += crowd.false_suspicions(dead);
  }
  TrialResult result;
  const bool in_time = spread < limit && suspicion < limit + suspect_after;
  result.verdict = in_time && false_suspicions == 0 ? Verdict::valid : Verdict::invalid;
  result.anomaly = !in_time ? "not-spread" : false_suspicions > 0 ? "false-suspicion" : "";
  result.reason = "all know of the new node after " + std::to_string(spread) +
                  " rounds, and suspect the dead one after " + std::to_string(suspicion) + "; " +
                  std::to_string(false_suspicions) + " times a living one was suspected";
  result.measures = {{"rounds", {static_cast<double>(spread)}},
                     {"rounds_per_log2", {static_cast<double>(spread) / logarithm}},
                     {"suspicion_rounds", {static_cast<double>(suspicion)}},
                     {"false_suspicions", {static_cast<double>(false_suspicions)}}};
  return result;
}

}  // namespace

extern const TrialPlugin gossip_plugin;
const TrialPlugin gossip_plugin = {
    "gossip", "how many rounds of gossip until everybody knows a new node and suspects a dead one", run};

}  // namespace assay::trials
