// The workload "backup-restore" and its judge: replication is no backup, a backup is one.
#include <gtest/gtest.h>

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
