// Both ways to tell what can be reached, against a plain search.
#include "checkers/isolation/reachability.h"

#include <gtest/gtest.h>

#include <vector>

#include "checkers/isolation/paths.h"
#include "checkers/isolation/reading.h"
#include "checkers/testing/transaction_generator.h"
#include "harness/core/rng.h"

namespace assay::checkers::isolation {
namespace {

using testing::TransactionOptions;

// Few lines of many events: clocks with an order, blocks without.
void compare(const TransactionOptions& options, Level level, Order order) {
  const History history = testing::generate_transactions(options);
  Limits limits{Budget{}};
  Charge charge(limits);
  const Reading reading = read_registers(history, {}, "", limits, charge);
  ASSERT_TRUE(reading.objection.empty() && reading.findings.empty());
  const EventGraph graph(reading.problem, level, order, false, charge);
  std::vector<Node> sorted;
  ASSERT_TRUE(sort_events(graph, sorted));
  std::vector<Question> questions;
  Rng rng(options.seed);
  const std::size_t nodes = graph.node_count();
  for (int i = 0; i < 3'000; ++i) {
    const auto from = static_cast<Node>(rng.below(nodes));
    // Mostly near, where it is open whether there is a way; and to what happens of our own.
    const std::size_t near = (from + rng.below(80)) % nodes;
    questions.push_back({from, static_cast<Node>(rng.chance(1, 2) ? near : rng.below(nodes))});
    // Questions are about transactions, and what stands for their readers.
    const bool barrier = graph.txn_of(questions.back().to) == kNone && order == Order::real_time;
    if (barrier) questions.pop_back();
  }
  std::vector<char> answers;
  ASSERT_TRUE(reachable(graph, sorted, questions, limits, answers));
  PathFinder finder(graph);
  std::vector<EdgeId> path;
  std::size_t yes = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const bool expected = finder.find(
        questions[i].from, questions[i].to, [](const Edge&) { return 0; }, path);
    yes += expected ? 1 : 0;
    ASSERT_EQ(answers[i] != 0, expected) << questions[i].from << " to " << questions[i].to;
  }
  EXPECT_GT(yes, questions.size() / 50);
  EXPECT_LT(yes, questions.size() * 9 / 10);
}

TEST(Reachability, IsThatOfAPlainSearch) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    TransactionOptions options = testing::snapshot_store(testing::Program::steps);
    options.seed = seed;
    options.transactions = seed == 1 ? 40 : 900;
    options.clients = 6;
    options.keys = 60;
    options.mops_min = options.mops_max = 4;
    for (const Level level : {Level::snapshot_isolation, Level::serializable}) {
      options.isolation = level == Level::serializable ? testing::Isolation::strict_serializable
                                                       : testing::Isolation::snapshot_isolation;
      for (const Order order : {Order::none, Order::session, Order::real_time})
        compare(options, level, order);
    }
  }
}

}  // namespace
}  // namespace assay::checkers::isolation
