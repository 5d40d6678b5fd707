// The workload "backup-restore" and its judge: replication is no backup, a backup is one.
#include <gtest/gtest.h>

#include <set>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;

TEST(BackupRestoreWorkload, WhatWasThereBeforeTheBackupIsThereAgain) {
  for (const Nanos lag : {Nanos{0}, 20 * kMillisecond}) {
    const Model model{.lag = lag};
    const auto workload = testing::make("backup-restore", model);
    const History history = testing::run(*workload, model);
    EXPECT_EQ(testing::verdicts(*workload, history)["durability"], "valid");
    EXPECT_GT(statistic(*workload, history, "durability", "writes_undone"), 20);
    int restores = 0;
    for (const Operation op : history.operations()) restores += op.mops[0].fn == Fn::restore ? 1 : 0;
    EXPECT_EQ(restores, 1);
  }
}

// Noted many times; one of these moments is chosen.
TEST(BackupRestoreWorkload, AnyMomentThatWasNotedCanBeChosen) {
  std::set<std::int64_t> chosen;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Model model{.seed = seed};
    const auto workload = testing::make(
        "backup-restore", model,
        {{"point", Value::text("time")}, {"marks", Value(12)}, {"before", Value(20)}, {"between", Value(5)}});
    const History history = testing::run(*workload, model);
    EXPECT_EQ(testing::verdicts(*workload, history)["durability"], "valid");
    int notes = 0;
    for (const Operation op : history.operations()) {
      notes += op.mops[0].fn == Fn::backup && op.mops[0].argument == Value::text("time") ? 1 : 0;
      if (op.mops[0].fn == Fn::restore) chosen.insert(op.mops[0].argument.as_integer());
    }
    EXPECT_EQ(notes, 12);
  }
  EXPECT_GT(chosen.size(), 2u);
}

TEST(BackupRestoreWorkload, WithoutARestoreTheAccidentStays) {
  const Model model;
  const auto workload = testing::make("backup-restore", model, {{"restore", Value::text("no")}});
  const History history = testing::run(*workload, model);
  EXPECT_EQ(testing::verdicts(*workload, history)["durability"], "invalid: lost-write");
  EXPECT_EQ(statistic(*workload, history, "durability", "lost-write"), 20);
}

TEST(BackupRestoreWorkload, ARestoreThatDoesNothingIsFoundOut) {
  EXPECT_EQ(judged("backup-restore", Model{.restores_nothing = true})["durability"], "invalid: lost-write");
}

}  // namespace
}  // namespace assay::workloads
