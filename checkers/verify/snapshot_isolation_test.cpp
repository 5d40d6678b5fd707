// What the verifier of snapshot isolation must confirm, and everything that it must refute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {
namespace {

using ::testing::HasSubstr;

std::string refute(const History& history, std::vector<OpId> order, const CheckerOptions& options = {}) {
  Certificate certificate;
  certificate.claim = "snapshot-isolation";
  certificate.options = options;
  certificate.objects.push_back({0, std::move(order)});
  return refute_certificate(history, certificate);
}

// Both read what the first wrote; one writes.
History three() {
  return make_history({{0, 1, w(1, 1)}, {2, 3, {r(1, 1), w(2, 2)}}, {4, 5, {r(1, 1), r(2)}}});
}

TEST(VerifySnapshotIsolation, ConfirmsWhatIsRight) {
  EXPECT_EQ(refute(three(), {0, 0, 1, 2, 1, 2}), "");
  EXPECT_EQ(refute(three(), {0, 0, 2, 2, 1, 1}), "");
  EXPECT_EQ(refute(three(), {0, 0, 2, 2, 1, 1}, {{"order", "session"}}), "");
}

TEST(VerifySnapshotIsolation, RefutesReadsThatTheSnapshotDoesNotHave) {
  EXPECT_THAT(refute(three(), {0, 1, 0, 1, 2, 2}), HasSubstr("its snapshot does not have"));
  EXPECT_THAT(refute(three(), {0, 0, 1, 1, 2, 2}), HasSubstr("its snapshot does not have"));
  EXPECT_THAT(refute(make_history({{0, 1, {w(1, 1), r(1)}}}), {0, 0}),
              HasSubstr("its snapshot does not have"));
}

TEST(VerifySnapshotIsolation, RefutesLostUpdates) {
  const History history = make_history({{0, 9, {r(1), w(1, 1)}}, {1, 9, {r(1), w(1, 2)}}});
  EXPECT_THAT(refute(history, {0, 1, 0, 1}), HasSubstr("overwrites what another committed"));
  const History blind = make_history({{0, 9, w(1, 1)}, {1, 9, w(1, 2)}});
  EXPECT_THAT(refute(blind, {0, 1, 0, 1}), HasSubstr("overwrites what another committed"));
  EXPECT_EQ(refute(blind, {0, 0, 1, 1}), "");
}

TEST(VerifySnapshotIsolation, RefutesOrdersThatAreNotKept) {
  EXPECT_THAT(refute(three(), {0, 0, 2, 2, 1, 1}, {{"order", "real-time"}}), HasSubstr("after the start"));
  EXPECT_EQ(refute(three(), {0, 0, 1, 2, 1, 2}, {{"order", "none"}}), "");
  const History session = make_sessions({{{w(1, 1)}, {r(2)}}});
  EXPECT_THAT(refute(session, {1, 1, 0, 0}, {{"order", "session"}}), HasSubstr("in its process"));
  EXPECT_THAT(refute(session, {0, 1, 0, 1}, {{"order", "session"}}), HasSubstr("in its process"));
  EXPECT_EQ(refute(session, {1, 1, 0, 0}), "");
}

TEST(VerifySnapshotIsolation, RefutesListsOfEventsThatAreNone) {
  EXPECT_THAT(refute(three(), {0, 0, 2, 2}), HasSubstr("is missing"));
  EXPECT_THAT(refute(three(), {0, 0, 2, 2, 1}), HasSubstr("does not commit"));
  EXPECT_THAT(refute(three(), {0, 0, 2, 2, 1, 1, 1}), HasSubstr("three times"));
  EXPECT_THAT(refute(three(), {7}), HasSubstr("not in the history"));
  Line failed(0, 1, w(1, 1));
  failed.outcome = Outcome::fail;
  EXPECT_THAT(refute(make_history({failed}), {0, 0}), HasSubstr("failed"));
  EXPECT_THAT(refute(three(), {}, {{"order", "later"}}), HasSubstr("order"));
  EXPECT_THAT(refute(three(), {}, {{"initial", "x"}}), HasSubstr("initial"));
}

TEST(VerifySnapshotIsolation, KnowsListsAndCompareAndSets) {
  const History lists = make_history({{0, 1, append(1, 1)}, {2, 3, {r(1, Value::list({1})), append(1, 2)}}});
  EXPECT_EQ(refute(lists, {0, 0, 1, 1}), "");
  EXPECT_THAT(refute(lists, {1, 1, 0, 0}), HasSubstr("does not have"));
  const History swap = make_history({{0, 1, {Fn::cas, 1, Value::pair(0, 5), {}}}, {2, 3, r(1, 5)}});
  EXPECT_EQ(refute(swap, {0, 0, 1, 1}, {{"initial", "0"}}), "");
  EXPECT_THAT(refute(swap, {0, 0, 1, 1}), HasSubstr("does not have"));
}

}  // namespace
}  // namespace assay::checkers::testing
