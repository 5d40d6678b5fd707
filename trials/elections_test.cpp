#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "trials/registry.h"

namespace assay::trials {
namespace {

TrialResult elections(std::uint64_t seed, const Facts& options) {
  for (const TrialPlugin* plugin : all_plugins()) {
    if (plugin->name == "elections") return plugin->run(seed, options);
  }
  return {};
}

double total(const TrialResult& result, const std::string& name) {
  double sum = 0;
  for (const Measured& measured : result.measures) {
    if (measured.name != name) continue;
    for (const double sample : measured.samples) sum += sample;
  }
  return sum;
}

const Facts kRandom = {{"elections", 50}};
const Facts kEqual = {{"elections", 50},
                      {"timeout_max", Value::text("150ms")},
                      {"delay_min", Value::text("1ms")},
                      {"delay_max", Value::text("1ms")}};

TEST(Elections, RandomTimeoutsElectSoon) {
  const TrialResult result = elections(1, kRandom);
  EXPECT_EQ(result.verdict, Verdict::valid) << result.reason;
  EXPECT_LE(total(result, "split"), 5);
  EXPECT_GE(total(result, "rounds"), 50);
}

TEST(Elections, EqualTimeoutsOverEqualDelaysNeverDo) {
  const TrialResult result = elections(1, kEqual);
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(result.anomaly, "livelock");
  EXPECT_EQ(total(result, "failed"), 50);
}

TEST(Elections, AreTheSameForTheSameSeed) {
  EXPECT_EQ(total(elections(3, kRandom), "election_ns"), total(elections(3, kRandom), "election_ns"));
  EXPECT_NE(total(elections(3, kRandom), "election_ns"), total(elections(4, kRandom), "election_ns"));
}

TEST(Elections, RefuseUnknownOptions) { EXPECT_THROW(elections(1, {{"nods", 3}}), InputError); }

}  // namespace
}  // namespace assay::trials
