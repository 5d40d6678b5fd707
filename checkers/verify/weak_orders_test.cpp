// Verifiers of orders for processes and of versions are worth what they refuse.
#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {
namespace {

Certificate claim(const std::string& model, std::vector<Certificate::Object> objects) {
  Certificate certificate;
  certificate.claim = model;
  certificate.objects = std::move(objects);
  return certificate;
}

Line by(ProcessId process, Nanos at, const Mop& mop) {
  Line made(at, at + 1, mop);
  made.process = process;
  return made;
}

class ProcessOrdersVerifier : public ::testing::Test {
 protected:
  // Each process sees the other's write after its own; operation 4 is of unknown outcome, 5 failed.
  ProcessOrdersVerifier() {
    std::vector<Line> lines = {by(0, 0, w(0, 1)), by(1, 2, w(0, 2)), by(0, 4, r(0, 2)),
                               by(1, 6, r(0, 1)), by(2, 8, w(0, 9)), by(3, 10, w(0, 8))};
    lines[4].outcome = Outcome::info;
    lines[4].completed = kNever;
    lines[5].outcome = Outcome::fail;
    history_ = make_history(std::move(lines));
  }
  std::string refute(std::vector<OpId> first, std::vector<OpId> second,
                     const std::string& model = "pram") const {
    return refute_certificate(history_, claim(model, {{0, std::move(first)}, {1, std::move(second)}}));
  }
  History history_;
};

TEST_F(ProcessOrdersVerifier, AcceptsDifferentOrdersOfConcurrentWrites) {
  EXPECT_EQ(refute({0, 1, 2}, {1, 0, 3}), "");
  EXPECT_EQ(refute({0, 1, 2, 4}, {1, 0, 3, 4}), "");
  EXPECT_EQ(refute({0, 1, 2, 3}, {1, 0, 2, 3}, "causal-memory"), "");
}

TEST_F(ProcessOrdersVerifier, RefusesWhatIsWrong) {
  EXPECT_NE(refute({1, 0, 2}, {1, 0, 3}), "");        // a read of what was overwritten
  EXPECT_NE(refute({0, 2, 1}, {1, 0, 3}), "");        // a read of what is not there yet
  EXPECT_NE(refute({0, 1}, {1, 0, 3}), "");           // an operation of its own is missing
  EXPECT_NE(refute({0, 1, 2}, {3, 1, 0}), "");        // out of the order of its process
  EXPECT_NE(refute({0, 1, 2}, {0, 3}), "");           // a write of another process is missing
  EXPECT_NE(refute({0, 1, 2, 4}, {1, 0, 3}), "");     // happened for one process only
  EXPECT_NE(refute({0, 1, 2, 2}, {1, 0, 3}), "");     // twice
  EXPECT_NE(refute({0, 1, 2, 5}, {1, 0, 3, 5}), "");  // failed
  EXPECT_NE(refute({0, 1, 2, 17}, {1, 0, 3}), "");    // unknown
  EXPECT_NE(refute({0, 1, 2}, {1, 0, 3}, "causal-memory"), "");
  EXPECT_NE(refute_certificate(history_, claim("pram", {{0, {0, 1, 2}}})), "");
  EXPECT_NE(refute_certificate(history_, claim("pram", {{0, {0, 1, 2}}, {0, {0, 1, 2}}})), "");
}

TEST(ProcessOrdersOfCauses, AnEffectWithoutItsCauseIsForPramOnly) {
  const History history = make_history(
      {by(0, 0, w(0, 1)), by(1, 2, r(0, 1)), by(1, 4, w(1, 5)), by(2, 6, r(1, 5)), by(2, 8, r(0))});
  EXPECT_EQ(refute_certificate(history, claim("pram", {{0, {0, 2}}, {1, {0, 1, 2}}, {2, {2, 3, 4, 0}}})), "");
  const std::vector<OpId> all = {0, 1, 2, 3, 4};
  EXPECT_EQ(refute_certificate(history, claim("causal-memory", {{0, all}, {1, all}, {2, {1, 2, 3, 4, 0}}})),
            "Of process 2: Operation 1 reads what was not written before it.");
}

TEST(VersionOrderVerifier, HoldsTheFourGuarantees) {
  const auto refute = [](const History& history, std::vector<OpId> order) {
    return refute_certificate(history, claim("session-causal", {{0, std::move(order)}}));
  };
  const History reads = make_history(
      {by(0, 0, w(0, 1)), by(1, 2, w(0, 2)), by(2, 4, r(0, 1)), by(2, 6, r(0, 2)), by(0, 8, r(0, 2))});
  EXPECT_EQ(refute(reads, {0, 1}), "");
  EXPECT_NE(refute(reads, {1, 0}), "");     // reads go back
  EXPECT_NE(refute(reads, {0}), "");        // one is missing
  EXPECT_NE(refute(reads, {0, 1, 1}), "");  // one is twice
  EXPECT_NE(refute(reads, {0, 1, 2}), "");  // a read
  EXPECT_NE(refute(reads, {0, 1, 9}), "");  // unknown
  const History own = make_history({by(0, 0, w(0, 1)), by(0, 2, w(0, 2))});
  EXPECT_EQ(refute(own, {0, 1}), "");
  EXPECT_NE(refute(own, {1, 0}), "");  // writes of one process
  const History after = make_history({by(0, 0, w(0, 1)), by(1, 2, r(0, 1)), by(1, 4, w(0, 2))});
  EXPECT_EQ(refute(after, {0, 2}), "");
  EXPECT_NE(refute(after, {2, 0}), "");  // a write before what was read
  const History other = make_history({by(0, 0, w(0, 1)), by(1, 2, w(0, 2)), by(0, 4, r(0, 2))});
  EXPECT_EQ(refute(other, {0, 1}), "");
  EXPECT_NE(refute(other, {1, 0}), "");  // a read of something older than its own write
}

}  // namespace
}  // namespace assay::checkers::testing
