// The checker "kafka" on each anomaly of Jepsen's kafka workload.
#include <gtest/gtest.h>

#include <set>

#include "checkers/testing/datatype_fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/stream_oracle.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::by;
using testing::failed;
using testing::judged;
using testing::Line;

Mop send(std::int64_t element, Value offset = {}, Key key = 0) {
  return {Fn::send, key, element, std::move(offset)};
}
Mop poll(std::vector<std::pair<std::int64_t, std::int64_t>> found, Key key = 0, Value position = {}) {
  std::vector<Value> pairs;
  for (const auto& [offset, element] : found) pairs.push_back(Value::pair(offset, element));
  return {Fn::poll, key, std::move(position), Value::list(std::move(pairs))};
}

const Line kFirst = by(1, {1, 2, send(11, 1)}), kSecond = by(1, {3, 4, send(12, 2)}),
           kThird = by(1, {5, 6, send(13, 3)});

TEST(Kafka, EverythingIsPolledInOrder) {
  EXPECT_EQ(judged("kafka", {kFirst, kSecond, by(2, {7, 8, poll({{1, 11}, {2, 12}})})}), "valid");
  EXPECT_EQ(
      judged("kafka", {kFirst, kSecond, by(2, {7, 8, poll({{1, 11}})}), by(2, {9, 10, poll({{2, 12}})})}),
      "valid");
  EXPECT_EQ(judged("kafka", {kFirst, by(1, {3, kNever, send(12)}), by(2, {7, 8, poll({{1, 11}, {4, 12}})})}),
            "valid");
  EXPECT_EQ(judged("kafka", {kFirst, kSecond, by(2, {7, 8, {poll({{1, 11}}), poll({{2, 12}})}})}), "valid");
}

TEST(Kafka, Lost) {
  EXPECT_EQ(judged("kafka", {kFirst, kSecond, by(2, {7, 8, poll({{2, 12}})})}), "invalid: lost-write");
  EXPECT_EQ(judged("kafka", {kFirst, kSecond, by(2, {7, 8, poll({{1, 11}})})}), "unknown");
  EXPECT_EQ(judged("kafka", {kFirst, kSecond, by(2, {7, 8, poll({{1, 11}})})}, {{"drained", "yes"}}),
            "invalid: unseen");
}

TEST(Kafka, WhatWasNotCommitted) {
  EXPECT_EQ(judged("kafka", {failed(by(1, {1, 2, send(11, 1)})), by(2, {7, 8, poll({{1, 11}})})}),
            "invalid: G1a");
  EXPECT_EQ(judged("kafka", {kFirst, by(2, {7, 8, poll({{1, 11}, {2, 99}})})}), "invalid: phantom-read");
  EXPECT_EQ(judged("kafka", {by(2, {1, 2, poll({{1, 11}})}), by(1, {3, 4, send(11, 1)})}),
            "invalid: phantom-read");
  EXPECT_EQ(judged("kafka", {by(1, {1, 2, {send(11, 1), poll({{1, 11}})}})}), "invalid: precommitted-read");
}

TEST(Kafka, OffsetsAreConsistent) {
  EXPECT_EQ(judged("kafka", {kFirst, kSecond, by(2, {7, 8, poll({{1, 11}, {2, 12}})}),
                             by(3, {7, 8, poll({{2, 11}})})}),
            "invalid: inconsistent-offsets");
  EXPECT_EQ(judged("kafka", {kFirst, by(2, {7, 8, poll({{1, 11}})}), by(3, {7, 8, poll({{5, 11}})})}),
            "invalid: duplicate");
}

TEST(Kafka, AnElementAtAnothersOffsetIsJudgedAsItself) {
  EXPECT_EQ(judged("kafka", {kFirst, by(2, {7, 8, poll({{1, 99}})})}),
            "invalid: phantom-read, inconsistent-offsets");
}

TEST(Kafka, ProcessesMoveForward) {
  const Line whole = by(9, {7, 8, poll({{1, 11}, {2, 12}, {3, 13}})});
  const auto with = [&](Line one, Line other) {
    return judged("kafka", {kFirst, kSecond, kThird, whole, by(2, std::move(one)), by(2, std::move(other))});
  };
  EXPECT_EQ(with({10, 11, poll({{1, 11}})}, {12, 13, poll({{2, 12}})}), "valid");
  EXPECT_EQ(with({10, 11, poll({{2, 12}})}, {12, 13, poll({{1, 11}})}), "invalid: nonmonotonic-poll");
  EXPECT_EQ(with({10, 11, poll({{2, 12}})}, {12, 13, poll({{2, 12}})}), "invalid: nonmonotonic-poll");
  EXPECT_EQ(with({10, 11, poll({{1, 11}})}, {12, 13, poll({{3, 13}})}), "invalid: poll-skip");
  EXPECT_EQ(with({10, 11, poll({{2, 12}, {1, 11}})}, {12, 13, poll({})}), "invalid: int-nonmonotonic-poll");
  EXPECT_EQ(with({10, 11, poll({{1, 11}, {3, 13}})}, {12, 13, poll({})}), "invalid: int-poll-skip");
  // The position was set anew.
  EXPECT_EQ(with({10, 11, poll({{2, 12}})}, {12, 13, poll({{1, 11}}, 0, Value::text("assign"))}), "valid");
  EXPECT_EQ(with({10, 11, poll({{1, 11}})}, {12, 13, poll({{3, 13}}, 0, Value::text("assign"))}), "valid");
}

TEST(Kafka, SendsMoveForward) {
  EXPECT_EQ(judged("kafka", {by(1, {1, 2, send(11, 5)}), by(1, {3, 4, send(12, 2)}),
                             by(2, {7, 8, poll({{2, 12}, {5, 11}})})}),
            "invalid: nonmonotonic-send");
  EXPECT_EQ(
      judged("kafka", {by(1, {1, 2, {send(11, 5), send(12, 2)}}), by(2, {7, 8, poll({{2, 12}, {5, 11}})})}),
      "invalid: int-nonmonotonic-send");
  // Sends of others may come between.
  EXPECT_EQ(judged("kafka", {by(1, {1, 2, {send(11, 1), send(12, 3)}}), by(3, {1, 2, send(13, 2)}),
                             by(2, {7, 8, poll({{1, 11}, {2, 13}, {3, 12}})})}),
            "valid");
}

// Two transactions that polled what the other one sent.
TEST(Kafka, CircularInformationFlow) {
  EXPECT_EQ(judged("kafka", {by(1, {1, 9, {send(11, 1, 0), poll({{1, 21}}, 1)}}),
                             by(2, {2, 8, {send(21, 1, 1), poll({{1, 11}}, 0)}})}),
            "invalid: G1c");
  // A third one stands between, and only time closes the circle: no single poll is too early.
  const auto chain = [](Nanos first) {
    return judged("kafka", {by(1, {first, 90, send(11, 1, 0)}), by(4, {0, 40, poll({{1, 21}}, 1)}),
                            by(2, {2, 80, {send(21, 1, 1), poll({{1, 11}}, 0)}})});
  };
  EXPECT_EQ(chain(40), "valid");
  EXPECT_EQ(chain(41), "invalid: G1c-realtime");
}

// The sends of two transactions interleave in two logs, which is nothing for Kafka.
TEST(Kafka, OrdersOfSends) {
  const std::vector<Line> lines = {
      by(1, {1, 9, {send(11, 1, 0), send(12, 2, 1)}}), by(2, {2, 8, {send(22, 1, 1), send(21, 2, 0)}}),
      by(3, {20, 21, {poll({{1, 11}, {2, 21}}, 0), poll({{1, 22}, {2, 12}}, 1)}})};
  EXPECT_EQ(judged("kafka", lines), "valid");
  EXPECT_EQ(judged("kafka", lines, {{"order", "yes"}}), "invalid: G0");
}

TEST(Kafka, NothingIsProvedByNothing) {
  EXPECT_EQ(judged("kafka", {kFirst}), "unknown");
  EXPECT_EQ(judged("kafka", {kFirst, by(2, {7, kNever, poll({{1, 11}})})}), "unknown");
  EXPECT_EQ(judged("kafka", {kFirst, by(3, {1, 2, send(11, 1)})}), "unknown");
  EXPECT_EQ(judged("kafka", {kFirst, by(3, {1, 2, Mop{Fn::poll, 0, {}, Value::list({7})}})}), "unknown");
}

// Elements at offsets with gaps; polls that mostly go on where they stopped.
History random_history(Rng& rng) {
  std::vector<Line> lines;
  std::vector<std::pair<std::int64_t, std::int64_t>> log;
  const std::int64_t elements = rng.between(1, 5);
  std::int64_t offset = 0;
  for (std::int64_t element = 1; element <= elements; ++element) {
    offset += rng.between(1, 2);
    Line line(10 * element, 10 * element + 5, send(element, offset));
    line.process = static_cast<ProcessId>(rng.between(1, 2));
    if (rng.chance(1, 10)) line = failed(line);
    lines.push_back(line);
    if (line.outcome == Outcome::ok || rng.chance(1, 3)) log.emplace_back(offset, element);
  }
  if (rng.chance(1, 12)) log.emplace_back(offset + 1, 99);
  if (lines.size() > 1 && rng.chance(1, 8)) std::swap(lines[0].mops[0], lines[1].mops[0]);
  for (ProcessId process = 3; process <= 4; ++process) {
    std::size_t position = 0;
    for (Nanos poll_at = 100; poll_at < 130; poll_at += 10) {
      std::vector<std::pair<std::int64_t, std::int64_t>> found;
      for (std::uint64_t count = rng.below(4); count > 0 && position < log.size(); --count) {
        if (rng.chance(1, 15) && position > 0) --position;
        if (rng.chance(1, 15) && position + 1 < log.size()) ++position;
        found.push_back(log[position++]);
      }
      lines.push_back(by(process, {poll_at, poll_at + 5, poll(found)}));
    }
  }
  return testing::make_history(std::move(lines));
}

// Transactions of sends and polls of one element each, all at the same time.
TEST(KafkaOracle, AgreesOnCycles) {
  Rng rng(15);
  const int rounds = testing::rounds(10'000);
  int cyclic = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Line> lines;
    const std::int64_t count = rng.between(2, 5);
    for (std::int64_t i = 0; i < count; ++i) {
      std::vector<Mop> mops = {send(i + 1, 1, i)};
      const std::int64_t other = rng.between(0, count - 1);
      if (other != i && rng.chance(3, 4)) mops.push_back(poll({{1, other + 1}}, other));
      lines.push_back(by(static_cast<ProcessId>(i + 1), {0, 10, mops}));
    }
    lines.push_back(by(9, {20, 30, poll({{1, 1}}, 0)}));
    const History history = testing::make_history(std::move(lines));
    const CheckResult result = testing::check_with("kafka", history);
    const bool circle = testing::log_has_circle(history);
    cyclic += circle ? 1 : 0;
    ASSERT_EQ(result.verdict == Verdict::invalid, circle) << testing::to_text(history);
    ASSERT_EQ(testing::confirm_datatype("kafka", history, result), "") << testing::to_text(history);
  }
  EXPECT_GT(cyclic, rounds / 10);
  EXPECT_LT(cyclic, rounds * 9 / 10);
}

TEST(KafkaOracle, AgreesOnRandomHistories) {
  Rng rng(14);
  int valid = 0, invalid = 0;
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    const History history = random_history(rng);
    const CheckResult result = testing::check_with("kafka", history);
    std::set<std::string> found;
    for (const Finding& finding : result.findings) found.insert(finding.anomaly);
    ASSERT_EQ(found, testing::log_anomalies(history)) << testing::to_text(history);
    ASSERT_EQ(testing::confirm_datatype("kafka", history, result), "") << testing::to_text(history);
    valid += result.verdict == Verdict::valid ? 1 : 0;
    invalid += result.verdict == Verdict::invalid ? 1 : 0;
  }
  EXPECT_GT(valid, rounds / 20);
  EXPECT_GT(invalid, rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
