#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "workloads/common/zipf.h"
#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

// Everything is answered at once; loaded first.
std::vector<Request> asked(std::string mix, Facts options, int count) {
  options.push_back({"mix", Value::text(mix)});
  const auto workload = testing::make("ycsb", {}, options);
  Rng rng(5);
  std::vector<Request> requests;
  while (static_cast<int>(requests.size()) < count) {
    const bool loading = workload->loading();
    const auto request = workload->next(static_cast<ProcessId>(requests.size() % 7), Phase::main, rng);
    Operation operation;
    operation.outcome = Outcome::ok;
    operation.mops = *request;
    workload->observe(operation);
    if (!loading) requests.push_back(*request);
  }
  return requests;
}

std::map<std::string, double> shares(const std::vector<Request>& requests) {
  std::map<std::string, double> found;
  for (const Request& request : requests)
    found[std::string(fn_name(request[0].fn))] += 100.0 / static_cast<double>(requests.size());
  return found;
}

TEST(Ycsb, MixesAreThoseOfThePaper) {
  EXPECT_NEAR(shares(asked("a", {}, 10'000))["read"], 50, 2);
  EXPECT_NEAR(shares(asked("b", {}, 10'000))["read"], 95, 1);
  EXPECT_NEAR(shares(asked("c", {}, 1'000))["read"], 100, 0.001);
  EXPECT_NEAR(shares(asked("d", {}, 10'000))["write"], 5, 1);
  EXPECT_NEAR(shares(asked("e", {}, 10'000))["scan"], 95, 1);
  EXPECT_NEAR(shares(asked("f", {}, 10'000))["write"], 100.0 / 3,
              2);  // reads, and pairs of a read and a write
}

std::map<Key, double> popularity(const std::string& mix, const char* distribution) {
  std::map<Key, double> found;
  const auto requests = asked(mix, {{"records", 1000}, {"distribution", Value::text(distribution)}}, 40'000);
  for (const Request& request : requests) found[request[0].key] += 1.0 / 40'000;
  return found;
}

TEST(Ycsb, RecordsAreAskedForAsTheDistributionSays) {
  double zeta = 0;
  for (int i = 1; i <= 1000; ++i) zeta += std::pow(i, -0.99);
  double most = 0;
  for (const auto& [key, share] : popularity("c", "usual")) most = std::max(most, share);
  EXPECT_NEAR(most, 1 / zeta, 0.02);  // or a little more: scrambling lets records meet
  most = 0;
  for (const auto& [key, share] : popularity("c", "uniform")) most = std::max(most, share);
  EXPECT_LT(most, 0.003);
  EXPECT_NEAR(popularity("c", "latest")[999], 1 / zeta, 0.01);
}

TEST(Ycsb, NewRecordsAreReadOnlyOnceTheyAreThere) {
  Key inserted = 999;
  for (const Request& request : asked("d", {{"records", 1000}}, 5'000)) {
    if (request[0].fn == Fn::write) {
      EXPECT_EQ(request[0].key, ++inserted);
    } else {
      EXPECT_LE(request[0].key, inserted);
    }
  }
  EXPECT_GT(inserted, 1100);
}

TEST(Ycsb, ValuesAreUniqueAndOfTheSizeAskedFor) {
  std::map<std::string, int> seen;
  for (const Request& request : asked("a", {{"value_size", 40}}, 1'000)) {
    if (request[0].fn != Fn::write) continue;
    const std::string text(request[0].argument.as_text());
    EXPECT_EQ(text.size(), 40u);
    EXPECT_EQ(++seen[text], 1);
  }
  EXPECT_TRUE(asked("a", {{"value_size", 0}}, 100)[0][0].argument.kind() != Value::Kind::text);
}

TEST(Ycsb, ScansCoverUpToSoManyRecords) {
  std::size_t longest = 0;
  const Facts options = {{"scan_length", 5}, {"scans", Value::text("reads")}};
  for (const Request& request : asked("e", options, 1'000)) longest = std::max(longest, request.size());
  EXPECT_EQ(longest, 5u);
}

TEST(Ycsb, WhatIsMeasuredIsJudged) {
  const Facts options = {{"records", 20}};
  EXPECT_EQ(testing::judged("ycsb", {.operations = 800}, options)["linearizable"], "valid");
  const std::string lost =
      testing::judged("ycsb", {.operations = 800, .lose_one_in = 5}, options)["linearizable"];
  EXPECT_TRUE(lost.starts_with("invalid")) << lost;
}

TEST(Ycsb, WhatCouldNotBeLoadedIsTriedAgain) {
  const auto workload = testing::make("ycsb", {}, {{"records", 2}});
  Rng rng(1);
  const auto answer = [&](const Request& request, Outcome outcome) {
    Operation operation;
    operation.outcome = outcome;
    operation.mops = request;
    workload->observe(operation);
  };
  const Request first = *workload->next(0, Phase::warm_up, rng),
                second = *workload->next(1, Phase::warm_up, rng);
  EXPECT_FALSE(workload->next(2, Phase::warm_up, rng));
  answer(first, Outcome::info);
  answer(second, Outcome::ok);
  EXPECT_TRUE(workload->loading());
  const Request again = *workload->next(2, Phase::warm_up, rng);
  EXPECT_EQ(again[0].key, first[0].key);
  EXPECT_FALSE(again[0].argument == first[0].argument);
  answer(again, Outcome::ok);
  EXPECT_FALSE(workload->loading());
}

TEST(Zipf, GrowsWithoutChangingWhatThereWas) {
  Zipf grown, whole;
  Rng a(3), b(3);
  grown.draw(10, a);
  whole.draw(10, b);
  whole.draw(5'000, b);
  grown.draw(5'000, a);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(grown.draw(5'000, a), whole.draw(5'000, b));
}

}  // namespace
}  // namespace assay::workloads
