#include "harness/run/nemesis_plan.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <tuple>

#include "harness/core/error.h"

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

TEST(NemesisPlan, RefusesWhatDoesNotExist) {
  const std::array<const FaultPlugin*, 2> plugins = {&kPartition, &kKill};
  EXPECT_EQ(resolve_faults({"partition", "none", "kill"}, plugins).size(), 2u);
  for (const auto& [name, expected] :
       std::map<std::string, std::string>{{"fire",
                                           "--nemesis fire: there is no such fault; there are partition, "
                                           "kill (each also with a variant, see: "
                                           "assay list faults)"},
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
