#include "harness/sim/sim_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace assay::sim {
namespace {

struct Arrival {
  NodeId to;
  NodeId from;
  std::string payload;
  Nanos time;
};

struct Net : DatagramReceiver {
  Simulator simulator;
  SimProcesses processes;
  SimNetwork network;
  std::vector<Arrival> arrivals;

  explicit Net(const NetworkConfig& config, int nodes = 3, std::uint64_t seed = 1)
      : processes(simulator, nodes), network(simulator, processes, nodes, config, Rng(seed)) {
    network.set_receiver(this);
    for (int node = 0; node < nodes; ++node) processes.start(static_cast<NodeId>(node));
  }
  void datagram(NodeId to, NodeId from, std::string payload) override {
    arrivals.push_back({to, from, std::move(payload), simulator.now()});
  }
  std::string received(NodeId to) const {
    std::string all;
    for (const Arrival& arrival : arrivals) {
      if (arrival.to == to) all += arrival.payload + " ";
    }
    return all;
  }
};

NetworkConfig calm() { return {.loss_ppm = 0, .duplicate_ppm = 0, .reorder_ppm = 0}; }

TEST(SimNetwork, DeliversInOrderAfterLatency) {
  Net net(calm());
  for (int i = 0; i < 200; ++i) net.network.send(0, 1, std::to_string(i));
  net.simulator.run_until(kSecond);
  ASSERT_EQ(net.arrivals.size(), 200u);
  for (int i = 0; i < 200; ++i) {
    const Arrival& arrival = net.arrivals[static_cast<std::size_t>(i)];
    EXPECT_EQ(arrival.payload, std::to_string(i));
    EXPECT_GE(arrival.time, 200 * kMicrosecond);
  }
}

TEST(SimNetwork, LosesDuplicatesAndReordersAtTheAskedRates) {
  Net net({.loss_ppm = 100'000, .duplicate_ppm = 50'000, .reorder_ppm = 200'000});
  const int count = 50'000;
  for (int i = 0; i < count; ++i) {
    net.simulator.at(i * 100 * kMicrosecond, [&net, i] { net.network.send(0, 1, std::to_string(i)); });
  }
  net.simulator.run_until(100 * kSecond);
  const NetworkCounters& counters = net.network.counters();
  EXPECT_EQ(counters.sent, count);
  EXPECT_NEAR(static_cast<double>(counters.lost), count * 0.10, count * 0.01);
  EXPECT_NEAR(static_cast<double>(counters.duplicated), count * 0.9 * 0.05, count * 0.005);
  EXPECT_EQ(counters.delivered, counters.sent - counters.lost + counters.duplicated);
  EXPECT_EQ(net.arrivals.size(), static_cast<std::size_t>(counters.delivered));
  int overtaken = 0;
  int highest = -1;
  for (const Arrival& arrival : net.arrivals) {
    const int number = std::stoi(arrival.payload);
    if (number < highest) ++overtaken;
    highest = std::max(highest, number);
  }
  EXPECT_GT(overtaken, count / 20);
}

TEST(SimNetwork, ACutIsDirected) {
  Net net(calm());
  const Link link{0, 1};
  net.network.cut({&link, 1});
  net.network.send(0, 1, "blocked");
  net.network.send(1, 0, "back");
  net.network.send(0, 2, "aside");
  net.simulator.run_until(kSecond);
  EXPECT_EQ(net.received(0), "back ");
  EXPECT_EQ(net.received(1), "");
  EXPECT_EQ(net.received(2), "aside ");
  EXPECT_EQ(net.network.counters().cut, 1);
  net.network.heal();
  net.network.heal();
  net.network.send(0, 1, "healed");
  net.simulator.run_until(2 * kSecond);
  EXPECT_EQ(net.received(1), "healed ");
}

TEST(SimNetwork, ACutDropsWhatIsUnderWay) {
  Net net(calm());
  net.network.send(0, 1, "late");
  const Link link{0, 1};
  net.network.cut({&link, 1});
  net.simulator.run_until(kSecond);
  EXPECT_EQ(net.received(1), "");
}

// What is recorded is what was sent in the stretch; recording changes nothing.
TEST(SimNetwork, RecordsMessagesOfAStretchWithoutTouchingTheRun) {
  const NetworkConfig rough{.loss_ppm = 200'000, .duplicate_ppm = 50'000, .reorder_ppm = 100'000};
  Net plain(rough), traced(rough);
  traced.network.trace(10 * kMillisecond, 20 * kMillisecond, 5 * kMillisecond, 1000);
  for (Net* net : {&plain, &traced}) {
    for (int i = 0; i < 40; ++i)
      net->simulator.at(i * kMillisecond, [net, i] { net->network.send(0, 1, std::to_string(i)); });
    net->simulator.run_until(kSecond);
  }
  EXPECT_EQ(plain.simulator.digest(), traced.simulator.digest());
  EXPECT_EQ(plain.received(1), traced.received(1));
  EXPECT_TRUE(plain.network.traced().empty());
  const std::vector<TracedMessage>& messages = traced.network.traced();
  ASSERT_GE(messages.size(), 11u);
  EXPECT_EQ(messages.front().sent, 5 * kMillisecond);
  EXPECT_EQ(messages.back().sent, 15 * kMillisecond);
  const auto lost = [](const TracedMessage& message) { return message.arrived == kNever; };
  EXPECT_TRUE(std::any_of(messages.begin(), messages.end(), lost));
  EXPECT_FALSE(std::all_of(messages.begin(), messages.end(), lost));
}

TEST(SimNetwork, RecordsWhatWasCutOnItsWayAndStopsWhenFull) {
  Net net(calm());
  net.network.trace(0, kSecond, 0, 2);
  net.network.send(0, 1, "cut");
  net.network.send(0, 2, "arrives");
  net.network.send(0, 2, "one too many");
  const Link link{0, 1};
  net.network.cut({&link, 1});
  net.simulator.run_until(kSecond);
  ASSERT_EQ(net.network.traced().size(), 2u);
  EXPECT_EQ(net.network.traced()[0].arrived, kNever);
  EXPECT_LT(net.network.traced()[1].arrived, kSecond);
}

TEST(SimNetwork, CutsAddUp) {
  Net net(calm());
  const Link first{0, 1};
  const Link second{1, 0};
  net.network.cut({&first, 1});
  net.network.cut({&second, 1});
  EXPECT_TRUE(net.network.is_cut(0, 1));
  EXPECT_TRUE(net.network.is_cut(1, 0));
  EXPECT_FALSE(net.network.is_cut(0, 2));
}

TEST(SimNetwork, ProbesMeasureWhatTheCutsDo) {
  Net net({});
  const std::vector<Link> both{{0, 1}, {2, 1}};
  const Evidence open = net.network.probe(both, true);
  EXPECT_TRUE(open.proved);
  EXPECT_EQ(find_fact(open.facts, "links open")->as_integer(), 2);
  EXPECT_FALSE(net.network.probe(both, false).proved);

  const Link link{0, 1};
  net.network.cut({&link, 1});
  EXPECT_TRUE(net.network.probe({&link, 1}, false).proved);
  const Evidence partly = net.network.probe(both, false);
  EXPECT_FALSE(partly.proved);
  EXPECT_EQ(find_fact(partly.facts, "not as expected")->to_string(),
            Value::list({Value::text("2>1")}).to_string());
  net.network.heal();
  EXPECT_TRUE(net.network.probe(both, true).proved);
  EXPECT_TRUE(net.arrivals.empty());  // probes never reach the processes
}

TEST(SimNetwork, AScriptCutsAndLetsGoAgainAndAgain) {
  Net net(calm());
  const TimedCut script[] = {{{0, 1}, 0, 100 * kMillisecond},
                             {{1, 0}, 50 * kMillisecond, 150 * kMillisecond}};
  net.network.play(script, 200 * kMillisecond);
  for (int round = 0; round < 3; ++round) {
    const Nanos begin = round * 200 * kMillisecond;
    net.simulator.run_until(begin + 25 * kMillisecond);
    EXPECT_TRUE(net.network.is_cut(0, 1) && !net.network.is_cut(1, 0));
    net.simulator.run_until(begin + 125 * kMillisecond);
    EXPECT_TRUE(!net.network.is_cut(0, 1) && net.network.is_cut(1, 0));
    net.simulator.run_until(begin + 175 * kMillisecond);
    EXPECT_TRUE(!net.network.is_cut(0, 1) && !net.network.is_cut(1, 0));
  }
  EXPECT_EQ(net.network.played(), 12);
  net.simulator.run_until(625 * kMillisecond);
  EXPECT_TRUE(net.network.is_cut(0, 1));
  net.network.heal();
  EXPECT_FALSE(net.network.is_cut(0, 1));
  net.simulator.run_until(2 * kSecond);
  EXPECT_FALSE(net.network.is_cut(0, 1) || net.network.is_cut(1, 0));
}

PacketQuality quality(const char* text) { return *parse_packet_quality(text); }

TEST(SimNetwork, ShapedLinksAreAsBadAsAskedAndTheOthersAsBefore) {
  Net net(calm());
  const std::vector<ShapedLink> shaped = {{{0, 1}, quality("delay:30ms~5ms")},
                                          {{1, 0}, quality("loss:20%+duplicate:10%")},
                                          {{0, 2}, quality("rate:1mbit")}};
  net.network.shape(shaped);
  const std::vector<Link> links = {{0, 1}, {1, 0}, {0, 2}, {2, 0}};
  const auto slow = net.network.measure(links, {.count = 2'000, .interval = kMillisecond});
  EXPECT_NEAR(static_cast<double>(slow[0].delay_median), 30.3e6, 0.5e6);
  EXPECT_EQ(slow[0].arrived, 2'000);
  EXPECT_GT(slow[0].overtaken, 0);
  EXPECT_NEAR(static_cast<double>(slow[1].arrived), 1'600, 80);
  EXPECT_NEAR(static_cast<double>(slow[1].duplicates), 160, 50);
  EXPECT_EQ(slow[3].arrived, 2'000);
  EXPECT_LT(slow[3].delay_median, kMillisecond);
  const auto full = net.network.measure(std::vector<Link>{{0, 2}},
                                        {.count = 40, .interval = kMillisecond, .size_bytes = 1242});
  EXPECT_NEAR(static_cast<double>(full[0].rate), 1e6, 0.05e6);

  net.network.restore();
  net.network.restore();
  for (const LinkMeasure& measure : net.network.measure(links, {})) {
    EXPECT_EQ(measure.arrived, measure.sent);
    EXPECT_EQ(measure.duplicates, 0);
    EXPECT_LT(measure.delay_median, kMillisecond);
  }
  EXPECT_TRUE(net.arrivals.empty()) << "probes never reach the processes";
}

TEST(SimNetwork, MessagesSufferAsProbesDo) {
  Net net(calm());
  const ShapedLink shaped{{0, 1}, quality("delay:30ms+corrupt:50%")};
  net.network.shape({&shaped, 1});
  for (int i = 0; i < 1'000; ++i) net.network.send(0, 1, "x");
  net.simulator.run_until(kSecond);
  EXPECT_NEAR(static_cast<double>(net.arrivals.size()), 500, 80);
  EXPECT_EQ(net.network.counters().corrupted + static_cast<std::int64_t>(net.arrivals.size()), 1'000);
  for (const Arrival& arrival : net.arrivals) EXPECT_GE(arrival.time, 30 * kMillisecond);
}

// What is measured of one link changes nothing for messages on others.
TEST(SimNetwork, APartitionIsStillProvedWhereLinksAreBad) {
  Net net({});
  std::vector<ShapedLink> shaped;
  for (NodeId from = 0; from < 3; ++from) {
    for (NodeId to = 0; to < 3; ++to) {
      if (from != to) shaped.push_back({{from, to}, quality("loss:60%+delay:300ms~100ms~exponential")});
    }
  }
  net.network.shape(shaped);
  const Link cut{0, 1};
  net.network.cut({&cut, 1});
  EXPECT_TRUE(net.network.probe({&cut, 1}, false).proved);
  EXPECT_TRUE(net.network.probe(std::vector<Link>{{1, 0}, {0, 2}, {2, 1}}, true).proved);
}

TEST(SimNetwork, LosesWhatIsUnderWayWhenAskedAndSilentLinksLoseAll) {
  Net net(calm());
  net.network.send(0, 1, "lost");
  net.network.lose_under_way({0, 1});
  net.network.send(0, 1, "later");
  net.simulator.run_until(kSecond);
  EXPECT_EQ(net.received(1), "later ");
  net.network.set_silent({0, 1}, true);
  net.network.heal();
  net.network.send(0, 1, "into the void");
  net.simulator.run_until(2 * kSecond);
  net.network.set_silent({0, 1}, false);
  net.network.send(0, 1, "heard");
  net.simulator.run_until(3 * kSecond);
  EXPECT_EQ(net.received(1), "later heard ");
}

TEST(SimNetwork, ProbesReachTheHostOfADeadProcess) {
  Net net(calm());
  net.processes.kill(1);
  const Link link{0, 1};
  EXPECT_TRUE(net.network.probe({&link, 1}, true).proved);
}

TEST(SimNetwork, TotalLossIsNotProvedOpen) {
  Net net({.loss_ppm = 1'000'000});
  const Link link{0, 1};
  EXPECT_FALSE(net.network.probe({&link, 1}, true).proved);
}

TEST(SimNetwork, APausedProcessGetsItsMessagesAfterwardsInOrder) {
  Net net(calm());
  net.processes.pause(1);
  for (int i = 0; i < 3; ++i) net.network.send(0, 1, std::to_string(i));
  net.simulator.run_until(kSecond);
  EXPECT_EQ(net.received(1), "");
  net.processes.resume(1);
  net.network.send(0, 1, "after");
  net.simulator.run_until(2 * kSecond);
  EXPECT_EQ(net.received(1), "0 1 2 after ");
  EXPECT_EQ(net.arrivals.front().time, kSecond);
}

TEST(SimNetwork, APausedProcessKeepsABoundedBacklog) {
  Net net(calm());
  net.processes.pause(1);
  for (std::size_t i = 0; i < SimProcesses::kHeldMax + 10; ++i) net.network.send(0, 1, "x");
  net.simulator.run_until(kSecond);
  EXPECT_EQ(net.network.counters().undeliverable, 10);
}

TEST(SimNetwork, ADeadProcessGetsNothingAndForgetsItsBacklog) {
  Net net(calm());
  net.processes.pause(1);
  net.network.send(0, 1, "held");
  net.simulator.run_until(kSecond);
  net.processes.kill(1);
  net.network.send(0, 1, "lost");
  net.simulator.run_until(2 * kSecond);
  net.processes.start(1);
  net.simulator.run_until(3 * kSecond);
  EXPECT_EQ(net.received(1), "");
  EXPECT_EQ(net.network.counters().undeliverable, 1);
}

}  // namespace
}  // namespace assay::sim
