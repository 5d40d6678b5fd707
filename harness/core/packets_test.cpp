#include "harness/core/packets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace assay {
namespace {

TEST(Packets, WhatIsFormattedIsReadBack) {
  for (const char* text :
       {"delay:100ms", "delay:100ms~20ms", "delay:100ms~20ms~normal", "delay:1ms~20ms~exponential", "loss:5%",
        "loss:0.5%~8", "duplicate:1%", "reorder:10%~5ms", "corrupt:0.0001%", "rate:10mbit", "rate:1500kbit",
        "delay:50ms~5ms+loss:1%+duplicate:2%+reorder:3%~1ms+corrupt:4%+rate:1gbit"}) {
    const auto quality = parse_packet_quality(text);
    ASSERT_TRUE(quality.has_value()) << text;
    EXPECT_EQ(format_packet_quality(*quality), text);
  }
  EXPECT_EQ(parse_packet_quality("rate:1.5mbit")->rate, 1'500'000);
  EXPECT_EQ(parse_packet_quality("loss:0.25%")->loss_ppm, 2'500);
}

TEST(Packets, RefusesWhatMakesNoSense) {
  for (const char* text : {"",
                           "delay",
                           "delay:",
                           "delay:0",
                           "delay:-5ms",
                           "delay:5",
                           "delay:5ms~6ms",
                           "delay:5ms~1ms~gauss",
                           "delay:5ms~1ms~normal~x",
                           "delay:2h",
                           "loss:5",
                           "loss:0%",
                           "loss:95%",
                           "loss:5%~0",
                           "loss:5%~x",
                           "duplicate:1%~2",
                           "rate:10",
                           "rate:0mbit",
                           "rate:10bit",
                           "rate:1.5bit",
                           "rate:200gbit",
                           "speed:1mbit",
                           "delay:5ms+",
                           "delay:5ms+delay:6ms",
                           "reorder:1%~0",
                           "loss:0.00001%"}) {
    EXPECT_FALSE(parse_packet_quality(text).has_value()) << text;
  }
}

struct Seen {
  std::vector<Nanos> delays;
  int lost = 0, duplicated = 0, corrupted = 0, overtaken = 0, bursts = 0;
  Nanos last = 0;
};

Seen send(const char* text, int count, Nanos interval, std::int64_t size_bytes = 100) {
  PacketFates fates(*parse_packet_quality(text), Rng(7));
  Seen seen;
  bool before_lost = false;
  Nanos latest = 0;
  for (int i = 0; i < count; ++i) {
    const Nanos now = i * interval;
    const PacketFates::Fate fate = fates.next(now, size_bytes);
    const bool lost = fate.copies == 0;
    seen.lost += lost ? 1 : 0;
    seen.bursts += lost && !before_lost ? 1 : 0;
    seen.duplicated += fate.copies == 2 ? 1 : 0;
    seen.corrupted += fate.corrupted ? 1 : 0;
    before_lost = lost;
    if (lost) continue;
    seen.delays.push_back(fate.leaves[0] - now);
    if (fate.leaves[0] < latest) ++seen.overtaken;
    latest = std::max(latest, fate.leaves[0]);
    seen.last = fate.leaves[0];
  }
  std::sort(seen.delays.begin(), seen.delays.end());
  return seen;
}

TEST(Packets, DelaysComeOutAsAsked) {
  for (const char* text : {"delay:100ms~20ms", "delay:100ms~20ms~normal", "delay:100ms~20ms~exponential"}) {
    const Seen seen = send(text, 10'001, kSecond);
    const auto median = static_cast<double>(seen.delays[5000]);
    EXPECT_NEAR(median, static_cast<double>(parse_packet_quality(text)->median_delay()), 1e6) << text;
  }
  EXPECT_EQ(send("delay:30ms", 100, kMillisecond).delays.back(), 30 * kMillisecond);
  const Seen normal = send("delay:100ms~20ms~normal", 10'001, kSecond);
  EXPECT_NEAR(static_cast<double>(normal.delays[8413] - normal.delays[5000]), 20e6, 1e6) << "one deviation";
}

TEST(Packets, PacketsOvertakeEachOtherByJitterAndReorderingOnly) {
  EXPECT_EQ(send("delay:10ms+rate:1mbit", 5'000, kMillisecond).overtaken, 0);
  EXPECT_GT(send("delay:10ms~9ms", 5'000, kMillisecond).overtaken, 1'000);
  EXPECT_GT(send("reorder:10%~5ms", 5'000, kMillisecond).overtaken, 250);
}

TEST(Packets, SharesComeOutAsAsked) {
  const int count = 100'000;
  EXPECT_NEAR(send("loss:5%", count, 1).lost, 5'000, 300);
  EXPECT_NEAR(send("duplicate:5%", count, 1).duplicated, 5'000, 300);
  EXPECT_NEAR(send("corrupt:5%", count, 1).corrupted, 5'000, 300);
  const Seen bursts = send("loss:5%~10", count, 1);
  EXPECT_NEAR(bursts.lost, 5'000, 900);
  EXPECT_NEAR(static_cast<double>(bursts.lost) / bursts.bursts, 10, 1);
}

TEST(Packets, ARateLimitsAndItsQueueOverflows) {
  // 1250 bytes at 10 mbit take a millisecond each.
  const Seen under = send("rate:10mbit", 1'000, 2 * kMillisecond, 1250);
  EXPECT_EQ(under.lost, 0);
  EXPECT_EQ(under.delays.back(), kMillisecond);
  const Seen over = send("rate:10mbit", 2'000, kMillisecond / 2, 1250);
  EXPECT_NEAR(static_cast<double>(over.delays.size()), 1'500, 20);
  EXPECT_LE(over.delays.back(), PacketFates::kQueueMax + 2 * kMillisecond);
}

}  // namespace
}  // namespace assay
