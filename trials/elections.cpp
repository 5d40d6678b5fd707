// Trial "elections": a leader dies, and the nodes that are left elect another one, many times over. The nodes are refdb's own
// Raft; between them lies a network with a random delay. With equal election timeouts on all nodes (timeout_min =
// timeout_max) they become candidates together again and again and share out their votes (Ongaro and Ousterhout 2014,
// section 5.2 and figure 16); random ones break the tie.
//
// Options: nodes, elections (how many), timeout_min, timeout_max, delay_min, delay_max (of a message), limit (an election that takes
// longer is given up).
// Measures: election_ns (from the leader's death to a new one), rounds (candidacies in different terms that an election took),
// split (elections that took more than one), failed (given up).
#include <algorithm>
#include <memory>
#include <queue>
#include <set>
#include <tuple>
#include <utility>

#include "harness/core/option_reader.h"
#include "harness/core/rng.h"
#include "harness/core/trial.h"
#include "targets/refdb/raft/raft.h"

namespace assay::trials {

namespace {

namespace raft = refdb::raft;
using refdb::LocalTime;
using refdb::PeerId;

struct Settings {
  PeerId nodes = 5;
  std::int64_t elections = 20;
  Nanos timeout_min = 0, timeout_max = 0;
  Nanos delay_min = 0, delay_max = 0;
  Nanos limit = 0;
};

Settings read_settings(const Facts& options) {
  OptionReader read("option", "trial elections", options);
  Settings settings;
  settings.nodes = static_cast<PeerId>(read.whole("nodes", 5, 3, 100));
  settings.elections = read.whole("elections", 20, 1, 100'000);
  settings.timeout_min = read.duration("timeout_min", 150 * kMillisecond);
  settings.timeout_max = std::max(settings.timeout_min, read.duration("timeout_max", 300 * kMillisecond));
  settings.delay_min = read.duration("delay_min", 500 * kMicrosecond);
  settings.delay_max = std::max(settings.delay_min, read.duration("delay_max", 5 * kMillisecond));
  settings.limit = read.duration("limit", 10 * kSecond);
  read.done();
  return settings;
}

// The nodes that a dead leader (the last one) left behind, and the messages between them.
class Election {
 public:
  Election(const Settings& settings, Rng rng) : settings_(settings), rng_(rng) {
    for (PeerId node = 0; node + 1 < settings.nodes; ++node) {
      refdb::ReplicaConfig config;
      config.self = node;
      config.cluster_size = settings.nodes;
      config.seed = rng_.fork("node", node).next();
      config.election_timeout_min = settings.timeout_min;
      config.election_timeout_max = settings.timeout_max;
      // Its last heartbeat reached each of them after another delay.
      const Nanos heard = delay();
      nodes_.push_back(std::make_unique<raft::Raft>(config, raft::StoredState{}, 0, LocalTime{heard, heard}));
      wake(node, heard);
    }
  }

  struct Outcome {
    Nanos took = kNever;  // kNever: given up
    std::int64_t rounds = 0;
  };

  Outcome run() {
    while (!events_.empty()) {
      Event event = events_.top();
      events_.pop();
      if (event.at > settings_.limit) break;
      raft::Raft& node = *nodes_[event.node];
      const LocalTime now{event.at, event.at};
      if (event.message != nullptr) {
        node.step(*event.message, now);
      } else if (node.next_deadline() <= event.at) {
        node.tick(now);
      }
      carry_out(event.node, event.at);
      if (node.role() == raft::Role::leader) return {event.at, rounds()};
    }
    return {kNever, rounds()};
  }

 private:
  struct Event {
    Nanos at = 0;
    std::uint64_t sequence = 0;
    PeerId node = 0;
    std::shared_ptr<raft::Message> message;  // null: its timer
    bool operator<(const Event& other) const {
      return std::tie(at, sequence) > std::tie(other.at, other.sequence);
    }
  };

  Nanos delay() { return rng_.between(settings_.delay_min, settings_.delay_max); }

  void wake(PeerId node, Nanos now) {
    events_.push({std::max(nodes_[node]->next_deadline(), now + 1), sequence_++, node, nullptr});
  }

  // Disks are quick beside the network: what is written is durable at once.
  void carry_out(PeerId from, Nanos at) {
    raft::Raft& node = *nodes_[from];
    for (int turn = 0; turn < 2; ++turn) {
      raft::Ready ready = node.take_ready();
      node.persisted(ready.batch, {at, at});
      for (raft::Message& message : ready.messages) {
        if (message.kind == raft::MessageKind::vote_request) terms_.insert(message.term);
        const PeerId to = message.to;
        if (to + 1 >= settings_.nodes) continue;  // to the dead one
        message.from = from;
        events_.push({at + delay(), sequence_++, to, std::make_shared<raft::Message>(std::move(message))});
      }
    }
    wake(from, at);
  }

  std::int64_t rounds() const { return static_cast<std::int64_t>(terms_.size()); }

  const Settings& settings_;
  Rng rng_;
  std::vector<std::unique_ptr<raft::Raft>> nodes_;
  std::priority_queue<Event> events_;
  std::uint64_t sequence_ = 0;
  std::set<raft::Term> terms_;
};

TrialResult run(std::uint64_t seed, const Facts& options) {
  const Settings settings = read_settings(options);
  const Rng rng = Rng(seed).fork("elections");
  Measured took{"election_ns", {}}, rounds{"rounds", {}}, split{"split", {}}, failed{"failed", {}};
  double failures = 0;
  for (std::int64_t i = 0; i < settings.elections; ++i) {
    const Election::Outcome outcome =
        Election(settings, rng.fork("election", static_cast<std::uint64_t>(i))).run();
    rounds.samples.push_back(static_cast<double>(outcome.rounds));
    split.samples.push_back(outcome.rounds > 1 ? 1 : 0);
    failed.samples.push_back(outcome.took == kNever ? 1 : 0);
    failures += failed.samples.back();
    if (outcome.took != kNever) took.samples.push_back(static_cast<double>(outcome.took));
  }
  TrialResult result;
  result.verdict = failures > 0 ? Verdict::invalid : Verdict::valid;
  result.anomaly = failures > 0 ? "livelock" : "";
  result.reason = failures > 0 ? std::to_string(static_cast<std::int64_t>(failures)) + " of " +
                                     std::to_string(settings.elections) + " elections found no leader in time"
                               : "every election found a leader";
  result.measures = {std::move(took), std::move(rounds), std::move(split), std::move(failed)};
  return result;
}

}  // namespace

extern const TrialPlugin elections_plugin;
const TrialPlugin elections_plugin = {
    "elections", "elections of Raft after a leader's death, with random or with equal timeouts", run};

}  // namespace assay::trials
