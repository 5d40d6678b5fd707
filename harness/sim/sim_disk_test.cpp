#include "harness/sim/sim_disk.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace assay::sim {
namespace {

TEST(DiskLog, CrcHasTheStandardCheckValue) { EXPECT_EQ(crc32("123456789"), 0xcbf43926u); }

DiskBatch put(std::uint64_t id, std::string key, std::string value, bool sync) {
  DiskBatch batch;
  batch.id = id;
  batch.sync = sync;
  batch.writes.push_back({std::move(key), std::move(value)});
  return batch;
}

TEST(DiskLog, EveryCutKeepsExactlyTheWholeRecords) {
  std::string log;
  std::vector<std::size_t> ends;
  for (int i = 0; i < 4; ++i) {
    DiskBatch batch = put(1, "key" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v'), false);
    batch.writes.push_back({"gone", std::nullopt});
    batch.delete_ranges.emplace_back("a", "b");
    encode_record(batch, log);
    ends.push_back(log.size());
  }
  for (std::size_t cut = 0; cut <= log.size(); ++cut) {
    const DecodedLog decoded = decode_log(std::string_view(log).substr(0, cut));
    std::size_t whole = 0;
    while (whole < ends.size() && ends[whole] <= cut) ++whole;
    ASSERT_EQ(decoded.batches.size(), whole);
    ASSERT_EQ(decoded.torn_bytes, cut - (whole == 0 ? 0 : ends[whole - 1]));
  }
  const DecodedLog all = decode_log(log);
  EXPECT_EQ(all.batches[3].writes[0].key, "key3");
  EXPECT_EQ(all.batches[3].writes[0].value, "vvv");
  EXPECT_FALSE(all.batches[3].writes[1].value.has_value());
  EXPECT_EQ(all.batches[3].delete_ranges[0].second, "b");
}

TEST(DiskLog, AFlippedByteEndsTheLog) {
  std::string log;
  encode_record(put(1, "first", "1", false), log);
  const std::size_t first = log.size();
  encode_record(put(2, "second", "2", false), log);
  for (std::size_t position = first; position < log.size(); ++position) {
    std::string damaged = log;
    damaged[position] = static_cast<char>(damaged[position] ^ 0x40);
    ASSERT_EQ(decode_log(damaged).batches.size(), 1u) << position;
  }
}

struct DiskTest : testing::Test, DiskListener, ProcessHost {
  Simulator simulator;
  SimProcesses processes{simulator, 1};
  std::unique_ptr<SimDisk> disk;
  std::vector<std::uint64_t> persisted;
  std::vector<std::string> failures;
  std::string opened;  // what the last opening said

  DiskTest() { make(1); }
  void make(std::uint64_t seed) {
    disk = std::make_unique<SimDisk>(simulator, processes, NodeId{0}, DiskConfig{}, Rng(seed));
    disk->set_listener(this);
    processes.set_host(this);
    processes.start(0);
  }
  void batch_persisted(NodeId, std::uint64_t batch) override { persisted.push_back(batch); }
  void disk_failed(NodeId, const std::string& reason) override { failures.push_back(reason); }
  void process_started(NodeId) override { opened = disk->open(); }
  void process_ended(NodeId) override { disk->process_killed(); }
  void run() { simulator.run_until(simulator.now() + kSecond); }
  void restart() {
    processes.kill(0);
    processes.start(0);
  }
  std::string keys() const {
    std::string all;
    disk->scan("", [&](std::string_view key, std::string_view) { all += std::string(key) + " "; });
    return all;
  }
};

TEST_F(DiskTest, PersistsInOrderAfterTheFsync) {
  disk->submit(put(1, "a", "1", true));
  EXPECT_TRUE(persisted.empty());
  simulator.run_until(150 * kMicrosecond);
  EXPECT_TRUE(persisted.empty());
  disk->submit(put(2, "b", "2", false));
  disk->submit(put(3, "c", "3", true));
  run();
  EXPECT_EQ(persisted, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(disk->counters().fsyncs, 2);  // 2 and 3 shared one
  EXPECT_EQ(keys(), "a b c ");
}

TEST_F(DiskTest, DeletesKeysAndRanges) {
  for (const char* key : {"a", "b1", "b2", "c", "d"}) disk->submit(put(1, key, "x", true));
  DiskBatch batch;
  batch.id = 2;
  batch.sync = true;
  batch.writes = {{"d", std::nullopt}, {"b3", "inside the range that follows"}};
  batch.delete_ranges = {{"b", "c"}, {"z", "a"}};
  disk->submit(batch);
  run();
  EXPECT_EQ(keys(), "a c ");
  std::vector<std::string> found;
  disk->scan("c", [&](std::string_view key, std::string_view value) {
    found.push_back(std::string(key) + "=" + std::string(value));
  });
  EXPECT_EQ(found, (std::vector<std::string>{"c=x"}));
}

TEST_F(DiskTest, AKillKeepsWhatWasWrittenThoughNotSynced) {
  disk->submit(put(1, "a", "1", false));
  run();
  EXPECT_EQ(persisted.size(), 1u);
  restart();
  EXPECT_EQ(keys(), "a ");
}

TEST_F(DiskTest, AKillLosesWhatWaitedInTheProcess) {
  disk->submit(put(1, "a", "1", true));
  simulator.run_until(100 * kMicrosecond);  // appended, the fsync runs
  disk->submit(put(2, "b", "2", true));
  restart();
  run();
  EXPECT_EQ(keys(), "a ");
  EXPECT_TRUE(persisted.empty());  // nobody of the new process hears of old batches
}

TEST_F(DiskTest, APausedProcessHearsAfterItsResume) {
  disk->submit(put(1, "a", "1", true));
  processes.pause(0);
  run();
  EXPECT_TRUE(persisted.empty());
  processes.resume(0);
  run();
  EXPECT_EQ(persisted, (std::vector<std::uint64_t>{1}));
}

TEST_F(DiskTest, AnEarlierUnsyncedBatchIsDurableWithALaterSync) {
  disk->submit(put(1, "a", "1", false));
  run();
  disk->submit(put(2, "b", "2", true));
  run();
  EXPECT_EQ(disk->unsynced_count(), 0u);
  processes.kill(0);
  const PowerLoss loss = disk->power_lost();
  EXPECT_EQ(loss.unsynced_records, 0);
  EXPECT_TRUE(loss.marker_gone);
  processes.start(0);
  EXPECT_EQ(keys(), "a b ");
}

TEST_F(DiskTest, ADiskThatCantBeWrittenSaysSoOnceAndDoesNothingMore) {
  for (const DiskTrouble trouble : {DiskTrouble::full, DiskTrouble::errors, DiskTrouble::read_only}) {
    make(1);
    failures.clear();
    persisted.clear();
    disk->submit(put(1, "a", "1", true));
    run();
    disk->set_trouble({trouble});
    EXPECT_FALSE(disk->try_out().error.empty());
    EXPECT_EQ(disk->try_out().reading.empty(), trouble != DiskTrouble::errors);
    disk->submit(put(2, "b", "2", true));
    disk->submit(put(3, "c", "3", false));
    run();
    EXPECT_EQ(failures.size(), 1u);
    EXPECT_EQ(persisted, (std::vector<std::uint64_t>{1}));
    restart();
    EXPECT_EQ(opened, failures[0]) << "it can't be opened either";
    processes.kill(0);
    disk->relieve();
    processes.start(0);
    EXPECT_EQ(opened, "");
    EXPECT_EQ(keys(), "a ");
    processes.kill(0);
  }
}

// What Linux does: the error is told once, and what could not be written is only in memory.
TEST_F(DiskTest, AfterAFailedFsyncTheNextSucceedsAndThePowerTakesWhatWasForgotten) {
  for (const bool power : {false, true}) {
    make(1);
    failures.clear();
    disk->set_trouble({DiskTrouble::lost_sync});
    disk->submit(put(1, "a", "1", true));
    run();
    EXPECT_EQ(failures, (std::vector<std::string>{"input/output error"}));
    EXPECT_EQ(disk->try_out().error, "");
    processes.kill(0);
    if (power) disk->power_lost();
    processes.start(0);
    EXPECT_EQ(keys(), power ? "" : "a ") << "before the power is lost, memory still shows it";
    disk->submit(put(2, "b", "2", true));
    run();
    EXPECT_EQ(persisted.back(), 2u);
    processes.kill(0);
  }
}

TEST_F(DiskTest, ASlowDiskTakesItsTimeAndAStuckOneForEver) {
  disk->set_trouble({DiskTrouble::slow, 300 * kMillisecond});
  disk->submit(put(1, "a", "1", true));
  simulator.run_until(simulator.now() + 299 * kMillisecond);
  EXPECT_TRUE(persisted.empty());
  simulator.run_until(simulator.now() + 100 * kMillisecond);
  EXPECT_EQ(persisted.size(), 1u);
  disk->set_trouble({DiskTrouble::stuck});
  EXPECT_FALSE(disk->try_out().answers);
  disk->submit(put(2, "b", "2", true));
  simulator.run_until(simulator.now() + 100 * kSecond);
  EXPECT_EQ(persisted.size(), 1u);
  disk->relieve();
  run();
  EXPECT_EQ(persisted.size(), 2u);
  EXPECT_TRUE(failures.empty());
}

TEST_F(DiskTest, EveryDamageIsNoticedWhereverItIs) {
  for (const char* key : {"a", "b", "c"}) disk->submit(put(1, key, std::string(50, *key), true));
  run();
  processes.kill(0);
  EXPECT_EQ(disk->damage(FileDamage::Kind::stale, 1), "");
  for (const auto kind : {FileDamage::Kind::flip, FileDamage::Kind::truncate, FileDamage::Kind::misdirect}) {
    for (std::uint64_t draw = 0; draw < 500; ++draw) {
      ASSERT_NE(disk->damage(kind, draw), "");
      ASSERT_NE(disk->open(), "") << static_cast<int>(kind) << " " << draw;
      disk->repair();
      ASSERT_EQ(disk->open(), "");
    }
  }
  EXPECT_EQ(keys(), "a b c ");
}

TEST_F(DiskTest, AProcessThatEndsInGoodOrderKeepsAllThatItSubmitted) {
  disk->submit(put(1, "a", "1", true));
  disk->submit(put(2, "b", "2", false));
  disk->finish();
  processes.kill(0);
  disk->power_lost();
  processes.start(0);
  EXPECT_EQ(keys(), "a b ");
}

TEST_F(DiskTest, ATornWriteIsCutInsideARecord) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    make(seed);
    disk->submit(put(1, "a", "1", true));
    run();
    for (std::uint64_t i = 2; i < 6; ++i) disk->submit(put(i, "b", "2", false));
    run();
    processes.kill(0);
    EXPECT_TRUE(disk->power_lost(true).torn) << seed;
    processes.start(0);
    EXPECT_EQ(keys().substr(0, 2), "a ");
    processes.kill(0);
  }
}

TEST_F(DiskTest, UnsyncedRecordsAreBounded) {
  for (std::uint64_t i = 0; i < SimDisk::kUnsyncedMax + 100; ++i)
    disk->submit(put(i, "k" + std::to_string(i), "", false));
  run();
  EXPECT_LE(disk->unsynced_count(), SimDisk::kUnsyncedMax);
}

// Whatever the moment of the failure: what was reported as synced is there, and what is there is a prefix.
TEST_F(DiskTest, PowerLossKeepsAPrefixThatHoldsAllThatWasSynced) {
  int torn = 0;
  int partly = 0;
  int lost_all = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Rng rng(seed);
    if (processes.state(0) != Processes::State::dead) processes.kill(0);
    make(seed);
    persisted.clear();
    const int count = static_cast<int>(rng.between(1, 30));
    std::vector<bool> sync;
    for (int i = 0; i < count; ++i) {
      sync.push_back(rng.chance(1, 10));
      disk->submit(put(static_cast<std::uint64_t>(i), "k" + std::to_string(1000 + i), std::string(40, 'v'),
                       sync.back()));
      simulator.run_until(simulator.now() + rng.between(0, 400 * kMicrosecond));
    }
    std::int64_t promised = 0;  // records up to the last synced batch that was reported
    for (const std::uint64_t id : persisted) {
      if (sync[id]) promised = static_cast<std::int64_t>(id) + 1;
    }
    processes.kill(0);
    const PowerLoss loss = disk->power_lost();
    EXPECT_TRUE(loss.marker_gone);
    EXPECT_EQ(loss.records_kept + loss.records_lost, loss.unsynced_records);
    processes.start(0);
    const auto found = static_cast<std::int64_t>(disk->content().size());
    ASSERT_GE(found, promised);
    std::int64_t expected = 1000;
    for (const auto& [key, value] : disk->content()) ASSERT_EQ(key, "k" + std::to_string(expected++));
    torn += loss.torn ? 1 : 0;
    partly += loss.records_kept > 0 && loss.records_lost > 0 ? 1 : 0;
    lost_all += loss.unsynced_records > 0 && loss.records_kept == 0 ? 1 : 0;
  }
  EXPECT_GT(torn, 20);
  EXPECT_GT(partly, 20);
  EXPECT_GT(lost_all, 20);
}

}  // namespace
}  // namespace assay::sim
