// The checker "convergence": what counts as the end, what counts as a difference.
#include <gtest/gtest.h>

#include "checkers/testing/datatype_fixture.h"

namespace assay::checkers {
namespace {

using testing::append;
using testing::at;
using testing::by;
using testing::judged;
using testing::Line;
using testing::r;
using testing::w;

Mop add(std::int64_t element) { return {Fn::add, 0, element, {}}; }

TEST(Convergence, LastReadsOfEveryNodeAgree) {
  EXPECT_EQ(judged("convergence", {{1, 2, w(0, 1)}, at(0, {3, 4, r(0, 1)}), at(1, {3, 4, r(0, 1)})}),
            "valid");
  EXPECT_EQ(judged("convergence", {{1, 2, w(0, 1)}, at(0, {3, 4, r(0, 1)}), at(1, {3, 4, r(0)})}),
            "invalid: divergence");
  // An old read of the same node is no matter.
  EXPECT_EQ(judged("convergence",
                   {{1, 2, w(0, 1)}, at(0, {3, 4, r(0, 1)}), at(1, {3, 4, r(0)}), at(1, {5, 6, r(0, 1)})}),
            "valid");
  // Without nodes, processes are compared.
  EXPECT_EQ(judged("convergence", {{1, 2, w(0, 1)}, by(7, {3, 4, r(0, 1)}), by(8, {3, 4, r(0)})}),
            "invalid: divergence");
  EXPECT_EQ(judged("convergence", {{1, 2, w(0, 1)}, at(0, {3, 4, r(0, 1)}), at(1, {3, 4, r(5)})}), "unknown");
}

TEST(Convergence, ReadsBesideWritesAreNotTheEnd) {
  EXPECT_EQ(judged("convergence", {{1, 4, w(0, 1)}, at(0, {3, 5, r(0, 1)}), at(1, {3, 6, r(0)})}), "unknown");
}

TEST(Convergence, LateWritesExplainDifferences) {
  EXPECT_EQ(judged("convergence", {{1, kNever, w(0, 1)}, at(0, {3, 4, r(0, 1)}), at(1, {3, 4, r(0)})}),
            "unknown");
  EXPECT_EQ(judged("convergence",
                   {{1, 2, w(0, 1)}, {1, kNever, w(0, 5)}, at(0, {3, 4, r(0, 1)}), at(1, {3, 4, r(0)})}),
            "invalid: divergence");
  const Value one = Value::list({1}), both = Value::list({1, 2});
  EXPECT_EQ(judged("convergence", {{1, 2, append(0, 1)},
                                   {1, kNever, append(0, 2)},
                                   at(0, {3, 4, r(0, one)}),
                                   at(1, {3, 4, r(0, both)})}),
            "unknown");
}

TEST(Convergence, SetsHaveNoOrder) {
  const Value one = Value::list({1, 2}), other = Value::list({2, 1});
  const auto with = [&](Mop first, Mop second) {
    return judged("convergence",
                  {{1, 2, first}, {1, 2, second}, at(0, {3, 4, r(0, one)}), at(1, {3, 4, r(0, other)})});
  };
  EXPECT_EQ(with(add(1), add(2)), "valid");
  EXPECT_EQ(with(append(0, 1), append(0, 2)), "invalid: divergence");
}

TEST(Convergence, SiblingsHaveNoOrderAndListsThatWereWrittenDo) {
  const Value one = Value::list({1, 2}), other = Value::list({2, 1});
  const auto with = [&](Mop change) {
    return judged("convergence",
                  {{1, 2, w(0, 1)}, {1, 2, change}, at(0, {3, 4, r(0, one)}), at(1, {3, 4, r(0, other)})});
  };
  EXPECT_EQ(with(w(0, 2)), "valid");
  EXPECT_EQ(with(w(0, one)), "invalid: divergence");
}

TEST(Convergence, SaysHowLongItTook) {
  const History history = testing::make_history({{1, 10, w(0, 1)},
                                                 at(0, {11, 20, r(0, 1)}),
                                                 at(1, {11, 20, r(0)}),
                                                 at(1, {21, 30, r(0, 1)}),
                                                 at(1, {31, 40, r(0, 1)}),
                                                 {1, 5, w(1, 1)},
                                                 at(0, {6, 15, r(1, 1)}),
                                                 at(1, {6, 16, r(1, 1)})});
  EXPECT_EQ(*find_fact(testing::check_with("convergence", history).statistics, "converged_nanoseconds"),
            Value(20));
}

// The same operations with marks of the nemesis and the loop.
History with_events(std::vector<Line> lines, std::vector<FaultEvent> events) {
  const History plain = testing::make_history(std::move(lines));
  HistoryBuilder builder;
  builder.set_node_names({"n1", "n2"});
  for (const Operation op : plain.operations()) builder.add(op);
  for (FaultEvent& event : events) builder.add_fault(std::move(event));
  return builder.build();
}

FaultEvent event(Nanos time, FaultEvent::Stage stage, const std::string& fault) {
  FaultEvent event;
  event.time = event.began = time;
  event.stage = stage;
  event.fault = fault;
  event.window = stage == FaultEvent::Stage::mark ? 0 : 1;
  event.verified = true;
  if (fault == "phase") event.value = {{"name", Value::text("final-reads")}};
  return event;
}

TEST(Convergence, TheEndIsAfterHealingOrInThePhaseOfFinalReads) {
  // Node n2 answers wrong early only, and is not asked later.
  const std::vector<Line> lines{
      {1, 2, w(0, 1)}, at(0, {3, 4, r(0, 1)}), at(1, {3, 4, r(0)}), at(0, {30, 31, r(0, 1)})};
  EXPECT_EQ(judged("convergence", lines), "invalid: divergence");
  using Stage = FaultEvent::Stage;
  EXPECT_EQ(judged("convergence", with_events(lines, {event(1, Stage::start, "partition"),
                                                      event(10, Stage::stop, "partition")})),
            "unknown");
  EXPECT_EQ(judged("convergence", with_events(lines, {event(20, Stage::mark, "phase")})), "unknown");
  EXPECT_EQ(judged("convergence", with_events(lines, {event(3, Stage::mark, "phase")})),
            "invalid: divergence");
}

}  // namespace
}  // namespace assay::checkers
