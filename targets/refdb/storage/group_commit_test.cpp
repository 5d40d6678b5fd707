#include "targets/refdb/storage/group_commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "harness/core/testing/temporary_folder.h"

namespace assay::refdb {
namespace {

class Reports {
 public:
  void add(const CommitReport& report) {
    const std::lock_guard lock(mutex_);
    batches_.insert(batches_.end(), report.batches.begin(), report.batches.end());
    error_ += report.error;
    changed_.notify_all();
  }
  std::vector<std::uint64_t> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() >= count || !error_.empty(); });
    return batches_;
  }
  std::vector<std::uint64_t> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> batches_;
  std::string error_;
};

Effects take(std::uint64_t batch, bool must_sync) {
  Effects effects;
  effects.batch = batch;
  effects.must_sync = must_sync;
  effects.writes = {{"last", std::to_string(batch)}, {"k" + std::to_string(batch), "x"}};
  return effects;
}

std::vector<std::uint64_t> numbers_to(std::uint64_t count) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 1; i <= count; ++i) numbers.push_back(i);
  return numbers;
}

TEST(GroupCommit, ReportsEveryBatchOnceInOrderAndSyncsLessOftenThanItIsAsked) {
  TemporaryFolder folder;
  Storage storage({folder.path("data"), "n1", ""});
  Reports reports;
  GroupCommit commit(storage, true, [&](const CommitReport& report) { reports.add(report); });
  for (std::uint64_t i = 1; i <= 2'000; ++i) commit.submit(take(i, true));
  EXPECT_EQ(reports.wait_for(2'000), numbers_to(2'000));
  const CommitCounters counters = commit.counters();
  EXPECT_EQ(counters.batches, 2'000);
  EXPECT_GT(counters.syncs, 0);
  EXPECT_EQ(counters.syncs, counters.groups);
  EXPECT_LT(counters.syncs, 2'000);
  std::int64_t classified = 0;
  for (const std::int64_t class_count : counters.sync_classes) classified += class_count;
  EXPECT_EQ(classified, counters.syncs);
  EXPECT_EQ(commit.backlog_size_bytes(), 0u);
}

TEST(GroupCommit, WhatIsReportedIsInTheStorage) {
  TemporaryFolder folder;
  Storage storage({folder.path("data"), "n1", ""});
  Reports reports;
  GroupCommit commit(storage, true, [&](const CommitReport& report) {
    // On the storage thread, so that nothing else is being applied meanwhile.
    std::string last;
    storage.scan("last", [&](std::string_view, std::string_view value) { last = value; });
    EXPECT_EQ(last, std::to_string(report.batches.back()));
    reports.add(report);
  });
  for (std::uint64_t i = 1; i <= 200; ++i) commit.submit(take(i, i % 3 == 0));
  EXPECT_EQ(reports.wait_for(200), numbers_to(200));
}

TEST(GroupCommit, NeverSyncsWhenNothingAsksForItOrWhenItIsSwitchedOff) {
  for (const bool fsync : {true, false}) {
    TemporaryFolder folder;
    Storage storage({folder.path("data"), "n1", ""});
    Reports reports;
    GroupCommit commit(storage, fsync, [&](const CommitReport& report) { reports.add(report); });
    for (std::uint64_t i = 1; i <= 50; ++i) commit.submit(take(i, !fsync));
    EXPECT_EQ(reports.wait_for(50).size(), 50u);
    EXPECT_EQ(commit.counters().syncs, 0);
  }
}

TEST(GroupCommit, FinishesWhatWasSubmittedBeforeItEnds) {
  TemporaryFolder folder;
  Reports reports;
  {
    Storage storage({folder.path("data"), "n1", ""});
    GroupCommit commit(storage, true, [&](const CommitReport& report) { reports.add(report); });
    for (std::uint64_t i = 1; i <= 100; ++i) commit.submit(take(i, true));
  }
  EXPECT_EQ(reports.batches(), numbers_to(100));
  int found = 0;
  const Storage reopened({folder.path("data"), "n1", ""});
  reopened.scan("k", [&](std::string_view, std::string_view) { ++found; });
  EXPECT_EQ(found, 100);
}

}  // namespace
}  // namespace assay::refdb
