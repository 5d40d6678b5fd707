// Histories as EDN: the shapes that Jepsen, Knossos and Elle write, and our own writer.
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/formats/edn_writer.h"
#include "harness/formats/history_file.h"
#include "harness/formats/testing/random_history.h"

namespace assay::formats {
namespace {

using testing::RandomHistory;

HistoryFile edn(const std::string& text) { return parse_history(text, "h.edn", Format::edn); }

std::string edn_refusal(const std::string& text) {
  try {
    edn(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

// Every operation, separated by "; ".
std::string described(const History& history) {
  std::string out;
  for (const Operation operation : history.operations()) {
    if (!out.empty()) out += "; ";
    out += describe(operation);
  }
  return out;
}

TEST(EdnHistory, JepsensLines) {
  const HistoryFile file = edn(
      R"({:type :invoke, :f :write, :value 3, :process 0, :time 100, :index 0}
{:type :info, :f :start-partition, :value :majority, :process :nemesis, :time 120, :index 1}
#jepsen.history.Op{:index 2, :time 150, :type :invoke, :process 1, :f :read, :value nil}
{:type :info, :f :start-partition, :value {"n1" #{"n2" "n3"}}, :process :nemesis, :time 160}
{:type :info, :f :write, :value 3, :process 0, :time 200, :error [:socket "Broken pipe"], :exception {:via []}}
{:type :ok, :f :read, :value 3, :process 1, :time 210}
{:type :info, :f :stop-partition, :value nil, :process :nemesis, :time 300}
{:type :invoke, :f :cas, :value [3 4], :process 5, :time 310} ; process 0 is gone
{:type :fail, :f :cas, :value [3 4], :process 5, :time 320, :error :mismatch}
)");
  EXPECT_EQ(
      described(file.history),
      R"(process 0: write key 0 3 -> info (["socket","Broken pipe"]); process 1: read key 0 = 3 -> ok; )"
      "process 5: cas key 0 (3 -> 4) -> fail (mismatch)");
  EXPECT_EQ(file.history.at(1).invoked, 150);
  EXPECT_EQ(file.history.at(1).completed, 210);
  ASSERT_EQ(file.history.fault_windows().size(), 1u);
  EXPECT_EQ(file.history.fault_windows()[0].end, 300);
}

TEST(EdnHistory, IndependentTuples) {
  const HistoryFile file = edn(
      R"({:process 0, :type :invoke, :f :read, :value [7 nil]}
{:process 1, :type :invoke, :f :cas, :value #clojure.lang.MapEntry[:x [1 2]]}
{:process 2, :type :invoke, :f :write, :value ["y" 5]}
{:process 0, :type :ok, :f :read, :value [7 [1 2]]}
{:process 1, :type :ok, :f :cas, :value [:x [1 2]]}
{:process 2, :type :ok, :f :write, :value ["y" 5]}
)");
  EXPECT_EQ(file.history.at(0).mops[0].key, 7);
  EXPECT_EQ(file.history.at(0).mops[0].result, Value::list({1, 2}));
  EXPECT_EQ(file.history.key_name(file.history.at(1).mops[0].key), "x");
  EXPECT_EQ(file.history.at(1).mops[0].argument, Value::pair(1, 2));
  EXPECT_EQ(file.history.key_name(file.history.at(2).mops[0].key), "y");
}

TEST(EdnHistory, KnossosVector) {
  for (const std::string brackets : {"[]", "()"}) {
    const HistoryFile file = edn("; a comment\n" + brackets.substr(0, 1) +
                                 R"({:process 4, :type :invoke, :f :write, :value 2}
 {:process 4, :type :ok, :f :write, :value 2}
 {:process 6, :type :invoke, :f :read, :value nil}
 {:process 6, :type :ok, :f :read, :value nil}
 {:process 4, :type :invoke, :f :cas, :value [2 3]} {:process 6, :type :invoke, :f :read, :value 3})" +
                                 brackets.substr(1) + "\n");
    EXPECT_EQ(described(file.history),
              "process 4: write key 0 2 -> ok; process 6: read key 0 = nil -> info (nil was read); "
              "process 4: cas key 0 (2 -> 3) -> info; process 6: read key 0 = nil -> info");
    EXPECT_TRUE(file.history.at(0).precedes(file.history.at(1)));
    EXPECT_EQ(file.never_completed, 2u);
    ASSERT_EQ(file.warnings.size(), 1u);
    EXPECT_EQ(file.warnings[0], "h.edn: 1 read found nil, which in a Knossos history says nothing");
  }
}

TEST(EdnHistory, ElleTransactions) {
  const HistoryFile file = edn(
      R"({:index 1, :type :invoke, :process 2, :value [[:append 4 2] [:r :x nil]]}
{:index 2, :type :invoke, :f :txn, :process 0, :value [[:r 2 nil] [:w 3 1]]}
{:index 3, :type :ok, :process 2, :value [[:append 4 2] [:r :x [1 2]]]}
{:index 4, :type :fail, :f :txn, :process 0, :value [[:r 2 nil] [:w 3 1]]}
)");
  ASSERT_EQ(file.history.size(), 2u);
  EXPECT_EQ(file.history.at(0).mops[1].result, Value::list({1, 2}));
  EXPECT_EQ(file.history.at(0).mops[0].argument, Value(2));
  EXPECT_EQ(file.history.at(1).outcome, Outcome::fail);
  EXPECT_EQ(file.history.at(1).mops[1].fn, Fn::write);
}

// Jepsen's threads take their times before they are put in order.
TEST(EdnHistory, TheOrderOfLinesCountsMoreThanTheirTimes) {
  const HistoryFile file = edn(
      R"({:process 0, :type :invoke, :f :read, :value nil, :time 100}
{:process 0, :type :ok, :f :read, :value 1, :time 200}
{:process 1, :type :invoke, :f :read, :value nil, :time 200}
{:process 2, :type :invoke, :f :read, :value nil, :time 150}
{:process 2, :type :ok, :f :read, :value 1, :time 900}
)");
  EXPECT_EQ(file.history.at(1).invoked, 201);
  EXPECT_EQ(file.history.at(2).invoked, 202);
  EXPECT_EQ(file.history.at(2).completed, 900);
  EXPECT_TRUE(file.history.at(0).precedes(file.history.at(1)));
}

TEST(EdnHistory, AnIncompleteLastOperationIsLeftOut) {
  const std::string first = "{:process 0, :type :invoke, :f :write, :value 1}\n";
  const std::string last = "{:process 0, :type :ok, :f :write, :value \"\xC3\xA4\\u0041\"}";
  for (std::size_t size = 1; size < last.size(); ++size) {
    const HistoryFile file = edn(first + last.substr(0, size));
    ASSERT_EQ(file.warnings.size(), 1u) << size;
    EXPECT_EQ(file.warnings[0],
              "h.edn:2: the last operation is incomplete (its writer was interrupted) and was left out");
    EXPECT_EQ(file.history.size(), 1u);
  }
  EXPECT_EQ(edn_refusal("[" + first), "h.edn:2: expected ] after the last form");
}

TEST(EdnHistory, RefusesBrokenTextWithOneSentence) {
  const std::string invoke = "{:process 0, :type :invoke, :f :read, :value nil}\n";
  EXPECT_EQ(edn_refusal(invoke + "{:process 0 :type}\n"),
            "h.edn:2: expected a value for the last key of the map");
  EXPECT_EQ(edn_refusal(invoke + "hello"),
            "h.edn:2: expected an operation such as {:process 0, :type :invoke, :f :read}, got \"hello\"");
  EXPECT_EQ(edn_refusal(invoke + "{}"), "h.edn:2: expected the field \"process\"");
  EXPECT_EQ(edn_refusal(invoke + "\n{:a \"\xFF\"}\n"), "h.edn:3: expected UTF-8 text");
  EXPECT_EQ(edn_refusal("{:process 1.5, :type :ok, :f :read}"),
            "h.edn:1: expected \"process\" to be a whole number, got 1.5");
  EXPECT_EQ(edn_refusal("{:process 1, :type :invoke, :value 3}"), "h.edn:1: expected the field \"f\"");
  EXPECT_EQ(edn_refusal("{:process :nemesis, :type :info}"), "h.edn:1: expected the field \"f\"");
  EXPECT_EQ(edn_refusal(invoke + "{:process 0, :type :ok, :f :write, :value 1}"),
            "h.edn:2: expected the same function and keys as in the invocation (line 1), got \"write\"");
  EXPECT_EQ(edn_refusal(invoke), "accepted");
}

History history_of(std::vector<std::vector<Mop>> requests) {
  HistoryBuilder builder;
  builder.set_node_names({"n1"});
  builder.set_key_name(Key{1} << 40, "x");
  Nanos time = 0;
  for (const auto& mops : requests) {
    Operation operation;
    operation.due = operation.invoked = ++time;
    operation.completed = ++time;
    operation.outcome = Outcome::ok;
    operation.mops = mops;
    builder.add(operation);
  }
  return builder.build();
}

TEST(EdnWriter, GivesJepsensThreeShapes) {
  const auto written = [](const History& history) {
    std::string out;
    write_edn(history, out);
    return out;
  };
  EXPECT_EQ(written(history_of({{{Fn::cas, 0, Value::pair(1, 2), {}}}})),
            "{:index 0, :time 1, :type :invoke, :process 0, :f :cas, :value [1 2], :key 0, :due 1, "
            ":node_names [\"n1\"]}\n"
            "{:index 1, :time 2, :type :ok, :process 0, :f :cas, :value [1 2], :key 0}\n");
  EXPECT_EQ(written(history_of({{{Fn::cas, 3, Value::pair(1, 2), {}}}, {{Fn::read, Key{1} << 40, {}, 7}}})),
            "{:index 0, :time 1, :type :invoke, :process 0, :f :cas, :value [3 [1 2]], :due 1, :node_names "
            "[\"n1\"]}\n"
            "{:index 1, :time 2, :type :ok, :process 0, :f :cas, :value [3 [1 2]]}\n"
            "{:index 2, :time 3, :type :invoke, :process 0, :f :read, :value [\"x\" nil], :due 3}\n"
            "{:index 3, :time 4, :type :ok, :process 0, :f :read, :value [\"x\" 7]}\n");
  EXPECT_EQ(
      written(history_of({{{Fn::append, 3, 1, {}}, {Fn::read, 3, {}, Value::list({1})}}})),
      "{:index 0, :time 1, :type :invoke, :process 0, :f :txn, :value [[:append 3 1] [:r 3 nil]], :due 1, "
      ":node_names [\"n1\"]}\n"
      "{:index 1, :time 2, :type :ok, :process 0, :f :txn, :value [[:append 3 1] [:r 3 [1]]]}\n");
}

TEST(EdnWriter, ReadingBackGivesTheSameDigest) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    for (const int keys : {0, 1, 5}) {
      const History history = RandomHistory(seed, keys).make(60);
      std::string out;
      write_edn(history, out);
      const HistoryFile file = parse_history(out, "h.edn");
      EXPECT_EQ(file.history.digest(), history.digest()) << "seed " << seed << " keys " << keys << "\n"
                                                         << out;
      EXPECT_TRUE(file.warnings.empty());
      std::string again;
      write_edn(file.history, again);
      ASSERT_EQ(again, out) << "seed " << seed;
    }
  }
}

TEST(EdnHistory, DamagedTextNeverCrashes) {
  Rng rng(7);
  std::string out;
  write_edn(RandomHistory(3).make(40), out);
  int accepted = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = out;
    for (std::uint64_t n = 1 + rng.below(4); n > 0; --n) {
      const std::size_t at = rng.below(damaged.size());
      if (rng.chance(1, 3)) {
        damaged.erase(at, rng.below(20));
      } else if (rng.chance(1, 2)) {
        damaged[at] = static_cast<char>(rng.below(256));
      } else {
        damaged.insert(at, damaged.substr(rng.below(damaged.size()), rng.below(200)));
      }
    }
    if (rng.chance(1, 2)) damaged.resize(rng.below(damaged.size()));
    const std::string said = edn_refusal(damaged);
    if (said == "accepted") {
      ++accepted;
    } else {
      EXPECT_EQ(said.rfind("h.edn:", 0), 0u) << said;
    }
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 1500);
}

}  // namespace
}  // namespace assay::formats
