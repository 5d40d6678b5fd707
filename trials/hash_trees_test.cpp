#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "trials/registry.h"

namespace assay::trials {
namespace {

TrialResult hash_trees(std::uint64_t seed, const Facts& options) {
  for (const TrialPlugin* plugin : all_plugins()) {
    if (plugin->name == "hash-trees") return plugin->run(seed, options);
  }
  return {};
}

double measure(const TrialResult& result, const std::string& name) {
  for (const Measured& measured : result.measures) {
    if (measured.name == name) return measured.samples.at(0);
  }
  return -1;
}

TEST(HashTreesTrial, OneDifferenceCostsAPathOfTheTree) {
  const TrialResult result = hash_trees(1, {{"keys", 5'000}});
  EXPECT_EQ(result.verdict, Verdict::valid) << result.reason;
  EXPECT_GE(measure(result, "hashes"), 21);  // the root, and two a level
  EXPECT_LE(measure(result, "hashes"), 60);  // comparisons that found nothing are counted, too
}

TEST(HashTreesTrial, EqualReplicasSendNothing) {
  const TrialResult result = hash_trees(1, {{"differences", 0}});
  EXPECT_EQ(result.verdict, Verdict::valid);
  EXPECT_EQ(measure(result, "keys_sent"), 0);
}

TEST(HashTreesTrial, RefusesUnknownOptions) { EXPECT_THROW(hash_trees(1, {{"kees", 3}}), InputError); }

}  // namespace
}  // namespace assay::trials
