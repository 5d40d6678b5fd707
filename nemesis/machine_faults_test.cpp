// What the faults of disks, files, processes and clocks choose, prove and heal, against machines that only keep books.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/core/file_faults.h"
#include "nemesis/registry.h"
#include "nemesis/testing/fault_named.h"
#include "nemesis/testing/numbered_nodes.h"

namespace assay::nemesis {
namespace {

using testing::fault_named;
using testing::NumberedNodes;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Three machines that do as they are told, unless a test says otherwise; the second leads.
class Machines final : public NumberedNodes {
 public:
  Machines() : NumberedNodes(3, 1), processes_(*this), clocks_(*this), disks_(*this) {}
  Processes* processes() override { return &processes_; }
  Clocks* clocks() override { return &clocks_; }
  Disks* disks() override { return &disks_; }

  struct Node {
    Processes::State state = Processes::State::running;
    std::int64_t lives = 1;
    std::int64_t crashes = 0;
    bool looping = false;
    std::optional<ProcessMeans> limited;
    std::int64_t amount = 0;
    std::optional<DiskFault> trouble;
    std::optional<FileFault> of_files;
    bool damaged = false;
    Nanos offset = 0;
    std::int64_t ppm = 0;
  };
  std::map<NodeId, Node> nodes = {{0, {}}, {1, {}}, {2, {}}};
  std::set<std::string> lacking;  // what they say they lack: "freeze", "slow" ...
  bool can_die_again = true;      // false: nobody crashes in a loop
  bool can_hang = true;           // false: nobody stops in its first moments
  bool lets_go = true;            // false: limits stay
  bool obey = true;               // false: nothing takes effect
  bool ends_by_itself = true;     // when asked to
  bool notices_damage = true;
  bool has_files = true;
  std::int64_t calls_hurt = 1;          // by trouble of files, once their node was started in it
  std::int64_t lives_before_calls = 0;  // a node makes calls on its files only in later lives
  std::vector<std::string> calls;

 private:
  class Procs final : public Processes {
   public:
    explicit Procs(Machines& all) : all_(all) {}
    void kill(NodeId node) override {
      all_.nodes[node].looping = false;
      if (all_.obey) all_.nodes[node].state = State::dead;
    }
    void start(NodeId node) override {
      Node& one = all_.nodes[node];
      one.looping = false;
      if (one.state != State::dead) return;
      ++one.lives;
      if (!(one.damaged && all_.notices_damage)) one.state = State::running;
    }
    void pause(NodeId node) override {
      if (all_.obey && all_.can_hang) all_.nodes[node].state = State::paused;
    }
    void resume(NodeId node) override {
      if (all_.nodes[node].state == State::paused) all_.nodes[node].state = State::running;
    }
    State state(NodeId node) override { return all_.nodes[node].state; }
    std::int64_t incarnation(NodeId node) override {
      return all_.nodes[node].state == State::dead ? 0 : all_.nodes[node].lives;
    }
    std::optional<std::string> lack(ProcessMeans means) override {
      const char* names[] = {"terminate", "freeze", "loop", "cpu", "memory", "files", "tasks"};
      return all_.lacks(names[static_cast<std::size_t>(means)]);
    }
    bool terminate(NodeId node, Nanos) override { return kill(node), all_.ends_by_itself; }
    void freeze(NodeId node) override {
      all_.calls.push_back("freeze");
      pause(node);
    }
    void thaw(NodeId node) override {
      all_.calls.push_back("thaw");
      resume(node);
    }
    void crash_loop(NodeId node, Nanos) override {
      if (!all_.obey) return;
      ++all_.nodes[node].lives;
      all_.nodes[node].crashes = all_.can_die_again ? 1 : 0;
      all_.nodes[node].looping = true;
    }
    std::int64_t crashes(NodeId node) override { return all_.nodes[node].crashes; }
    void limit(NodeId node, ProcessMeans means, std::int64_t amount) override {
      if (!all_.obey) return;
      all_.nodes[node].limited = means;
      all_.nodes[node].amount = amount;
    }
    void unlimit(NodeId node) override {
      if (all_.lets_go) all_.nodes[node].limited.reset();
    }
    Evidence measure_limit(NodeId node, ProcessMeans means, std::int64_t amount) override {
      return {all_.nodes[node].limited == means && all_.nodes[node].amount == amount, {{"amount", amount}}};
    }

   private:
    Machines& all_;
  };
  class Wall final : public Clocks {
   public:
    explicit Wall(Machines& all) : all_(all) {}
    void set_offset(NodeId node, Nanos offset) override {
      all_.nodes[node].ppm = 0;
      all_.nodes[node].offset = offset;
    }
    Nanos measure_offset(NodeId node) override { return all_.nodes[node].offset; }
    void strobe(NodeId, Nanos, Nanos) override {}
    bool can_run_wrong() const override { return !all_.lacking.contains("rate"); }
    void set_rate(NodeId node, std::int64_t ppm) override {
      if (all_.obey) all_.nodes[node].ppm = ppm;
    }
    std::int64_t measure_rate(NodeId node) override { return all_.nodes[node].ppm; }
    void leap(NodeId node, Nanos delta) override {
      if (all_.obey) all_.nodes[node].offset += delta;
    }
    std::string mechanism() const override { return "books"; }
    Nanos precision() const override { return kMillisecond; }

   private:
    Machines& all_;
  };
  class Plates final : public Disks, public FileDisks {
   public:
    explicit Plates(Machines& all) : all_(all) {}
    Evidence power_loss(NodeId node) override { return all_.processes_.kill(node), Evidence{true, {}}; }
    bool can_tear() const override { return !all_.lacking.contains("torn"); }
    Evidence torn_power_loss(NodeId node) override {
      all_.calls.push_back("torn");
      return power_loss(node);
    }
    Evidence wipe(NodeId) override { return {}; }
    std::optional<std::string> lack(DiskTrouble wanted) override {
      const char* names[] = {"full", "errors", "lost-sync", "slow", "stuck", "read-only"};
      return all_.lacks(names[static_cast<std::size_t>(wanted)]);
    }
    void trouble(NodeId node, const DiskFault& fault) override {
      if (!all_.obey) return;
      all_.nodes[node].trouble = fault;
      if (fault.trouble == DiskTrouble::full) all_.processes_.kill(node);
    }
    Evidence try_out(NodeId node, const DiskFault& fault, bool in_force) override {
      const auto& now = all_.nodes[node].trouble;
      const bool same = now && now->trouble == fault.trouble && now->delay == fault.delay;
      return {in_force ? same : !now, {{"ns", 1}}};
    }
    void relieve(NodeId node) override { all_.nodes[node].trouble.reset(); }
    std::optional<std::string> lack(const FileDamage& wanted) override {
      return wanted.kind == FileDamage::Kind::stale ? all_.lacks("stale") : std::nullopt;
    }
    Evidence damage(NodeId node, const FileDamage&) override {
      all_.processes_.kill(node);
      if (!all_.has_files) return {};
      all_.nodes[node].damaged = true;
      return {true, {{"file", 1}}};
    }
    void repair(NodeId node) override {
      all_.calls.push_back("repair");
      all_.nodes[node].damaged = false;
    }
    FileDisks* files() override { return this; }
    std::optional<std::string> lack(const FileFault& wanted) override {
      return wanted.kind == FileFault::Kind::torn ? all_.lacks("torn") : std::nullopt;
    }
    void hurt_files(NodeId node, const FileFault& fault) override {
      if (!all_.obey) return;
      all_.nodes[node].of_files = fault;
      if (fault.kind == FileFault::Kind::torn) all_.processes_.kill(node);
    }
    Evidence try_files(NodeId node, const FileFault& fault, bool in_force) override {
      const auto& now = all_.nodes[node].of_files;
      const bool same = now && now->kind == fault.kind && now->place == fault.place;
      if (!in_force) return {!now, {}};
      const bool met = all_.nodes[node].lives > all_.lives_before_calls;
      return {same, {{"calls-hurt", met ? all_.calls_hurt : 0}}};
    }
    void relieve_files(NodeId node) override { all_.nodes[node].of_files.reset(); }

   private:
    Machines& all_;
  };
  std::optional<std::string> lacks(const std::string& what) const {
    return lacking.contains(what) ? std::optional("no " + what) : std::nullopt;
  }

  Procs processes_;
  Wall clocks_;
  Plates disks_;
};

// Which nodes a variant hurts; proved and healed on the way.
std::vector<NodeId> strike(std::string_view name, std::string_view variant, Machines& machines) {
  SCOPED_TRACE(std::string(name) + "-" + std::string(variant));
  const auto fault = fault_named(name, variant);
  EXPECT_NE(fault, nullptr);
  if (fault == nullptr) return {};
  EXPECT_EQ(fault->refusal(machines), std::nullopt);
  Rng rng(1);
  const Injection injection = fault->inject(machines, rng);
  EXPECT_EQ(fault->verify(machines).proved, !injection.nodes.empty());
  EXPECT_TRUE(fault->heal(machines).proved);
  EXPECT_TRUE(fault->heal(machines).proved) << "healing twice does no harm";
  for (const auto& [node, state] : machines.nodes) {
    EXPECT_EQ(state.state, Processes::State::running) << node;
    EXPECT_TRUE(!state.trouble && !state.of_files && !state.limited && !state.looping && state.offset == 0 &&
                state.ppm == 0)
        << node;
  }
  return injection.nodes;
}

const std::vector<std::pair<const char*, const char*>> kSingle = {{"disk", "full-leader"},
                                                                  {"disk", "errors-leader"},
                                                                  {"disk", "lost-sync-leader"},
                                                                  {"disk", "slow-leader:50ms"},
                                                                  {"disk", "stuck-leader"},
                                                                  {"disk", "read-only-leader"},
                                                                  {"damage", "flip-log-leader"},
                                                                  {"damage", "stale-data-leader"},
                                                                  {"damage", "truncate-snapshot-leader"},
                                                                  {"restart", "graceful-leader"},
                                                                  {"restart", "loop-leader:1s"},
                                                                  {"restart", "hang-leader"},
                                                                  {"limit", "cpu-leader:5%"},
                                                                  {"limit", "memory-leader:16M"},
                                                                  {"limit", "files-leader:0"},
                                                                  {"limit", "tasks-leader"},
                                                                  {"clock", "drift-leader:-3%"},
                                                                  {"clock", "freeze-leader"},
                                                                  {"clock", "leap-leader:+1s"},
                                                                  {"clock", "back-leader"},
                                                                  {"pause", "freezer-leader"},
                                                                  {"kill", "torn-leader"},
                                                                  {"disk", "errors-log-leader"},
                                                                  {"disk", "slow-data-leader:5ms"},
                                                                  {"disk", "torn-log-leader"},
                                                                  {"disk", "errors-data-leader:read"}};

TEST(MachineFaults, HurtTheNodesThatAreChosenAndAreUndone) {
  for (const auto& [name, variant] : kSingle) {
    Machines machines;
    EXPECT_THAT(strike(name, variant, machines), ElementsAre(1)) << name << " " << variant;
    std::string all = variant;
    all.replace(all.find("leader"), 6, "all");
    EXPECT_THAT(strike(name, all, machines), ElementsAre(0, 1, 2)) << name << " " << all;
  }
}

TEST(MachineFaults, AreNotProvedWhenNothingTookEffect) {
  for (const auto& [name, variant] : kSingle) {
    const std::string text = variant;
    // These take no effect in other ways, below.
    if (std::string(name) == "damage" || text.starts_with("back")) continue;
    Machines machines;
    machines.obey = false;
    const auto fault = fault_named(name, variant);
    Rng rng(1);
    fault->inject(machines, rng);
    EXPECT_FALSE(fault->verify(machines).proved) << name << " " << variant;
  }
}

TEST(MachineFaults, SayWhatIsLacking) {
  for (const auto& [name, variant, lack] :
       std::vector<std::tuple<const char*, const char*, const char*>>{{"disk", "slow:5ms", "slow"},
                                                                      {"disk", "stuck", "stuck"},
                                                                      {"damage", "stale-log", "stale"},
                                                                      {"restart", "graceful", "terminate"},
                                                                      {"restart", "loop", "loop"},
                                                                      {"limit", "memory", "memory"},
                                                                      {"pause", "freezer", "freeze"}}) {
    Machines machines;
    EXPECT_EQ(fault_named(name, variant)->refusal(machines), std::nullopt);
    machines.lacking = {lack};
    EXPECT_EQ(fault_named(name, variant)->refusal(machines), std::string("no ") + lack)
        << name << " " << variant;
    EXPECT_EQ(fault_named("restart", "hang")->refusal(machines), std::nullopt);
  }
  Machines machines;
  machines.lacking = {"torn", "rate"};
  EXPECT_EQ(fault_named("kill", "torn")->refusal(machines), "its disks can't tear a write");
  EXPECT_EQ(fault_named("clock", "drift")->refusal(machines), "its clocks can't run at a wrong rate");
  EXPECT_EQ(fault_named("clock", "back")->refusal(machines), std::nullopt);
  EXPECT_EQ(fault_named("disk", "full-n4")->refusal(machines), "it has no node n4");
}

TEST(MachineFaults, ADiskWithoutASaidTroubleIsInOneThatItCanBeIn) {
  Machines machines;
  machines.lacking = {"full", "errors", "lost-sync", "stuck", "read-only"};
  const auto fault = fault_named("disk", "");
  Rng rng(3);
  EXPECT_EQ(fault->refusal(machines), std::nullopt);
  EXPECT_EQ(find_fact(fault->inject(machines, rng).value, "trouble")->as_text(), "slow");
  machines.lacking.insert("slow");
  EXPECT_THAT(fault_named("disk", "")->inject(machines, rng).nodes, IsEmpty());
}

TEST(MachineFaults, DamagedDataIsPutBackOnlyWhereItWasNoticed) {
  for (const bool notices : {true, false}) {
    Machines machines;
    machines.notices_damage = notices;
    const auto fault = fault_named("damage", "flip-log-n1");
    Rng rng(1);
    fault->inject(machines, rng);
    const Evidence healed = fault->heal(machines);
    EXPECT_TRUE(healed.proved);
    EXPECT_EQ(find_fact(healed.facts, "n1_noticed")->as_boolean(), notices);
    EXPECT_EQ(machines.nodes[0].damaged, !notices);
    EXPECT_EQ(machines.calls.size(), notices ? 1u : 0u);
  }
  Machines machines;
  machines.has_files = false;
  EXPECT_THAT(strike("damage", "flip-log-n1", machines), IsEmpty()) << "there was nothing to damage";
}

// What meets no call of the database's own tested nothing, however well it works.
TEST(MachineFaults, TroubleOfFilesIsProvedByCallsThatItMet) {
  for (const auto& [variant, lives] :
       std::vector<std::pair<const char*, std::int64_t>>{{"stuck-log-n1", 1},
                                                         {"errors-log-n1", 1},
                                                         {"errors-log-n1:read", 2},
                                                         {"short-reads-data-n1", 2}}) {
    Machines machines;
    const auto fault = fault_named("disk", variant);
    Rng rng(1);
    fault->inject(machines, rng);
    EXPECT_TRUE(fault->verify(machines).proved);
    EXPECT_EQ(machines.nodes[0].lives, lives) << variant << ": who reads when it starts only is started";
  }
  Machines machines;
  machines.lives_before_calls = 1;
  const auto late = fault_named("disk", "errors-data-n1");
  Rng rng(1);
  late->inject(machines, rng);
  EXPECT_TRUE(late->verify(machines).proved);
  EXPECT_EQ(machines.nodes[0].lives, 2) << "who makes no call is started once";
  machines.calls_hurt = 0;
  const auto idle = fault_named("disk", "full-snapshot-n2");
  idle->inject(machines, rng);
  EXPECT_FALSE(idle->verify(machines).proved);
  EXPECT_TRUE(idle->heal(machines).proved);
  machines.lacking = {"torn"};
  EXPECT_EQ(fault_named("disk", "torn-log")->refusal(machines), "no torn");
}

TEST(MachineFaults, AGracefulEndIsOneByItself) {
  Machines machines;
  machines.ends_by_itself = false;
  const auto fault = fault_named("restart", "graceful-n2");
  Rng rng(1);
  fault->inject(machines, rng);
  EXPECT_FALSE(fault->verify(machines).proved);
  EXPECT_TRUE(fault->heal(machines).proved);
}

TEST(MachineFaults, DoWhatWasAskedFor) {
  Machines machines;
  Rng rng(1);
  fault_named("disk", "slow-n1:50ms")->inject(machines, rng);
  EXPECT_EQ(machines.nodes[0].trouble->delay, 50 * kMillisecond);
  fault_named("limit", "memory-n2:16M")->inject(machines, rng);
  EXPECT_EQ(machines.nodes[1].amount, 16 << 20);
  EXPECT_EQ(machines.nodes[1].lives, 2) << "what it had counts elsewhere";
  fault_named("clock", "leap-n1:-500ms")->inject(machines, rng);
  EXPECT_EQ(machines.nodes[0].offset, -500 * kMillisecond);
  fault_named("clock", "drift-n2:-200ppm")->inject(machines, rng);
  EXPECT_EQ(machines.nodes[1].ppm, -200);
  fault_named("clock", "back-n3")->inject(machines, rng);
  EXPECT_LE(machines.nodes[2].offset, -kSecond);
}

// The rest of each is as it should be.
TEST(MachineFaults, AreNotProvedWhenOneThingIsMissing) {
  Machines machines;
  machines.can_die_again = machines.can_hang = machines.lets_go = false;
  Rng rng(1);
  for (const char* variant : {"loop-n1", "hang-n2"}) {
    const auto fault = fault_named("restart", variant);
    fault->inject(machines, rng);
    EXPECT_FALSE(fault->verify(machines).proved) << variant;
  }
  const auto fault = fault_named("limit", "cpu-n3");
  fault->inject(machines, rng);
  EXPECT_TRUE(fault->verify(machines).proved);
  EXPECT_FALSE(fault->heal(machines).proved) << "the limit is still there";
}

TEST(MachineFaults, TheFreezerAndTheTearAreAskedFor) {
  Machines machines;
  strike("pause", "freezer-n1", machines);
  strike("kill", "torn-n1", machines);
  EXPECT_THAT(machines.calls, ElementsAre("freeze", "thaw", "thaw", "torn"));
  machines.calls.clear();
  strike("pause", "n1", machines);
  strike("kill", "power-n1", machines);
  EXPECT_THAT(machines.calls, IsEmpty());
}

TEST(MachineFaults, RefuseWhatIsNoVariant) {
  for (const auto& [name, variant] : std::vector<std::pair<const char*, const char*>>{
           {"disk", "fuller"},        {"disk", "full:1s"},
           {"disk", "slow:"},         {"disk", "slow:0s"},
           {"disk", "slow-:1s"},      {"disk", "full-x"},
           {"damage", "flip"},        {"damage", "flip-logs"},
           {"damage", "flip-log:1"},  {"restart", "gracefully"},
           {"restart", "loop:1ms"},   {"restart", "hang:1s"},
           {"limit", "cpu:0%"},       {"limit", "cpu:100%"},
           {"limit", "cpu:10"},       {"limit", "memory:1K"},
           {"limit", "files:-1"},     {"clock", "drift:0%"},
           {"clock", "drift:11%"},    {"clock", "drift:5"},
           {"clock", "freeze:1s"},    {"clock", "leap:0s"},
           {"clock", "back:1s"},      {"pause", "freezerx"},
           {"disk", "errors-logs"},   {"disk", "errors-log:reads"},
           {"disk", "full-log:read"}, {"disk", "slow-log:0s"},
           {"disk", "torn"},          {"disk", "torn-log:5ms"},
           {"disk", "read-only-log"}}) {
    EXPECT_EQ(fault_named(name, variant), nullptr) << name << " " << variant;
  }
  Machines machines;
  EXPECT_NE(fault_named("disk", "slow-role:hub:20ms"), nullptr) << "a role's name comes after a colon, too";
  EXPECT_THAT(strike("disk", "slow-role:hub:20ms", machines), IsEmpty());
}

}  // namespace
}  // namespace assay::nemesis
