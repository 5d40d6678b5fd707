// Disks of hosts in trouble, and damaged files, seen by a program that only appends to a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "harness/cluster/deployment.h"
#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/file_faults.h"

namespace assay::cluster {
namespace {

using ::testing::HasSubstr;

// Appends numbers and syncs each; ends when that fails, as a database should.
constexpr const char* kAppender =
    "i=0; while i=$((i+1)) && printf '%05000d\\n' $i >> wal.log && sync wal.log; do sleep 0.01; done; echo "
    "ended >&2";

// The file systems of hosts with and without loop devices: a layer stands for these, then.
class DisksOfHosts : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSAY_NEEDS_LOCAL_HOSTS();
    hosts_ = std::make_unique<TestHosts>(1);
    cluster_ = std::make_unique<Cluster>(
        hosts_->file(),
        ClusterOptions{
            .power_loss = true, .file_layer = true, .loop_devices = GetParam(), .disk_size_bytes = 64 << 20});
    if (!cluster_->disks()->can_lose_power()) GTEST_SKIP() << cluster_->why_no_disks();
    cluster_->deploy({{.binary = "/bin/sh", .arguments = {"-c", kAppender}}});
    cluster_->start_everything();
  }
  Disks& disks() { return *cluster_->disks(); }
  FileDisks& files() { return *file_disks(cluster_->disks()); }
  Processes& processes() { return *cluster_->processes(); }
  std::string run(const std::string& command) { return cluster_->run(0, command).output; }
  // The last line that the appender wrote to its end: of one that was not synced yet, a loss of power may leave a part, or
  // zeros in its place.
  int last() {
    const std::string lines = "tail -n 2 " + cluster_->data_folder(0) + "/wal.log";
    return std::atoi(
        run(lines + " | { while read -r line; do last=$line; done; echo $last; } | tail -c 20").c_str());
  }
  // Within what a busy machine may take.
  template <class Condition>
  static bool soon(const Condition& condition) {
    for (int attempt = 0; attempt < 1'500; ++attempt) {
      if (condition()) return true;
      ::usleep(10'000);
    }
    return false;
  }
  bool goes_on() {
    const int before = last();
    return soon([&] { return last() > before; });
  }
  bool ends() {
    return soon([&] { return processes().state(0) == Processes::State::dead; });
  }

  std::unique_ptr<TestHosts> hosts_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_P(DisksOfHosts, EveryTroubleIsMeasuredAndUndone) {
  for (const DiskTrouble trouble : {DiskTrouble::full, DiskTrouble::slow, DiskTrouble::stuck,
                                    DiskTrouble::errors, DiskTrouble::lost_sync, DiskTrouble::read_only}) {
    SCOPED_TRACE(static_cast<int>(trouble));
    if (const auto reason = disks().lack(trouble)) {
      GTEST_LOG_(INFO) << *reason;
      continue;
    }
    EXPECT_TRUE(goes_on());
    const DiskFault fault{trouble, 100 * kMillisecond};
    EXPECT_TRUE(disks().try_out(0, fault, false).proved);
    disks().trouble(0, fault);
    const Evidence evidence = disks().try_out(0, fault, true);
    EXPECT_TRUE(evidence.proved);
    for (const Fact& fact : evidence.facts) GTEST_LOG_(INFO) << fact.name << " " << fact.value.to_string();
    const bool waits = trouble == DiskTrouble::slow || trouble == DiskTrouble::stuck;
    EXPECT_TRUE(waits || ends());
    disks().relieve(0);
    disks().relieve(0);
    processes().start(0);
    EXPECT_TRUE(disks().try_out(0, fault, false).proved);
    EXPECT_TRUE(goes_on());
  }
  cluster_->stop();
  EXPECT_EQ(run("grep -c /var/lib/assay/disk /proc/mounts; ls /var/lib/assay/agent | grep -v groups"),
            "0\nassay-agent\nclock-node\nfile-layer.log\nlock\n");
}

TEST_P(DisksOfHosts, DamageIsDoneWhileTheNodeIsDownAndTakenBack) {
  EXPECT_TRUE(goes_on());
  EXPECT_TRUE(disks().damage(0, {FileDamage::Kind::flip, FileDamage::Place::data, 5}).facts.empty())
      << "there is only a log";
  processes().start(0);
  EXPECT_TRUE(goes_on());
  const std::string sum = "cd " + cluster_->data_folder(0) + " && tr -d '0-9\\n' < wal.log | wc -c; ls";
  for (const auto kind : {FileDamage::Kind::flip, FileDamage::Kind::truncate, FileDamage::Kind::stale}) {
    SCOPED_TRACE(static_cast<int>(kind));
    const Evidence evidence = disks().damage(0, {kind, FileDamage::Place::log, 0x123456789abcdefu});
    EXPECT_TRUE(evidence.proved);
    ASSERT_FALSE(evidence.facts.empty());
    EXPECT_EQ(evidence.facts[0].value.to_string(), "\"wal.log\"");
    EXPECT_EQ(processes().state(0), Processes::State::dead);
    disks().repair(0);
    EXPECT_EQ(run(sum), "0\nwal.log\n");
    EXPECT_GT(last(), 0);
    processes().start(0);
    EXPECT_TRUE(goes_on());
  }
}

TEST_P(DisksOfHosts, AWriteIsTornByALossOfPower) {
  bool torn = false;
  for (int attempt = 0; attempt < 5 && !torn; ++attempt) {
    processes().start(0);
    EXPECT_TRUE(goes_on());
    const Evidence evidence = disks().torn_power_loss(0);
    torn = evidence.proved;
    EXPECT_EQ(processes().state(0), Processes::State::dead);
  }
  EXPECT_TRUE(torn);
}

// Synced bytes stay, others go; so do names.
TEST_P(DisksOfHosts, APowerFailureLosesWhatWasNotSynced) {
  EXPECT_TRUE(goes_on());
  for (int time = 0; time < 2; ++time) {
    EXPECT_TRUE(disks().power_loss(0).proved) << time;
    EXPECT_EQ(processes().state(0), Processes::State::dead);
    EXPECT_GT(last(), 0) << "each line was synced";
    EXPECT_EQ(run("ls -A " + cluster_->data_folder(0)), "wal.log\n");
    processes().start(0);
    EXPECT_TRUE(goes_on());
  }
  EXPECT_TRUE(disks().wipe(0).proved);
  processes().start(0);
  EXPECT_TRUE(goes_on());
}

TEST_P(DisksOfHosts, ChosenFilesAreHurtWhichTheProgramMeets) {
  using Kind = FileFault::Kind;
  std::vector<Kind> kinds = {Kind::lost_sync, Kind::torn};
  const bool layer_alone = !GetParam();
  if (layer_alone) kinds.insert(kinds.end(), {Kind::errors, Kind::full, Kind::slow, Kind::stuck});
  for (const Kind kind : kinds) {
    SCOPED_TRACE(static_cast<int>(kind));
    const FileFault fault{.kind = kind, .delay = 5 * kMillisecond, .draw = 99};
    ASSERT_EQ(files().lack(fault), std::nullopt);
    EXPECT_TRUE(goes_on());
    files().hurt_files(0, fault);
    const Evidence evidence = files().try_files(0, fault, true);
    EXPECT_TRUE(evidence.proved);
    EXPECT_GT(find_fact(evidence.facts, "calls-hurt")->as_integer(), 0);
    EXPECT_EQ(find_fact(evidence.facts, "mechanism")->as_text(), "fuse");
    EXPECT_EQ(find_fact(evidence.facts, "torn-file") != nullptr, kind == Kind::torn);
    EXPECT_TRUE(kind == Kind::slow || kind == Kind::stuck || ends());
    files().relieve_files(0);
    files().relieve_files(0);
    processes().start(0);
    EXPECT_TRUE(files().try_files(0, fault, false).proved);
  }
  if (!layer_alone) return;
  const FileFault other{.kind = Kind::errors, .place = FileDamage::Place::snapshot};
  files().hurt_files(0, other);
  EXPECT_EQ(find_fact(files().try_files(0, other, true).facts, "calls-hurt")->as_integer(), 0);
  EXPECT_TRUE(goes_on()) << "it has no snapshots";
}

INSTANTIATE_TEST_SUITE_P(OnLoopDevicesAndLayers, DisksOfHosts, testing::Bool(),
                         [](const auto& with) { return with.param ? "LoopDevice" : "LayerAlone"; });

}  // namespace
}  // namespace assay::cluster
