#include "harness/run/nemesis_plan.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <tuple>

#include "harness/core/error.h"
#include "harness/core/schedule.h"

namespace assay {
namespace {

std::unique_ptr<Fault> no_fault(std::string_view) { return nullptr; }

constexpr std::array<std::string_view, 3> kRotation = {"leader", "halves", "one"};

// Resources as the real ones have them: two share "process".
FaultPlugin plugin(std::string_view name, std::string_view resource,
                   std::span<const std::string_view> rotation = {}) {
  return {name,     "",
          resource, "leader, halves, one",
          rotation, [](Target&) -> std::optional<std::string> { return {}; },
          no_fault};
}

const FaultPlugin kPartition = plugin("partition", "network", kRotation);
const FaultPlugin kKill = plugin("kill", "process");
const FaultPlugin kPause = plugin("pause", "process");
const FaultPlugin kClock = plugin("clock", "clock");
const std::vector<FaultChoice> kAll = {{&kPartition, ""}, {&kKill, ""}, {&kPause, ""}, {&kClock, ""}};

std::vector<PlannedFault> draw(Nanos time_limit, std::uint64_t seed,
                               const std::vector<FaultChoice>& choices = kAll) {
  Plan plan;
  plan.time_limit = time_limit;
  return draw_nemesis_plan(choices, plan, Rng(seed));
}

TEST(NemesisPlan, EveryFaultHasItsTurnInRunsOfAnyLength) {
  for (const Nanos limit : {2 * kSecond, 5 * kSecond, 30 * kSecond, 300 * kSecond}) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      std::set<std::string_view> seen;
      for (const PlannedFault& planned : draw(limit, seed)) {
        seen.insert(planned.choice.plugin->name);
        EXPECT_GE(planned.at, 0);
        EXPECT_LT(planned.at, limit);
        EXPECT_GT(planned.duration, 0);
      }
      EXPECT_EQ(seen.size(), kAll.size()) << "limit " << limit << " seed " << seed;
    }
  }
}

TEST(NemesisPlan, WindowsOfOneResourceDoNotOverlap) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::map<std::string_view, Nanos> free_at;
    bool mixed = false;
    Nanos latest_end = 0;
    for (const PlannedFault& planned : draw(60 * kSecond, seed)) {
      Nanos& free = free_at[planned.choice.plugin->resource];
      EXPECT_GE(planned.at, free);
      free = planned.at + planned.duration;
      mixed = mixed || planned.at < latest_end;
      latest_end = std::max(latest_end, free);
    }
    EXPECT_TRUE(mixed) << "faults of different resources should sometimes be in force together";
  }
}

TEST(NemesisPlan, EachFaultIsAloneAtFirst) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto planned = draw(60 * kSecond, seed);
    for (std::size_t i = 1; i < kAll.size(); ++i) {
      EXPECT_GE(planned[i].at, planned[i - 1].at + planned[i - 1].duration);
    }
  }
}

TEST(NemesisPlan, ABareNameBeginsWithTheMostTellingVariantAndReachesAll) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<std::string> variants;
    for (const PlannedFault& planned : draw(60 * kSecond, seed, {{&kPartition, ""}})) {
      variants.push_back(planned.choice.variant);
    }
    ASSERT_GE(variants.size(), 3u);
    EXPECT_EQ(variants[0], "leader");
    EXPECT_EQ(std::set<std::string>(variants.begin(), variants.begin() + 3).size(), 3u);
  }
}

TEST(NemesisPlan, IsDrawnFromTheSeed) {
  const auto shape = [](std::uint64_t seed) {
    std::vector<std::tuple<std::string, Nanos, Nanos>> windows;
    for (const PlannedFault& planned : draw(60 * kSecond, seed)) {
      windows.emplace_back(planned.choice.plugin->name, planned.at, planned.duration);
    }
    return windows;
  };
  EXPECT_EQ(shape(1), shape(1));
  EXPECT_NE(shape(1), shape(2));
}

std::string schedule_refusal(const std::string& schedule, bool may_overlap = false) {
  FaultPlugin kill = kKill, pause = kPause;
  kill.may_overlap = pause.may_overlap = may_overlap;
  const std::array<const FaultPlugin*, 3> plugins = {&kPartition, &kill, &pause};
  Plan plan;
  plan.schedule = *parse_schedule(schedule);
  try {
    resolve_schedule(plan, plugins);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(NemesisPlan, AScheduleIsKeptToTheMoment) {
  const std::array<const FaultPlugin*, 2> plugins = {&kPartition, &kKill};
  Plan plan;
  plan.schedule = *parse_schedule("12s partition 4s; 5s kill 25s");
  const auto scheduled = resolve_schedule(plan, plugins);
  ASSERT_EQ(scheduled.size(), 2u);
  EXPECT_EQ(scheduled[0].choice.plugin, &kKill);
  EXPECT_EQ(scheduled[0].at, 5 * kSecond);
  EXPECT_EQ(scheduled[0].duration, 25 * kSecond);
  EXPECT_EQ(scheduled[1].at, 12 * kSecond);
}

TEST(NemesisPlan, RefusesASchedulesMistakes) {
  EXPECT_EQ(schedule_refusal("5s fire 1s").substr(0, 43), "--schedule fire: there is no such fault; th");
  EXPECT_EQ(schedule_refusal("5s kill 0s"), "--schedule: kill at 5s lasts no time");
  EXPECT_EQ(schedule_refusal("25s kill 6s"),
            "--schedule: kill at 25s for 6s goes beyond the end of the main phase at 30s");
  const std::string overlapping =
      "--schedule: pause at 6s begins while kill at 5s is in force; only one fault of the process can be in "
      "force at a time";
  EXPECT_EQ(schedule_refusal("6s pause 2s; 5s kill 2s"), overlapping);
  EXPECT_EQ(schedule_refusal("6s pause 2s; 5s kill 2s", true), "accepted");
  EXPECT_EQ(schedule_refusal("6s partition 2s; 5s kill 2s; 7s kill 1s"), "accepted");
}

TEST(NemesisPlan, DrawnWindowsMakeRoomForExactOnes) {
  const PlannedFault exact{{&kKill, ""}, 10 * kSecond, 5 * kSecond, true};
  const PlannedFault before{{&kPause, ""}, 5 * kSecond, 5 * kSecond};
  const PlannedFault during{{&kPause, ""}, 14 * kSecond, 5 * kSecond};
  const PlannedFault other{{&kClock, ""}, 11 * kSecond, 5 * kSecond};
  const auto merged = merge_nemesis_plans({before, during, other}, {exact});
  ASSERT_EQ(merged.size(), 3u);
  EXPECT_EQ(merged[0].at, before.at);
  EXPECT_EQ(merged[1].at, exact.at);
  EXPECT_TRUE(merged[1].exact);
  EXPECT_EQ(merged[2].at, other.at);
}

TEST(NemesisPlan, WeightsSayWhoComesMoreOften) {
  const std::array<const FaultPlugin*, 2> plugins = {&kPartition, &kClock};
  const auto choices = resolve_faults({"partition=3", "clock"}, plugins);
  ASSERT_EQ(choices.size(), 2u);
  EXPECT_EQ(choices[0].weight, 3);
  std::map<std::string_view, int> count;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto planned = draw(300 * kSecond, seed, choices);
    EXPECT_NE(planned[0].choice.plugin, planned[1].choice.plugin) << "each has its turn first";
    for (const PlannedFault& window : planned) ++count[window.choice.plugin->name];
  }
  EXPECT_NEAR(count["partition"], 3 * count["clock"], count["clock"] / 2);
  // Equal weights are as none.
  const auto even = resolve_faults({"partition=1", "clock=1"}, plugins);
  EXPECT_EQ(draw(60 * kSecond, 3, even).size(),
            draw(60 * kSecond, 3, resolve_faults({"partition", "clock"}, plugins)).size());
}

TEST(NemesisPlan, ThePaceOfFaultsIsUniformPoissonOrFixed) {
  std::map<std::string, std::set<Nanos>> intervals;
  for (const char* pace : {"uniform", "poisson", "fixed"}) {
    Plan plan;
    plan.time_limit = 600 * kSecond;
    plan.fault_pace = pace;
    plan.fault_duration = kMillisecond;
    const auto planned = draw_nemesis_plan({{&kPartition, "one"}}, plan, Rng(4));
    for (std::size_t i = 2; i < planned.size(); ++i)
      intervals[pace].insert(planned[i].at - planned[i - 1].at);
  }
  EXPECT_EQ(intervals["fixed"], (std::set<Nanos>{2 * kSecond}));
  EXPECT_GE(*intervals["uniform"].begin(), kSecond);
  EXPECT_LE(*intervals["uniform"].rbegin(), 3 * kSecond + kMillisecond);
  EXPECT_LT(*intervals["poisson"].begin(), kSecond);
  EXPECT_GT(*intervals["poisson"].rbegin(), 5 * kSecond);
}

TEST(NemesisPlan, NothingIsInForceInAQuietPeriod) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Plan plan;
    plan.time_limit = 60 * kSecond;
    plan.quiet = "10s..15s,30s..50s";
    const auto planned = draw_nemesis_plan(kAll, plan, Rng(seed));
    EXPECT_GE(planned.size(), 4u);
    for (const PlannedFault& window : planned) {
      for (const auto& [begin, end] : {std::pair{10 * kSecond, 15 * kSecond}, {30 * kSecond, 50 * kSecond}})
        EXPECT_TRUE(window.at >= end || window.at + window.duration <= begin) << window.at;
    }
  }
}

TEST(NemesisPlan, WindowsThatWaitMayOverlapAndTriggersAreKnown) {
  const std::array<const FaultPlugin*, 2> plugins = {&kKill, &kPause};
  Plan plan;
  plan.schedule = *parse_schedule("5s kill 2s; 6s pause 2s");
  plan.schedule[1].waits = true;
  EXPECT_FALSE(resolve_schedule(plan, plugins)[1].exact);
  EXPECT_EQ(schedule_refusal("then kill 1s"), "--schedule: then: there is no window before it");
  EXPECT_EQ(schedule_refusal("5s kill 2s; leader-changed pause 20s; then kill 20s"), "accepted");
}

TEST(NemesisPlan, RefusesWhatDoesNotExist) {
  const std::array<const FaultPlugin*, 2> plugins = {&kPartition, &kKill};
  EXPECT_EQ(resolve_faults({"partition", "none", "kill"}, plugins).size(), 2u);
  for (const auto& [name, expected] :
       std::map<std::string, std::string>{{"fire",
                                           "--nemesis fire: there is no such fault; there are partition, "
                                           "kill (each also with a variant, see: "
                                           "assay list faults)"},
                                          {"kill=0",
                                           "--nemesis kill=0: expected a weight from 1 to 1000 after the "
                                           "equals sign, as in kill=3"},
                                          {"partition-round",
                                           "--nemesis partition-round: fault \"partition\" has no variant "
                                           "\"round\"; it has leader, halves, one"}}) {
    try {
      resolve_faults({name}, plugins);
      FAIL() << name << " was accepted";
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()), expected);
    }
  }
}

}  // namespace
}  // namespace assay
