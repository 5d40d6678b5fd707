// The simulated refdb from end to end, with Raft: clients write increasing numbers to a register of their own and
// read it back, while faults come and go. A client knows what its register may hold, so every read is judged.
#include "targets/refdb/simulated/sim_target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/refdb/simulated/make_simulated.h"

namespace assay::refdb {
namespace {

std::unique_ptr<SimTarget> make_target(std::uint64_t seed, int nodes = 5, Facts options = {},
                                       std::vector<std::string> bugs = {}) {
  Plan plan;
  plan.seed = seed;
  plan.nodes = nodes;
  plan.options = std::move(options);
  plan.bugs = std::move(bugs);
  std::unique_ptr<Target> target = make_simulated(plan);
  return std::unique_ptr<SimTarget>(static_cast<SimTarget*>(target.release()));
}

// One process: a register of its own, one operation at a time, a pause of some milliseconds between them.
class Process {
 public:
  Process(SimTarget& target, Key key, Rng rng) : target_(target), key_(key), rng_(std::move(rng)) {
    connect();
    plan_next();
  }

  void step() {
    if (busy_ || target_.world().now() < due_) return;
    busy_ = true;
    const bool write = rng_.chance(1, 2);
    Mop mop{write ? Fn::write : Fn::read, key_, write ? Value(++last_tried_) : Value(), Value()};
    client_->invoke({mop}, kSecond, [this](Completion completion) { finish(std::move(completion)); });
  }
  Nanos due() const { return busy_ ? kNever : due_; }

  std::map<Outcome, int> outcomes;
  Nanos last_ok = 0;
  std::string violation;

 private:
  void connect() {
    const auto node = static_cast<NodeId>(rng_.below(target_.node_names().size()));
    client_ = target_.connect(node, static_cast<ProcessId>(key_ + 1000 * ++connects_));
  }
  void plan_next() { due_ = target_.world().now() + rng_.exponential(50 * kMillisecond); }

  void finish(Completion completion) {
    ++outcomes[completion.outcome];
    busy_ = false;
    const Mop& mop = completion.mops.at(0);
    if (completion.outcome == Outcome::ok) {
      last_ok = target_.world().now();
      if (mop.fn == Fn::write) {
        lowest_ = mop.argument.as_integer();
      } else {
        const std::int64_t read = mop.result.is_nil() ? 0 : mop.result.as_integer();
        if (read < lowest_ || read > last_tried_) {
          violation = "read " + std::to_string(read) + ", expected " + std::to_string(lowest_) + " to " +
                      std::to_string(last_tried_);
        }
        lowest_ = std::max(lowest_, read);
      }
    }
    if (completion.outcome == Outcome::info) connect();  // retired: the next process takes its place
    plan_next();
  }

  SimTarget& target_;
  Key key_;
  Rng rng_;
  std::unique_ptr<Client> client_;
  ProcessId connects_ = 0;
  bool busy_ = false;
  Nanos due_ = 0;
  std::int64_t last_tried_ = 0;
  std::int64_t lowest_ = 0;  // what a read must see at least
};

struct Cluster {
  std::unique_ptr<SimTarget> target;
  std::vector<std::unique_ptr<Process>> processes;

  explicit Cluster(std::unique_ptr<SimTarget> made, int clients = 5) : target(std::move(made)) {
    target->start();
    const Rng rng = Rng(99).fork("processes");
    for (int i = 0; i < clients; ++i) {
      processes.push_back(
          std::make_unique<Process>(*target, i, rng.fork("process", static_cast<std::uint64_t>(i))));
    }
  }
  ~Cluster() { processes.clear(); }

  void run(Nanos duration) {
    const Nanos end = target->world().now() + duration;
    while (target->world().now() < end) {
      Nanos wake = end;
      for (const auto& process : processes) {
        process->step();
        wake = std::min(wake, process->due());
      }
      target->world().wait(wake);
    }
  }
  int count(Outcome outcome) const {
    int sum = 0;
    for (const auto& process : processes) {
      const auto found = process->outcomes.find(outcome);
      if (found != process->outcomes.end()) sum += found->second;
    }
    return sum;
  }
  // Every process gets an answer within `limit`.
  bool makes_progress(Nanos limit) {
    const Nanos since = target->world().now();
    run(limit);
    return std::all_of(processes.begin(), processes.end(),
                       [since](const auto& process) { return process->last_ok > since; });
  }
  bool violated() const {
    return std::any_of(processes.begin(), processes.end(),
                       [](const auto& process) { return !process->violation.empty(); });
  }
  void expect_no_violation() const {
    for (const auto& process : processes) EXPECT_EQ(process->violation, "");
  }
};

NodeId any_node(const SimTarget& target, Rng& rng) {
  return static_cast<NodeId>(rng.below(target.node_names().size()));
}

// One random fault; returns what undoes it.
std::function<void()> random_fault(SimTarget& target, Rng& rng) {
  const NodeId node = any_node(target, rng);
  switch (rng.below(6)) {
    case 0:
    case 1: {  // cut a node off, one way or both
      std::vector<Link> links;
      const bool one_way = rng.chance(1, 2);
      for (NodeId other = 0; other < static_cast<NodeId>(target.node_names().size()); ++other) {
        if (other == node) continue;
        links.push_back({node, other});
        if (!one_way) links.push_back({other, node});
      }
      target.network()->cut(links);
      EXPECT_TRUE(target.network()->probe(links, false).proved);
      return [&target] { target.network()->heal(); };
    }
    case 2:
      target.processes()->kill(node);
      return [&target, node] { target.processes()->start(node); };
    case 3:
      target.processes()->pause(node);
      return [&target, node] { target.processes()->resume(node); };
    case 4:
      target.clocks()->strobe(node, 400 * kMillisecond, 20 * kMillisecond);
      return [&target, node] { target.clocks()->set_offset(node, 0); };
    default:
      EXPECT_TRUE(target.disks()->power_loss(node).proved);
      return [&target, node] { target.processes()->start(node); };
  }
}

struct Summary {
  std::uint64_t digest;
  std::uint64_t events;
  int ok;
  int info;
  friend bool operator==(const Summary&, const Summary&) = default;
};

Summary run_with_faults(std::uint64_t seed, int seconds) {
  Cluster cluster(make_target(seed));
  Rng rng(seed + 1);
  for (int i = 0; i < seconds; ++i) {
    const std::function<void()> heal = random_fault(*cluster.target, rng);
    cluster.run(rng.between(300, 700) * kMillisecond);
    heal();
    cluster.run(rng.between(100, 900) * kMillisecond);
  }
  EXPECT_TRUE(cluster.makes_progress(10 * kSecond)) << "seed " << seed;
  cluster.expect_no_violation();
  EXPECT_GT(cluster.count(Outcome::ok), seconds * 20) << "seed " << seed;
  return {cluster.target->event_digest(), cluster.target->events_run(), cluster.count(Outcome::ok),
          cluster.count(Outcome::info)};
}

TEST(SimTarget, ServesAndElectsOneLeader) {
  Cluster cluster(make_target(1));
  ASSERT_TRUE(cluster.target->leader().has_value());
  cluster.run(5 * kSecond);
  cluster.expect_no_violation();
  EXPECT_GT(cluster.count(Outcome::ok), 300);
  EXPECT_EQ(cluster.count(Outcome::info), 0);
  EXPECT_TRUE(cluster.makes_progress(kSecond));
}

TEST(SimTarget, OneSeedGivesOneRunAndAnotherSeedAnother) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Summary first = run_with_faults(seed, 20);
    EXPECT_EQ(first, run_with_faults(seed, 20)) << "seed " << seed;
    EXPECT_NE(first.digest, run_with_faults(seed + 100, 1).digest);
  }
}

TEST(SimTarget, ManySeedsUnderFaultsStayCorrect) {
  for (std::uint64_t seed = 1'000; seed < 1'010; ++seed) run_with_faults(seed, 15);
}

TEST(SimTarget, AnotherLeaderTakesOverFromADeadOne) {
  Cluster cluster(make_target(2));
  const NodeId old = *cluster.target->leader();
  cluster.target->processes()->kill(old);
  EXPECT_EQ(cluster.target->processes()->state(old), Processes::State::dead);
  cluster.run(2 * kSecond);
  ASSERT_TRUE(cluster.target->leader().has_value());
  EXPECT_NE(*cluster.target->leader(), old);
  EXPECT_TRUE(cluster.makes_progress(2 * kSecond));
  cluster.target->processes()->start(old);
  EXPECT_EQ(cluster.target->processes()->incarnation(old), 2);
  cluster.run(2 * kSecond);
  const std::uint64_t applied = cluster.target->status(*cluster.target->leader())->applied_index;
  EXPECT_GE(cluster.target->status(old)->applied_index + 20, applied);
  cluster.expect_no_violation();
}

TEST(SimTarget, CountsOverAllNodesAndTheirLives) {
  Cluster cluster(make_target(2));
  const auto count = [&](const char* name) {
    const Facts counters = cluster.target->counters();
    return find_fact(counters, name)->as_integer();
  };
  const std::int64_t won = count("elections_won");
  EXPECT_GE(won, 1);
  EXPECT_GT(count("messages_delivered"), 0);
  cluster.target->processes()->kill(*cluster.target->leader());
  EXPECT_EQ(count("elections_won"), won) << "what the dead one had counted went with it";
  cluster.run(2 * kSecond);
  EXPECT_GT(count("elections_won"), won);
}

TEST(SimTarget, AMinorityPartitionLosesItsLeader) {
  Cluster cluster(make_target(3));
  const NodeId old = *cluster.target->leader();
  std::vector<Link> links;
  for (NodeId other = 0; other < 5; ++other) {
    if (other != old) links.insert(links.end(), {{old, other}, {other, old}});
  }
  cluster.target->network()->cut(links);
  EXPECT_TRUE(cluster.target->network()->probe(links, false).proved);
  cluster.run(3 * kSecond);
  EXPECT_NE(*cluster.target->leader(), old);
  cluster.target->network()->heal();
  EXPECT_TRUE(cluster.target->network()->probe(links, true).proved);
  EXPECT_TRUE(cluster.makes_progress(3 * kSecond));
  cluster.expect_no_violation();
}

TEST(SimTarget, APausedLeaderIsReplacedAndComesBackAsAFollower) {
  Cluster cluster(make_target(4));
  const NodeId old = *cluster.target->leader();
  cluster.target->processes()->pause(old);
  cluster.run(3 * kSecond);
  cluster.target->processes()->resume(old);
  cluster.run(kSecond);
  EXPECT_EQ(cluster.target->status(old)->role, "follower");
  EXPECT_TRUE(cluster.makes_progress(2 * kSecond));
  cluster.expect_no_violation();
}

TEST(SimTarget, ClocksMoveAndAreMeasured) {
  Cluster cluster(make_target(5));
  cluster.target->clocks()->set_offset(1, -10 * kSecond);
  EXPECT_EQ(cluster.target->clocks()->measure_offset(1), -10 * kSecond);
  EXPECT_TRUE(cluster.makes_progress(2 * kSecond));
  cluster.expect_no_violation();
}

void fail_power_everywhere(SimTarget& target) {
  for (NodeId node = 0; node < 5; ++node) {
    const Evidence evidence = target.disks()->power_loss(node);
    EXPECT_TRUE(evidence.proved);
    EXPECT_TRUE(find_fact(evidence.facts, "unsynced marker gone")->as_boolean());
  }
}

void start_everywhere(SimTarget& target) {
  for (NodeId node = 0; node < 5; ++node) target.processes()->start(node);
}

TEST(SimTarget, TheWholeClusterSurvivesAPowerFailure) {
  Cluster cluster(make_target(6));
  for (int round = 0; round < 5; ++round) {
    cluster.run(2 * kSecond);
    fail_power_everywhere(*cluster.target);
    EXPECT_FALSE(cluster.target->leader().has_value());
    start_everywhere(*cluster.target);
    EXPECT_TRUE(cluster.makes_progress(5 * kSecond));
  }
  cluster.expect_no_violation();
}

// A node whose disk fails ends; the others go on, and nothing that was acknowledged is missed when it is back.
TEST(SimTarget, DisksInTroubleHurtOnlyTheirNode) {
  Cluster cluster(make_target(8));
  Disks& disks = *cluster.target->disks();
  Processes& processes = *cluster.target->processes();
  Rng rng(8);
  for (const DiskTrouble trouble : {DiskTrouble::full, DiskTrouble::errors, DiskTrouble::lost_sync,
                                    DiskTrouble::slow, DiskTrouble::stuck, DiskTrouble::read_only}) {
    const DiskFault fault{trouble, 50 * kMillisecond};
    const NodeId node = *cluster.target->leader();
    EXPECT_EQ(disks.lack(trouble), std::nullopt);
    disks.trouble(node, fault);
    EXPECT_TRUE(disks.try_out(node, fault, true).proved);
    EXPECT_TRUE(cluster.makes_progress(5 * kSecond)) << static_cast<int>(trouble);
    const bool ends = trouble != DiskTrouble::slow && trouble != DiskTrouble::stuck;
    EXPECT_EQ(processes.state(node) == Processes::State::dead, ends) << static_cast<int>(trouble);
    processes.start(node);
    cluster.run(100 * kMillisecond);
    EXPECT_EQ(processes.state(node) == Processes::State::dead, ends && trouble != DiskTrouble::lost_sync)
        << "it can't start while its disk can't be written";
    if (trouble == DiskTrouble::lost_sync) {
      EXPECT_TRUE(disks.power_loss(node).proved);
    }
    disks.relieve(node);
    EXPECT_TRUE(disks.try_out(node, fault, false).proved);
    processes.start(node);
    cluster.run(rng.between(100, 900) * kMillisecond);
    EXPECT_EQ(processes.state(node), Processes::State::running);
  }
  EXPECT_TRUE(cluster.makes_progress(5 * kSecond));
  cluster.expect_no_violation();
}

TEST(SimTarget, OfItsFilesTheLogIsInTrouble) {
  Cluster cluster(make_target(10));
  FileDisks& files = *file_disks(cluster.target->disks());
  for (const char kind : {0, 1, 2, 3, 4}) {
    const FileFault fault{.kind = static_cast<FileFault::Kind>(kind), .delay = 50 * kMillisecond};
    files.hurt_files(0, fault);
    EXPECT_TRUE(files.try_files(0, fault, true).proved);
    files.relieve_files(0);
    EXPECT_TRUE(files.try_files(0, fault, false).proved);
  }
  EXPECT_NE(files.lack({.place = FileDamage::Place::data}), std::nullopt);
}

TEST(SimTarget, ANodeDoesNotStartOnDamagedDataAndDoesWhenItIsPutBack) {
  Cluster cluster(make_target(9));
  Disks& disks = *cluster.target->disks();
  for (const auto kind : {FileDamage::Kind::flip, FileDamage::Kind::truncate, FileDamage::Kind::misdirect}) {
    cluster.run(kSecond);
    EXPECT_TRUE(disks.damage(1, {kind, FileDamage::Place::log, 12345}).proved);
    cluster.target->processes()->start(1);
    EXPECT_TRUE(cluster.makes_progress(3 * kSecond));
    EXPECT_EQ(cluster.target->processes()->state(1), Processes::State::dead);
    disks.repair(1);
    cluster.target->processes()->start(1);
    EXPECT_TRUE(cluster.makes_progress(3 * kSecond));
    EXPECT_EQ(cluster.target->processes()->state(1), Processes::State::running);
  }
  cluster.expect_no_violation();
}

// The judge can fail: acknowledged before the fsync, a write is lost with the power.
TEST(SimTarget, PowerFailuresUncoverAnAcknowledgementBeforeTheFsync) {
  int uncovered = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Cluster cluster(make_target(seed, 5, {}, {"ack-before-fsync"}));
    for (int round = 0; round < 3; ++round) {
      cluster.run(kSecond);
      fail_power_everywhere(*cluster.target);
      start_everywhere(*cluster.target);
      cluster.run(3 * kSecond);
    }
    uncovered += cluster.violated() ? 1 : 0;
  }
  EXPECT_GE(uncovered, 5);
}

TEST(SimTarget, ANodeThatWasAwayForLongCatchesUpBySnapshot) {
  Cluster cluster(make_target(7, 3, {{"log_entries_kept", Value(20)}}));
  const auto away = static_cast<NodeId>((*cluster.target->leader() + 1) % 3);
  cluster.target->processes()->kill(away);
  cluster.run(10 * kSecond);
  cluster.target->processes()->start(away);
  cluster.run(3 * kSecond);
  const std::uint64_t applied = cluster.target->status(*cluster.target->leader())->applied_index;
  EXPECT_GT(applied, 300u);
  EXPECT_GE(cluster.target->status(away)->applied_index + 20, applied);
  cluster.expect_no_violation();
}

TEST(SimTarget, AClientThatIsGoneHearsNothing) {
  std::unique_ptr<SimTarget> target = make_target(8, 3);
  target->start();
  int replies = 0;
  std::unique_ptr<Client> client = target->connect(0, 1);
  client->invoke({Mop{Fn::write, 1, Value(1), Value()}}, kSecond, [&](Completion) { ++replies; });
  target->world().run_for(kSecond);  // answered, but the loop did not hear of it yet
  client.reset();
  target->world().wait(target->world().now() + 2 * kSecond);
  target->world().wait(target->world().now() + 2 * kSecond);
  EXPECT_EQ(replies, 0);
}

TEST(SimTarget, WithoutAMajorityTheStartFailsWithOneSentence) {
  std::unique_ptr<SimTarget> target =
      make_target(9, 3, {{"loss_ppm", Value(1'000'000)}, {"start_limit_ns", Value(kSecond)}});
  EXPECT_THROW(target->start(), HarnessError);
}

TEST(SimTarget, ASingleNodeServes) {
  Cluster cluster(make_target(10, 1));
  EXPECT_TRUE(cluster.makes_progress(2 * kSecond));
  cluster.expect_no_violation();
}

TEST(SimTarget, StopEndsEveryProcessAndLogsAreCollected) {
  std::unique_ptr<SimTarget> target = make_target(11, 3);
  target->start();
  target->processes()->kill(1);
  const TemporaryFolder folder;
  target->collect_logs(folder.path());
  target->stop();
  target->stop();
  for (NodeId node = 0; node < 3; ++node) {
    EXPECT_EQ(target->processes()->state(node), Processes::State::dead);
  }
  std::ifstream file(folder.path("n2/node.log"));
  std::string line;
  std::getline(file, line);
  EXPECT_NE(line.find("started, incarnation 1"), std::string::npos) << line;
  std::getline(file, line);
  EXPECT_NE(line.find("killed"), std::string::npos) << line;
}

// The message of the InputError that the plan meets.
std::string refusal(const std::function<void(Plan&)>& change) {
  Plan plan;
  change(plan);
  try {
    make_simulated(plan);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(MakeSimulated, RefusesWhatDoesNotExistAndSaysWhatDoes) {
  EXPECT_EQ(refusal([](Plan&) {}), "accepted");
  EXPECT_NE(refusal([](Plan& plan) { plan.mode = "paxos"; }).find("raft"), std::string::npos);
  EXPECT_NE(refusal([](Plan& plan) { plan.bugs = {"stale-read"}; }).find("stale-reads"), std::string::npos);
  EXPECT_NE(refusal([](Plan& plan) {
              plan.options = {{"reads", Value::text("quick")}};
            }).find("read-index, lease, local"),
            std::string::npos);
  EXPECT_NE(refusal([](Plan& plan) { plan.nodes = 0; }).find("1 to 100"), std::string::npos);
  EXPECT_NE(refusal([](Plan& plan) {
              plan.options = {{"loss", Value(1)}};
            }).find("loss_ppm"),
            std::string::npos);
  EXPECT_NE(refusal([](Plan& plan) {
              plan.options = {{"loss_ppm", Value(-1)}};
            }).find("from 0 to"),
            std::string::npos);
}

TEST(MakeSimulated, DescribesItself) {
  Plan plan;
  plan.bugs = {"stale-reads"};
  plan.options = {{"loss_ppm", Value(7)}};
  const TargetDescription description = make_simulated(plan)->describe();
  EXPECT_EQ(description.target, "refdb");
  EXPECT_EQ(description.mode, "raft");
  EXPECT_EQ(description.cluster, "sim");
  EXPECT_EQ(description.bugs, plan.bugs);
  EXPECT_EQ(find_fact(description.options, "loss_ppm")->as_integer(), 7);
  EXPECT_EQ(find_fact(description.options, "reads")->as_text(), "read-index");
}

}  // namespace
}  // namespace assay::refdb
