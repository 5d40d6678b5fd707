// Every class of cycles, plain, closed by the order of a process and by real time, in lists and in
// registers: one history each that shows that class and no other, with the models that it leaves and those
// that it rules out.
#include <gtest/gtest.h>

#include "checkers/elle/lattice.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/txn_fixture.h"

namespace assay::checkers::testing {
namespace {

// Keys.
constexpr Key kA = 1, kB = 2, kX = 3, kY = 4;

using Mops = std::vector<Mop>;

// How two operations that are in no order of data follow each other.
enum class Closing { process, realtime };

struct Case {
  std::string name;
  CheckerOptions options;
  std::vector<Line> lines;
  std::string weakest_refuted;
  std::string strongest_not_refuted;
};

Line during_all(Mops mops) { return {0, 1000, std::move(mops)}; }

std::vector<Line> concurrent(std::vector<Mops> transactions) {
  std::vector<Line> lines;
  for (Mops& mops : transactions) lines.push_back(during_all(std::move(mops)));
  return lines;
}

// `first`, then `second`, of one process or in real time; the others overlap both.
std::vector<Line> closed(Closing by, Mops first, Mops second, std::vector<Mops> others) {
  std::vector<Line> lines = {Line(0, 5, std::move(first)), Line(10, 15, std::move(second))};
  if (by == Closing::process) lines[0].process = lines[1].process = 1;
  for (Mops& mops : others) lines.push_back(during_all(std::move(mops)));
  return lines;
}

Value list(std::initializer_list<std::int64_t> elements) {
  std::vector<Value> values(elements.begin(), elements.end());
  return Value::list(std::move(values));
}

void expect(const std::string& checker, const Case& each) {
  SCOPED_TRACE(checker + " " + each.name);
  const History history = make_history(each.lines);
  const CheckResult result = check_with(checker, history, each.options);
  EXPECT_EQ(result.verdict, Verdict::invalid) << result.reason;
  EXPECT_EQ(anomalies_of(result), each.name) << to_text(history);
  EXPECT_EQ(text_fact(result, "weakest_refuted"), each.weakest_refuted);
  EXPECT_EQ(text_fact(result, "strongest_not_refuted"), each.strongest_not_refuted);
  EXPECT_EQ(confirm_transactions(checker, history, result, each.options), "");
  for (const Finding& finding : result.findings) {
    EXPECT_NE(elle::refuted_models(elle::anomaly_named(finding.anomaly)) & elle::model_named(finding.model),
              0u);
  }
}

const CheckerOptions kAny;

// Lists show the order of their versions.
const std::vector<Case>& lists() {
  const Mops look = {r(kX, list({1, 2})), r(kY, list({1, 2}))};
  const auto g0 = [&](Closing by) {
    return closed(by, {append(kX, 2)}, {append(kY, 1)}, {{append(kX, 1), append(kY, 2)}, look});
  };
  const auto g1c = [](Closing by) {
    return closed(by, {r(kX, list({1}))}, {append(kY, 1)}, {{append(kX, 1), r(kY, list({1}))}});
  };
  const auto single = [](Closing by) {
    return closed(by, {append(kX, 2)}, {r(kY)}, {{append(kX, 1), append(kY, 1)}, {r(kX, list({1, 2}))}});
  };
  const auto apart = [](Closing by) {
    return closed(by, {append(kX, 1)}, {r(kY)}, {{append(kY, 1)}, {r(kY, list({1})), r(kX)}});
  };
  const auto adjacent = [](Closing by) {
    return closed(by, {append(kY, 1)}, {r(kX)}, {{append(kX, 1), r(kY)}});
  };
  static const std::vector<Case> kCases = {
      {"G0", kAny, concurrent({{append(kX, 1), append(kY, 2)}, {append(kX, 2), append(kY, 1)}, look}),
       "read-uncommitted", "linearizable"},
      {"G0-process", kAny, g0(Closing::process), "strong-session-read-uncommitted",
       "serializable, linearizable"},
      {"G0-realtime", kAny, g0(Closing::realtime), "strong-read-uncommitted",
       "linearizable, strong-session-serializable"},
      {"G1c", kAny, concurrent({{append(kX, 1), r(kY, list({1}))}, {append(kY, 1), r(kX, list({1}))}}),
       "read-committed", "linearizable, strong-read-uncommitted"},
      {"G1c-process", kAny, g1c(Closing::process), "strong-session-read-committed",
       "serializable, linearizable, strong-read-uncommitted"},
      {"G1c-realtime", kAny, g1c(Closing::realtime), "strong-read-committed",
       "linearizable, strong-session-serializable, strong-read-uncommitted"},
      {"G-single", kAny,
       concurrent({{append(kX, 1), append(kY, 1)}, {append(kX, 2), r(kY)}, {r(kX, list({1, 2}))}}),
       "consistent-view, repeatable-read",
       "monotonic-view, monotonic-snapshot-read, cursor-stability, update-atomic, prefix, linearizable, "
       "strong-read-committed"},
      {"G-single-process", kAny, single(Closing::process), "strong-session-snapshot-isolation",
       "serializable, linearizable, strong-read-committed"},
      {"G-single-realtime", kAny, single(Closing::realtime), "strong-snapshot-isolation",
       "linearizable, strong-session-serializable, strong-read-committed"},
      {"G-nonadjacent", kAny,
       concurrent({{append(kA, 1), append(kY, 1)},
                   {append(kB, 1), append(kX, 1)},
                   {r(kA, list({1})), r(kX)},
                   {r(kB, list({1})), r(kY)}}),
       "repeatable-read, snapshot-isolation",
       "monotonic-snapshot-read, update-serializable, prefix, parallel-snapshot-isolation, linearizable, "
       "strong-read-committed"},
      {"G-nonadjacent-process", kAny, apart(Closing::process), "strong-session-snapshot-isolation",
       "serializable, linearizable, strong-read-committed"},
      {"G-nonadjacent-realtime", kAny, apart(Closing::realtime), "strong-snapshot-isolation",
       "linearizable, strong-session-serializable, strong-read-committed"},
      {"G2-item", kAny,
       concurrent({{r(kX), r(kA, list({1}))},
                   {append(kX, 1), r(kY)},
                   {append(kY, 1)},
                   {r(kY, list({1})), r(kA)},
                   {append(kA, 1)}}),
       "repeatable-read", "update-serializable, linearizable, strong-snapshot-isolation"},
      {"G2-item-process", kAny, adjacent(Closing::process), "strong-session-serializable",
       "serializable, linearizable, strong-snapshot-isolation"},
      {"G2-item-realtime", kAny, adjacent(Closing::realtime), "strict-serializable",
       "linearizable, strong-session-serializable, strong-snapshot-isolation"},
  };
  return kCases;
}

TEST(AnomalyNames, OfLists) {
  for (const Case& each : lists()) expect("list-append", each);
}

// Registers show it where the store promises that a process reads versions of a key in their order. Readers
// that show a G0 are part of other cycles, too, so it alone is asked for.
CheckerOptions promised(const char* models) { return {{"sequential-keys", "yes"}, {"models", models}}; }

// Two processes that read 1, then 2 of a key each.
void add_readers(std::vector<Line>& lines) {
  for (const Key key : {kX, kY}) {
    for (const std::int64_t value : {1, 2}) {
      lines.push_back(during_all({r(key, value)}));
      lines.back().process = static_cast<ProcessId>(100 + key);
      lines.back().invoked = value * 100;
      lines.back().completed = value * 100 + 50;
    }
  }
}

std::vector<Line> with_readers(std::vector<Line> lines) {
  add_readers(lines);
  return lines;
}

const std::vector<Case>& registers() {
  const auto g0 = [](Closing by) {
    return with_readers(closed(by, {w(kX, 2)}, {w(kY, 1)}, {{w(kX, 1), w(kY, 2)}}));
  };
  const auto g1c = [](Closing by) { return closed(by, {r(kX, 1)}, {w(kY, 1)}, {{w(kX, 1), r(kY, 1)}}); };
  // Who reads 1, then 2 takes it that 1 was written first, unless there is a G-single.
  const auto single = [](Closing by) {
    return closed(by, {r(kX, 1)}, {r(kX, 2)}, {{w(kX, 2), w(kA, 1)}, {r(kA, 1), w(kX, 1)}});
  };
  const auto apart = [](Closing by) {
    return closed(by, {w(kX, 1)}, {r(kY)}, {{w(kY, 1)}, {r(kY, 1), r(kX)}});
  };
  const auto adjacent = [](Closing by) { return closed(by, {w(kY, 1)}, {r(kX)}, {{w(kX, 1), r(kY)}}); };
  static const std::vector<Case> kCases = {
      {"G0", promised("read-uncommitted"),
       with_readers(concurrent({{w(kX, 1), w(kY, 2)}, {w(kX, 2), w(kY, 1)}})), "read-uncommitted",
       "linearizable"},
      {"G0-process", promised("strong-session-read-uncommitted"), g0(Closing::process),
       "strong-session-read-uncommitted", "serializable, linearizable"},
      {"G0-realtime", promised("strong-read-uncommitted"), g0(Closing::realtime),
       "linearizable, strong-read-uncommitted", "strong-session-serializable"},
      {"G1c", kAny, concurrent({{w(kX, 1), r(kY, 1)}, {w(kY, 1), r(kX, 1)}}), "read-committed",
       "linearizable, strong-read-uncommitted"},
      {"G1c-process", kAny, g1c(Closing::process), "strong-session-read-committed",
       "serializable, linearizable, strong-read-uncommitted"},
      {"G1c-realtime", kAny, g1c(Closing::realtime), "strong-read-committed",
       "linearizable, strong-session-serializable, strong-read-uncommitted"},
      {"G-single", promised("consistent-view"),
       closed(Closing::process, {w(kX, 1), w(kA, 1)}, {w(kA, 2), w(kB, 1)}, {{r(kB, 1), r(kX)}}),
       "consistent-view, repeatable-read, causal",
       "monotonic-view, monotonic-snapshot-read, cursor-stability, update-atomic, prefix, PRAM, "
       "strong-read-committed"},
      {"G-single-process", kAny, single(Closing::process), "strong-session-snapshot-isolation",
       "serializable, linearizable, strong-read-committed"},
      {"G-single-realtime", kAny, single(Closing::realtime), "strong-snapshot-isolation",
       "linearizable, strong-session-serializable, strong-read-committed"},
      {"G-nonadjacent", kAny,
       concurrent({{w(kA, 1), w(kY, 1)}, {w(kB, 1), w(kX, 1)}, {r(kA, 1), r(kX)}, {r(kB, 1), r(kY)}}),
       "repeatable-read, snapshot-isolation",
       "monotonic-snapshot-read, update-serializable, prefix, parallel-snapshot-isolation, linearizable, "
       "strong-read-committed"},
      {"G-nonadjacent-process", kAny, apart(Closing::process), "strong-session-snapshot-isolation",
       "serializable, linearizable, strong-read-committed"},
      {"G-nonadjacent-realtime", kAny, apart(Closing::realtime), "strong-snapshot-isolation",
       "linearizable, strong-session-serializable, strong-read-committed"},
      {"G2-item", kAny,
       concurrent({{r(kX), r(kA, 1)}, {w(kX, 1), r(kY)}, {w(kY, 1)}, {r(kY, 1), r(kA)}, {w(kA, 1)}}),
       "repeatable-read", "update-serializable, linearizable, strong-snapshot-isolation"},
      {"G2-item-process", kAny, adjacent(Closing::process), "strong-session-serializable",
       "serializable, linearizable, strong-snapshot-isolation"},
      {"G2-item-realtime", kAny, adjacent(Closing::realtime), "strict-serializable",
       "linearizable, strong-session-serializable, strong-snapshot-isolation"},
  };
  return kCases;
}

TEST(AnomalyNames, OfRegisters) {
  for (const Case& each : registers()) expect("rw-register", each);
}

// Nobody finds an even value.
Mop no_even() { return {Fn::scan, 0, Value::list({Value::text("mod"), 2, 0}), Value::list({})}; }

const std::vector<Case>& predicates() {
  const auto single = [](Closing by) { return closed(by, {w(kX, 2)}, {no_even()}, {}); };
  const auto apart = [](Closing by) {
    return closed(by, {w(kX, 1)}, {no_even()}, {{w(kY, 2)}, {r(kY, 2), r(kX)}});
  };
  const auto adjacent = [](Closing by) { return closed(by, {w(kY, 1)}, {no_even()}, {{w(kX, 2), r(kY)}}); };
  static const std::vector<Case> kCases = {
      {"G-single-predicate", kAny,
       concurrent({{w(kX, 2), w(kA, 1)}, {r(kA, 1), w(kB, 1)}, {r(kB, 1), no_even()}}), "consistent-view",
       "monotonic-view, monotonic-snapshot-read, repeatable-read, update-atomic, prefix, linearizable, "
       "strong-read-committed"},
      {"G-single-predicate-process", kAny, single(Closing::process), "strong-session-snapshot-isolation",
       "serializable, linearizable, strong-read-committed"},
      {"G-single-predicate-realtime", kAny, single(Closing::realtime), "strong-snapshot-isolation",
       "linearizable, strong-session-serializable, strong-read-committed"},
      {"G-nonadjacent-predicate", kAny,
       concurrent({{w(kA, 1), w(kY, 1)}, {w(kB, 1), w(kX, 2)}, {r(kA, 1), no_even()}, {r(kB, 1), r(kY)}}),
       "snapshot-isolation",
       "monotonic-snapshot-read, repeatable-read, update-serializable, prefix, parallel-snapshot-isolation, "
       "linearizable, strong-read-committed"},
      {"G-nonadjacent-predicate-process", kAny, apart(Closing::process), "strong-session-snapshot-isolation",
       "serializable, linearizable, strong-read-committed"},
      {"G-nonadjacent-predicate-realtime", kAny, apart(Closing::realtime), "strong-snapshot-isolation",
       "linearizable, strong-session-serializable, strong-read-committed"},
      {"G2", kAny,
       concurrent({{no_even(), r(kA, 1)}, {w(kX, 2), r(kY)}, {w(kY, 1)}, {r(kY, 1), r(kA)}, {w(kA, 1)}}),
       "serializable", "repeatable-read, update-serializable, linearizable, strong-snapshot-isolation"},
      {"G2-process", kAny, adjacent(Closing::process), "strong-session-serializable",
       "serializable, linearizable, strong-snapshot-isolation"},
      {"G2-realtime", kAny, adjacent(Closing::realtime), "strict-serializable",
       "linearizable, strong-session-serializable, strong-snapshot-isolation"},
  };
  return kCases;
}

TEST(AnomalyNames, OfPredicates) {
  for (const Case& each : predicates()) expect("rw-register", each);
}

// What a process must see of itself, of one key each; the class of the cycle stands beside it.
TEST(AnomalyNames, OfSessions) {
  const CheckerOptions session = {{"models", "causal"}};
  const auto one = [](std::vector<Mops> own, std::vector<Mops> others) {
    return closed(Closing::process, std::move(own[0]), std::move(own[1]), std::move(others));
  };
  const Case of_lists[] = {
      {"read-your-writes", session, one({{append(kX, 1)}, {r(kX)}}, {{r(kX, list({1}))}}), "read-your-writes",
       "serializable, monotonic-reads, strong-read-committed"},
      {"monotonic-reads", session, one({{r(kX, list({1}))}, {r(kX)}}, {{append(kX, 1)}}), "monotonic-reads",
       "serializable, read-your-writes, strong-read-committed"},
      {"monotonic-writes", session, one({{append(kX, 1)}, {append(kX, 2)}}, {{r(kX, list({2, 1}))}}),
       "monotonic-writes", "serializable, monotonic-reads, read-your-writes, writes-follow-reads"},
      {"writes-follow-reads", session, one({{r(kX, list({1}))}, {append(kX, 1)}}, {}), "writes-follow-reads",
       "serializable, PRAM, strong-read-uncommitted"},
  };
  for (const Case& each : of_lists) expect("list-append", each);
  const Case of_registers[] = {
      {"read-your-writes", session, one({{w(kX, 1)}, {r(kX)}}, {}), "read-your-writes",
       "serializable, monotonic-reads, strong-read-committed"},
      {"monotonic-reads", session, one({{r(kX, 1)}, {r(kX)}}, {{w(kX, 1)}}), "monotonic-reads",
       "serializable, read-your-writes, strong-read-committed"},
  };
  for (const Case& each : of_registers) expect("rw-register", each);
}

// All that Elle's tables of models know (elle.consistency-model), under the names that it takes.
TEST(AnomalyNames, ModelsOfElleAreKnown) {
  for (const char* name : {"1SR",
                           "PL-1",
                           "PL-2",
                           "PL-2+",
                           "PL-2.99",
                           "PL-2L",
                           "PL-3",
                           "PL-3U",
                           "PL-CS",
                           "PL-FCV",
                           "PL-MSR",
                           "PL-SI",
                           "PL-SS",
                           "PRAM",
                           "ROLA",
                           "causal",
                           "causal-cerone",
                           "conflict-serializable",
                           "consistent-view",
                           "cursor-stability",
                           "forward-consistent-view",
                           "linearizable",
                           "monotonic-atomic-view",
                           "monotonic-reads",
                           "monotonic-snapshot-read",
                           "monotonic-view",
                           "monotonic-writes",
                           "parallel-snapshot-isolation",
                           "prefix",
                           "read-atomic",
                           "read-committed",
                           "read-uncommitted",
                           "read-your-writes",
                           "repeatable-read",
                           "sequential",
                           "serializable",
                           "session-serializable",
                           "snapshot-isolation",
                           "strict-serializable",
                           "strong-PL-1",
                           "strong-PL-2",
                           "strong-read-committed",
                           "strong-read-uncommitted",
                           "strong-serializable",
                           "strong-session-PL-1",
                           "strong-session-PL-2",
                           "strong-session-read-committed",
                           "strong-session-read-uncommitted",
                           "strong-session-serializable",
                           "strong-session-snapshot-isolation",
                           "strong-snapshot-isolation",
                           "update-serializable",
                           "view-serializable",
                           "writes-follow-reads"}) {
    EXPECT_NE(elle::model_named(name), 0u) << name;
  }
}

}  // namespace
}  // namespace assay::checkers::testing
