// The network that is routed in real time: nothing here depends on how fast the machine is, only on what can't be earlier.
#include "targets/maelstrom/routed_network.h"

#include <gtest/gtest.h>

#include "harness/run/real_world.h"

namespace assay::maelstrom {
namespace {

struct Running {
  explicit Running(const NetworkSettings& settings = {}, std::uint64_t seed = 1)
      : network(world.io_context(), world, 3, 4, settings, Rng(seed)) {}

  // What faults do is done beside the loop.
  template <typename Work>
  void beside(Work work) {
    bool done = false;
    world.run_blocking(work, [&done] { done = true; });
    run_until([&done] { return done; });
  }
  template <typename Reached>
  void run_until(Reached reached) {
    const Nanos end = world.now() + 30 * kSecond;
    while (!reached() && world.now() < end) world.wait(world.now() + kSecond);
    EXPECT_TRUE(reached());
  }

  RealWorld world;
  RoutedNetwork network;
};

TEST(RoutedNetwork, MessagesTakeTheirTimeAndThoseOfClientsNone) {
  Running run({.latency = 20 * kMillisecond});
  std::vector<int> arrived;
  Nanos when = 0;
  const Nanos sent = run.world.now();
  for (int i = 0; i < 3; ++i)
    run.network.send(0, 1, 10, [&, i] { arrived.push_back(i), when = run.world.now(); });
  run.network.send(0, run.network.service(2), 10, [&] { arrived.push_back(3); });
  run.network.send(kClients, 1, 10, [&] { arrived.push_back(-1); });
  EXPECT_EQ(arrived, std::vector<int>{-1});
  run.run_until([&] { return arrived.size() == 5; });
  EXPECT_EQ(arrived, (std::vector<int>{-1, 0, 1, 2, 3})) << "a constant latency keeps their order";
  EXPECT_GE(when - sent, 20 * kMillisecond);
  const NetworkTotals totals = run.network.totals();
  EXPECT_EQ(totals.between_nodes, 3);
  EXPECT_EQ(totals.of_services, 1);
  EXPECT_EQ(totals.of_clients, 1);
}

TEST(RoutedNetwork, ACutDropsWhatIsSentAndWhatIsUnderWay) {
  Running run({.latency = 20 * kMillisecond});
  int arrived = 0;
  const std::vector<Link> cut = {{0, 1}, {1, 0}, {kClients, 2}};
  run.network.send(0, 1, 10, [&] { ++arrived; });
  run.network.cut(cut);
  run.network.send(1, 0, 10, [&] { ++arrived; });
  run.network.send(kClients, 2, 10, [&] { ++arrived; });
  const std::vector<Link> open = {{0, 2}, {2, 0}, {2, kClients}};
  run.beside([&] {
    EXPECT_TRUE(run.network.probe(cut, false).proved);
    EXPECT_TRUE(run.network.probe(open, true).proved);
    EXPECT_FALSE(run.network.probe(cut, true).proved);
    EXPECT_FALSE(run.network.probe(open, false).proved);
  });
  EXPECT_EQ(arrived, 0);
  EXPECT_EQ(run.network.totals().cut, 3);
  run.network.heal();
  run.beside([&] { EXPECT_TRUE(run.network.probe(cut, true).proved); });
  run.network.send(kClients, 2, 10, [&] { ++arrived; });
  EXPECT_EQ(arrived, 1);
}

TEST(RoutedNetwork, AScriptCutsAndLetsGo) {
  Running run;
  const std::vector<TimedCut> script = {{{0, 1}, 0, 5 * kMillisecond}};
  run.network.play(script, 10 * kMillisecond);
  int arrived = 0, sent = 0;
  const Nanos end = run.world.now() + 30 * kSecond;
  while ((arrived == 0 || arrived == sent || run.network.played() < 4) && run.world.now() < end) {
    ++sent;
    run.network.send(0, 1, 10, [&] { ++arrived; });
  }
  EXPECT_GT(arrived, 0);
  EXPECT_LT(arrived, sent);
  run.network.heal();
  const int before = arrived;
  run.network.send(0, 1, 10, [&] { ++arrived; });
  EXPECT_EQ(arrived, before + 1);
}

// Which of a hundred messages arrive.
std::vector<int> fates(std::uint64_t seed) {
  Running run({.loss_ppm = 500'000}, seed);
  std::vector<int> arrived;
  for (int i = 0; i < 100; ++i) run.network.send(0, 1, 10, [&, i] { arrived.push_back(i); });
  EXPECT_EQ(run.network.totals().lost, 100 - static_cast<std::int64_t>(arrived.size()));
  return arrived;
}

TEST(RoutedNetwork, WhatIsLostComesFromTheSeed) {
  EXPECT_EQ(fates(5), fates(5));
  EXPECT_NE(fates(5), fates(6));
  EXPECT_NEAR(static_cast<double>(fates(5).size()), 50, 20);
}

TEST(RoutedNetwork, BadLinksAreMeasuredAsTheyAre) {
  Running run;
  PacketQuality slow, lossy;
  slow.delay = 30 * kMillisecond;
  lossy.loss_ppm = 500'000;
  lossy.duplicate_ppm = 200'000;
  run.network.shape(std::vector<ShapedLink>{{{0, 1}, slow}, {{1, 2}, lossy}});
  const std::vector<Link> links = {{0, 1}, {1, 2}, {2, 0}};
  const ProbePlan plan{.count = 100, .interval = kMillisecond / 5};
  run.beside([&] {
    const auto measured = run.network.measure(links, plan);
    ASSERT_EQ(measured.size(), 3U);
    EXPECT_EQ(measured[0].arrived, 100);
    EXPECT_GE(measured[0].delay_median, 30 * kMillisecond);
    EXPECT_NEAR(static_cast<double>(measured[1].arrived), 50, 20);
    EXPECT_GT(measured[1].duplicates, 0);
    EXPECT_EQ(measured[2].arrived, 100);
  });
  run.network.restore();
  run.beside([&] { EXPECT_EQ(run.network.measure(links, plan)[1].arrived, 100); });
}

}  // namespace
}  // namespace assay::maelstrom
