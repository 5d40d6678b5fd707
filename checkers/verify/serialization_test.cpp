// A verifier is worth what it refuses.
#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {
namespace {

Value list(std::initializer_list<std::int64_t> elements) {
  std::vector<Value> values(elements.begin(), elements.end());
  return Value::list(std::move(values));
}

Certificate claim(const std::string& model, std::vector<OpId> order) {
  Certificate certificate;
  certificate.claim = model;
  certificate.objects.push_back({0, std::move(order)});
  return certificate;
}

class SerializationVerifier : public ::testing::Test {
 protected:
  // 0 appends; 1 reads before it in the order, but after it in time and in its process; 2 reads it; 3 failed.
  SerializationVerifier() {
    std::vector<Line> lines = {Line(0, 5, append(1, 1)), Line(10, 15, r(1)), Line(20, 25, r(1, list({1}))),
                               Line(30, 35, append(1, 9)), Line(40, kNever, append(1, 2))};
    lines[0].process = lines[1].process = 1;
    lines[3].outcome = Outcome::fail;
    history_ = make_history(std::move(lines));
  }
  std::string refute(const std::string& model, std::vector<OpId> order) const {
    return refute_certificate(history_, claim(model, std::move(order)));
  }
  History history_;
};

TEST_F(SerializationVerifier, AcceptsAnOrderThatExplainsEveryRead) {
  EXPECT_EQ(refute("serializable", {1, 0, 2}), "");
  EXPECT_EQ(refute("serializable", {1, 0, 2, 4}), "");
}

TEST_F(SerializationVerifier, HoldsSessionsAndRealTime) {
  EXPECT_NE(refute("strong-session-serializable", {1, 0, 2}), "");
  EXPECT_NE(refute("strict-serializable", {1, 0, 2}), "");
}

TEST_F(SerializationVerifier, RefusesWhatIsWrong) {
  EXPECT_NE(refute("serializable", {0, 1, 2}), "");     // a read that does not see what is there
  EXPECT_NE(refute("serializable", {1, 0, 4, 2}), "");  // a read that misses what took effect
  EXPECT_NE(refute("serializable", {1, 0}), "");        // one is missing
  EXPECT_NE(refute("serializable", {1, 0, 2, 2}), "");  // one is there twice
  EXPECT_NE(refute("serializable", {1, 0, 2, 3}), "");  // one failed
  EXPECT_NE(refute("serializable", {1, 0, 2, 7}), "");  // one is unknown
  Certificate empty;
  empty.claim = "serializable";
  EXPECT_NE(refute_certificate(history_, empty), "");
}

}  // namespace
}  // namespace assay::checkers::testing
