// The workloads of transactions, list-append, rw-register and bank, against stores that keep transactions together and don't.
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::judged;
using testing::Model;
using testing::statistic;
using Said = std::map<std::string, std::string>;

Facts with(std::initializer_list<std::pair<const char*, const char*>> list) {
  Facts facts;
  for (const auto& [name, value] : list) facts.push_back({name, Value::text(value)});
  return facts;
}

TEST(TransactionWorkloads, OneCopyIsStrictlySerializable) {
  const Model sound{.unsure_one_in = 20};
  EXPECT_EQ(judged("list-append", sound), (Said{{"list-append", "valid"}}));
  EXPECT_EQ(judged("rw-register", sound, with({{"also", "serializable"}}))["serializable"], "valid");
  EXPECT_EQ(judged("bank", sound), (Said{{"bank", "valid"}}));
}

TEST(TransactionWorkloads, ReadsOfAnotherCopyAreNotSerializable) {
  const Model lagging{.operations = 2000, .lag = 20 * kMillisecond, .wander = true};
  EXPECT_TRUE(judged("list-append", lagging)["list-append"].starts_with("invalid"));
  EXPECT_TRUE(judged("rw-register", lagging)["rw-register"].starts_with("invalid"));
}

TEST(TransactionWorkloads, HalfATransferIsSeen) {
  const Model halving{.half_in = 30};
  const auto workload = testing::make("bank", halving);
  const History history = testing::run(*workload, halving);
  EXPECT_EQ(testing::verdicts(*workload, history)["bank"], "invalid: wrong-total");
  EXPECT_GT(statistic(*workload, history, "bank", "wrong-total"), 10);
}

TEST(TransactionWorkloads, AppendsThatAreLostShow) {
  EXPECT_TRUE(judged("list-append", Model{.lose_one_in = 50})["list-append"].starts_with("invalid"));
}

TEST(TransactionWorkloads, KeysGiveWayToFreshOnes) {
  const auto workload = testing::make("list-append", {}, {{"writes", 3}, {"length", 2}}, 2);
  Rng rng(1);
  std::map<Key, std::int64_t> writes;
  std::size_t longest = 0;
  for (int i = 0; i < 200; ++i) {
    const Request request = *workload->next(0, Phase::main, rng);
    longest = std::max(longest, request.size());
    for (const Mop& mop : request) {
      if (mop.fn == Fn::append) {
        EXPECT_EQ(mop.argument, Value(++writes[mop.key]));
      }
    }
  }
  EXPECT_EQ(longest, 2u);
  EXPECT_GT(writes.size(), 20u);
  for (const auto& [key, count] : writes) EXPECT_LE(count, 3);
}

TEST(TransactionWorkloads, OneAccountIsNoBank) { EXPECT_THROW(testing::make("bank", {}, {}, 1), InputError); }

}  // namespace
}  // namespace assay::workloads
