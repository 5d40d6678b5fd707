// The checker "watch" on each guarantee of a watch.
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

Mop write(std::int64_t value, Value revision = {}, Key key = 0) {
  return {Fn::write, key, value, std::move(revision)};
}
Value event(std::int64_t revision, std::int64_t value) { return Value::pair(revision, value); }
Mop watch(Value from, std::vector<Value> found, Key key = 0) {
  return {Fn::watch, key, std::move(from), Value::list(std::move(found))};
}

const Line kOne{1, 2, write(11, 1)}, kTwo{3, 4, write(12, 2)}, kThree{5, 6, write(13, 3)};

std::string stream(std::vector<Line> watches) {
  std::vector<Line> lines{kOne, kTwo, kThree};
  Nanos now = 10;
  for (Line& line : watches) {
    line.invoked = now;
    line.completed = now + 1;
    now += 2;
    if (line.process == testing::kOwnProcess) line.process = 1;
    lines.push_back(std::move(line));
  }
  return judged("watch", std::move(lines));
}

Line line(Mop mop) { return {0, 0, std::move(mop)}; }

TEST(Watch, OrderedUniqueReliable) {
  EXPECT_EQ(stream({line(watch(1, {event(1, 11), event(2, 12), event(3, 13)}))}), "valid");
  EXPECT_EQ(stream({line(watch(2, {event(2, 12), event(3, 13)}))}), "valid");
  EXPECT_EQ(stream({line(watch({}, {event(2, 12), event(3, 13)}))}), "valid");
  EXPECT_EQ(stream({line(watch(1, {event(1, 11), event(3, 13)}))}), "invalid: missed-event");
  EXPECT_EQ(stream({line(watch(1, {event(2, 12)}))}), "invalid: missed-event");
  EXPECT_EQ(stream({line(watch(1, {event(1, 11), event(2, 12), event(2, 12)}))}), "invalid: duplicate-event");
  EXPECT_EQ(stream({line(watch(1, {event(1, 11), event(2, 12), event(1, 11)}))}), "invalid: unordered-event");
  EXPECT_EQ(stream({line(watch(2, {event(1, 11), event(2, 12)}))}), "invalid: event-before-start");
}

TEST(Watch, Resumable) {
  const Line first = line(watch(1, {event(1, 11)}));
  EXPECT_EQ(stream({first, line(watch({}, {event(2, 12)}))}), "valid");
  EXPECT_EQ(stream({first, line(watch({}, {event(3, 13)}))}), "invalid: missed-event");
  EXPECT_EQ(stream({first, line(watch(2, {event(2, 12)}))}), "valid");
  EXPECT_EQ(stream({first, line(watch(1, {event(1, 11), event(2, 12)}))}), "valid");
  EXPECT_EQ(stream({first, line(watch(2, {event(3, 13)}))}), "invalid: broken-resume");
}

TEST(Watch, Bookmarkable) {
  EXPECT_EQ(stream({line(watch(1, {event(1, 11), event(2, 12), 2, event(3, 13), 7}))}), "valid");
  EXPECT_EQ(stream({line(watch(1, {event(1, 11), 2}))}), "invalid: broken-bookmark");
  EXPECT_EQ(stream({line(watch(1, {event(1, 11), 2, event(2, 12)}))}), "invalid: broken-bookmark");
}

TEST(Watch, Atomic) {
  const Line both{1, 2, {write(11, 1, 0), write(21, 1, 1)}};
  const auto with = [&](std::vector<Value> first, std::vector<Value> second) {
    return judged("watch", {both, {3, 4, {watch(1, std::move(first), 0), watch(1, std::move(second), 1)}}});
  };
  EXPECT_EQ(with({event(1, 11)}, {event(1, 21)}), "valid");
  EXPECT_EQ(with({event(1, 11)}, {}), "invalid: torn-revision");
}

TEST(Watch, ValuesComeFromWrites) {
  EXPECT_EQ(judged("watch", {kOne, {3, 4, watch(1, {event(1, 99)})}}),
            "invalid: inconsistent-event, phantom-event");
  EXPECT_EQ(judged("watch", {kOne, {3, 4, watch(1, {event(1, 11), event(2, 99)})}}),
            "invalid: phantom-event");
  EXPECT_EQ(judged("watch", {failed({1, 2, write(11)}), {3, 4, watch(1, {event(1, 11)})}}),
            "invalid: aborted-event");
  EXPECT_EQ(judged("watch", {{1, kNever, write(11)}, {3, 4, watch(1, {event(1, 11)})}}), "valid");
  // A deletion, and a key without writes.
  EXPECT_EQ(judged("watch", {kOne, {3, 4, watch(1, {event(1, 11), Value::pair(2, Value())})}}), "valid");
  EXPECT_EQ(judged("watch", {{3, 4, watch(1, {event(1, 11)})}}), "valid");
  EXPECT_EQ(
      judged("watch", {by(1, {3, 4, watch(1, {event(1, 11)})}), by(2, {3, 4, watch(1, {event(1, 12)})})}),
      "invalid: inconsistent-event");
}

TEST(Watch, NothingIsProvedByNothing) {
  EXPECT_EQ(judged("watch", {kOne}), "unknown");
  EXPECT_EQ(judged("watch", {kOne, {3, 4, watch(1, {})}}), "unknown");
  EXPECT_EQ(judged("watch", {kOne, {3, kNever, watch(1, {event(1, 11)})}}), "unknown");
  EXPECT_EQ(judged("watch", {kOne, {3, 4, watch(1, {Value::text("x")})}}), "unknown");
}

// Changes with gaps between their revisions; streams that are damaged now and then.
History random_history(Rng& rng) {
  std::vector<Line> lines;
  std::vector<std::int64_t> revisions;
  std::int64_t revision = 0;
  for (std::int64_t count = rng.between(1, 5); count > 0; --count) {
    revision += rng.between(1, 2);
    revisions.push_back(revision);
    lines.push_back({revision, revision, write(100 + revision, revision)});
  }
  for (ProcessId process = 3; process <= 4; ++process) {
    std::size_t position = 0;
    for (Nanos now = 100; now < 130; now += 10) {
      Value from;
      if (rng.chance(1, 4)) from = Value(rng.between(1, revision));
      if (!from.is_nil()) {
        for (position = 0; position < revisions.size() && revisions[position] < from.as_integer();)
          ++position;
      }
      std::vector<Value> found;
      for (std::uint64_t count = rng.below(4); count > 0 && position < revisions.size(); --count) {
        if (rng.chance(1, 15) && position > 0) --position;
        if (rng.chance(1, 15) && position + 1 < revisions.size()) ++position;
        found.push_back(event(revisions[position], 100 + revisions[position]));
        ++position;
      }
      lines.push_back(by(process, {now, now + 5, watch(from, std::move(found))}));
    }
  }
  return testing::make_history(std::move(lines));
}

TEST(WatchOracle, AgreesOnRandomHistories) {
  Rng rng(15);
  int valid = 0, invalid = 0;
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    const History history = random_history(rng);
    const CheckResult result = testing::check_with("watch", history);
    std::set<std::string> found;
    for (const Finding& finding : result.findings) found.insert(finding.anomaly);
    ASSERT_EQ(found, testing::watch_anomalies(history)) << testing::to_text(history);
    ASSERT_EQ(testing::confirm_datatype("watch", history, result), "") << testing::to_text(history);
    valid += result.verdict == Verdict::valid ? 1 : 0;
    invalid += result.verdict == Verdict::invalid ? 1 : 0;
  }
  EXPECT_GT(valid, rounds / 20);
  EXPECT_GT(invalid, rounds / 10);
}

}  // namespace
}  // namespace assay::checkers
