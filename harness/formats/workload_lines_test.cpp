// What Jepsen's workloads and elle-cli's models look like, in EDN and as JSON, and what becomes of them.
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/edn_writer.h"
#include "harness/formats/history_file.h"
#include "harness/formats/json_lines.h"

namespace assay::formats {
namespace {

// Every operation, separated by "; "; written back in both of our notations it is the same history.
std::string read_as(const std::string& text, std::vector<std::string>* warnings = nullptr) {
  const HistoryFile file = parse_history(text, "h");
  if (warnings != nullptr) *warnings = file.warnings;
  std::string edn, json, out;
  write_edn(file.history, edn);
  write_json_lines(file.history, json);
  EXPECT_EQ(parse_history(edn, "edn").history.digest(), file.history.digest()) << edn;
  EXPECT_EQ(parse_history(json, "json").history.digest(), file.history.digest()) << json;
  for (const Operation operation : file.history.operations()) {
    out += (out.empty() ? "" : "; ") + describe(operation);
  }
  return out;
}

std::string workload_refusal(const std::string& text) {
  try {
    parse_history(text, "h");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(WorkloadLines, Bank) {
  const std::string expected =
      "process 0: read key 0 = 10; read key 1 = 20 -> ok; process 1: add key 1 -5; add key 0 5 -> ok; "
      "process 2: add key 0 -50; add key 1 50 -> fail; process 0: read key 0 = nil; read key 1 = nil -> info";
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :read}
{:process 0, :type :ok, :f :read, :value {0 10, 1 20}}
{:process 1, :type :invoke, :f :transfer, :value {:from 1 :to 0 :amount 5}}
{:process 1, :type :ok, :f :transfer, :value {:from 1 :to 0 :amount 5}}
{:process 2, :type :invoke, :f :transfer, :value {:from 0, :to 1, :amount 50}}
{:process 2, :type :fail, :f :transfer, :value {:from 0, :to 1, :amount 50}}
{:process 0, :type :invoke, :f :read, :value nil}
)"),
            expected);
  EXPECT_EQ(read_as(R"([{"type":"invoke","f":"read","process":0},
{"type":"ok","f":"read","process":0,"value":{"0":10,"1":20}},
{"type":"invoke","f":"transfer","value":{"from":1,"to":0,"amount":5},"process":1},
{"type":"ok","f":"transfer","value":{"from":1,"to":0,"amount":5},"process":1},
{"type":"invoke","f":"transfer","value":{"from":0,"to":1,"amount":50},"process":2},
{"type":"fail","f":"transfer","value":{"from":0,"to":1,"amount":50},"process":2},
{"type":"invoke","f":"read","process":0}])"),
            expected);
  EXPECT_EQ(workload_refusal("{:process 1, :type :invoke, :f :transfer, :value {:from 1 :to 0}}"),
            "h:1: expected \"value\" of a transfer to have from, to and amount");
}

TEST(WorkloadLines, BankOfNamedAccounts) {
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :read}
{:process 0, :type :ok, :f :read, :value {:alice 10}}
{:process 1, :type :invoke, :f :transfer, :value {:from :alice, :to :bob, :amount 3}}
)"),
            "process 0: read key 1099511627776 = 10 -> ok; "
            "process 1: add key 1099511627776 -3; add key 1099511627777 3 -> info");
}

// jepsen.tests.adya: an insert that is refused found a row of its group; one that is not found none in both tables.
TEST(WorkloadLines, InsertsOfG2) {
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :insert, :value [3 [nil 1]]}
{:process 1, :type :invoke, :f :insert, :value [3 [2 nil]]}
{:process 0, :type :ok, :f :insert, :value [3 [nil 1]]}
{:process 1, :type :fail, :f :insert, :value [3 [2 nil]], :error :too-late}
)"),
            "process 0: scan rows of value [\"a\" 3] = []; scan rows of value [\"b\" 3] = []; "
            "write key 1 [\"b\" 3] -> ok; "
            "process 1: scan rows of value [\"a\" 3] = []; scan rows of value [\"b\" 3] = []; "
            "write key 2 [\"a\" 3] -> fail (too-late)");
}

// Elle's closed-predicate histories.
TEST(WorkloadLines, PredicateReads) {
  const std::string expected =
      "process 0: write key 1 0; write key 2 7 -> ok; "
      "process 1: scan every row = [(1 -> 0) (2 -> 7)]; scan rows of value 2 = []; "
      "scan rows whose value leaves 1 when divided by 2 = [(2 -> 7)]; write key 3 4; write key 2 -> ok; "
      "process 2: scan every row = [] -> info";
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :init, :value {1 0, 2 7}}
{:process 0, :type :ok, :f :init, :value {1 0, 2 7}}
{:process 1, :type :invoke, :f :txn, :value [[:rp :true nil] [:rp [:= 2] nil] [:rp [:mod 2 1] nil] [:insert 3 4] [:delete 2]]}
{:process 1, :type :ok, :f :txn, :value [[:rp :true {1 0, 2 7}] [:rp [:= 2] {}] [:rp [:mod 2 1] {2 7}] [:insert 3 4] [:delete 2]]}
{:process 2, :type :invoke, :f :txn, :value [[:rp :true nil]]}
)"),
            expected);
  EXPECT_EQ(read_as(R"([{"process":0,"type":"invoke","f":"init","value":{"1":0,"2":7}},
{"process":0,"type":"ok","f":"init","value":{"1":0,"2":7}},
{"process":1,"type":"invoke","f":"txn","value":[["rp","true",null],["rp",["=",2],null],["rp",["mod",2,1],null],["insert",3,4],["delete",2]]},
{"process":1,"type":"ok","f":"txn","value":[["rp","true",{"1":0,"2":7}],["rp",["=",2],{}],["rp",["mod",2,1],{"2":7}],["insert",3,4],["delete",2]]},
{"process":2,"type":"invoke","f":"txn","value":[["rp","true",null]]}])"),
            expected);
}

TEST(WorkloadLines, PredicateReadsOfOurOwn) {
  const std::string named =
      read_as(R"({"process":0,"type":"invoke","f":"scan","argument":["keys",1,9],"node_names":[]}
{"process":0,"type":"ok","f":"scan","value":[["x",1],["y",2],["x",3]],"argument":["keys",1,9]}
{"process":0,"type":"invoke","f":"write","key":"x","value":1}
)");
  EXPECT_EQ(named.substr(0, 42), "process 0: scan rows of keys 1 to 9 = [(10");
  EXPECT_EQ(workload_refusal(R"({:process 0, :type :invoke, :f :txn, :value [[:rp [:mod 0 1] nil]]})"),
            "h:1: expected a predicate such as nil, [\"=\",3], [\"mod\",3,0] or [\"keys\",1,9], got "
            "[\"mod\",0,1]");
  EXPECT_EQ(workload_refusal(R"({:process 0, :type :invoke, :f :txn, :value [[:rp :true [3]]]})"),
            "h:1: expected the rows that a predicate read found, such as [[1,5],[2,7]], got [3]");
}

TEST(WorkloadLines, SetsAndCounters) {
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :add, :value 3}
{:process 0, :type :ok, :f :add, :value 3}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value #{3 1}}
)"),
            "process 0: add key 0 3 -> ok; process 1: read key 0 = [3 1] -> ok");
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :add, :value [7 3]}
{:process 0, :type :ok, :f :add, :value [7 3]}
{:process 1, :type :invoke, :f :read, :value [7 nil]}
{:process 1, :type :ok, :f :read, :value [7 #{3 1 5}]}
)"),
            "process 0: add key 7 3 -> ok; process 1: read key 7 = [3 1 5] -> ok");
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :inc}
{:process 0, :type :ok, :f :inc}
{:process 0, :type :invoke, :f :decr, :value 4}
{:process 0, :type :ok, :f :decr, :value 4}
{:process 1, :type :invoke, :f :incr, :value [9 2]}
)"),
            "process 0: add key 0 1 -> ok; process 0: add key 0 -4 -> ok; process 1: add key 9 2 -> info");
}

// elle-cli's set-full sample: adds that look like tuples, and reads that do not.
TEST(WorkloadLines, PlainListsShowThatPairsAreElements) {
  std::vector<std::string> warnings;
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :add, :value [0 3]}
{:process 0, :type :ok, :f :add, :value [0 3]}
{:process 1, :type :invoke, :f :read, :value [0 nil]}
{:process 1, :type :ok, :f :read, :value [3 1 5]}
)",
                    &warnings),
            "process 0: add key 0 [0 3] -> ok; process 1: read key 0 = [3 1 5] -> ok");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(
      warnings[0],
      "h: values such as [0 1] are elements, not tuples of key and value, because reads find plain lists");
}

TEST(WorkloadLines, QueueWithDrain) {
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :enqueue, :value 3}
{:process 0, :type :ok, :f :enqueue, :value 3}
{:process 1, :type :invoke, :f :drain, :value nil}
{:process 1, :type :ok, :f :drain, :value [3 4]}
{:process 1, :type :invoke, :f :drain}
{:process 1, :type :ok, :f :drain, :value []}
{:process 1, :type :invoke, :f :drain}
{:process 1, :type :info, :f :drain, :error :timeout}
{:process 2, :type :invoke, :f :dequeue}
{:process 2, :type :fail, :f :dequeue, :error :empty}
)"),
            "process 0: enqueue key 0 3 -> ok; process 1: dequeue key 0 = 3; dequeue key 0 = 4 -> ok; "
            "process 1: dequeue key 0 -> ok; process 1: dequeue key 0 \"drain\" -> info (timeout); "
            "process 2: dequeue key 0 -> fail (empty)");
}

TEST(WorkloadLines, LongFork) {
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :write, :value [[:w 3 1]]}
{:process 0, :type :ok, :f :write, :value [[:w 3 1]]}
{:process 1, :type :invoke, :f :read, :value [[:r 3 nil] [:r 4 nil]]}
{:process 1, :type :ok, :f :read, :value [[:r 3 1] [:r 4 nil]]}
)"),
            "process 0: write key 3 1 -> ok; process 1: read key 3 = 1; read key 4 = nil -> ok");
}

TEST(WorkloadLines, Comments) {
  std::vector<std::string> warnings;
  EXPECT_EQ(read_as(R"({:index 1, :type :invoke :f :read   :value nil}
{:index 2, :type :invoke :f :write  :value 425}
{:index 3, :type :invoke :f :write  :value 430}
{:index 4, :type :ok     :f :write  :value 430}
{:index 5, :type :ok     :f :write  :value 425}
{:index 6, :type :ok     :f :read   :value #{2 430}}
)",
                    &warnings),
            "process 1073741824: read key 0 = [2 430] -> ok; process 1073741825: add key 0 425 -> ok; "
            "process 1073741826: add key 0 430 -> ok");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(
      warnings[0],
      "h: 3 operations name no process; completions were paired with invocations by function and value");
  EXPECT_EQ(workload_refusal("{:type :ok, :f :write, :value 1}"),
            "h:1: expected an invocation of \"write\" before its completion");
}

TEST(WorkloadLines, Kafka) {
  const std::string expected =
      "process 0: send key 4 11 = 7; send key 5 12 = 1 -> ok; "
      "process 1: poll key 4 = [(7 -> 11) (9 -> 13)]; poll key 5 = [(1 -> 12)] -> ok; "
      "process 2: send key 4 13 -> info; process 0: poll key 0 = [] -> ok";
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :send, :value [[:send 4 11] [:send 5 12]]}
{:process 0, :type :ok, :f :send, :value [[:send 4 [7 11]] [:send 5 [1 12]]]}
{:process 1, :type :invoke, :f :poll, :value [[:poll]]}
{:process 2, :type :invoke, :f :txn, :value [[:send 4 13] [:poll]]}
{:process 1, :type :ok, :f :poll, :value [[:poll {4 [[7 11] [9 13]], 5 [[1 12]]}]]}
{:process 2, :type :info, :f :txn, :value [[:send 4 13] [:poll]]}
{:process 0, :type :invoke, :f :poll, :value [[:poll]]}
{:process 0, :type :ok, :f :poll, :value [[:poll {}]]}
)"),
            expected);
  EXPECT_EQ(read_as(R"([{"process":0,"type":"invoke","f":"send","value":[["send",4,11],["send",5,12]]},
{"process":0,"type":"ok","f":"send","value":[["send",4,[7,11]],["send",5,[1,12]]]},
{"process":1,"type":"invoke","f":"poll","value":[["poll"]]},
{"process":2,"type":"invoke","f":"txn","value":[["send",4,13],["poll"]]},
{"process":1,"type":"ok","f":"poll","value":[["poll",{"4":[[7,11],[9,13]],"5":[[1,12]]}]]},
{"process":2,"type":"info","f":"txn","value":[["send",4,13],["poll"]]},
{"process":0,"type":"invoke","f":"poll","value":[["poll"]]},
{"process":0,"type":"ok","f":"poll","value":[["poll",{}]]}])"),
            expected);
}

TEST(WorkloadLines, KafkaTransactions) {
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :txn, :value [[:poll] [:send 4 11] [:poll]]}
{:process 0, :type :ok, :f :txn, :value [[:poll {4 [[1 10]]}] [:send 4 [3 11]] [:poll {}]]}
)"),
            "process 0: poll key 4 = [(1 -> 10)]; send key 4 11 = 3 -> ok");
}

TEST(WorkloadLines, KafkaPositionsThatAreSetAnew) {
  std::vector<std::string> warnings;
  const std::string text =
      R"({:process 0, :type :invoke, :f :assign, :value [4 5]}
{:process 0, :type :ok, :f :assign, :value [4 5]}
{:process 0, :type :invoke, :f :poll, :value [[:poll]]}
{:process 0, :type :ok, :f :poll, :value [[:poll {4 [[1 10]]}]]}
{:process 0, :type :invoke, :f :poll, :value [[:poll]]}
{:process 0, :type :ok, :f :poll, :value [[:poll {4 [[2 11]]}]]}
{:process 0, :type :invoke, :f :assign, :value [5]}
{:process 0, :type :ok, :f :assign, :value [5]}
{:process 0, :type :invoke, :f :assign, :value [4 5]}
{:process 0, :type :ok, :f :assign, :value [4 5]}
{:process 0, :type :invoke, :f :poll, :value [[:poll]]}
{:process 0, :type :ok, :f :poll, :value [[:poll {4 [[1 10]]}]]}
)";
  EXPECT_EQ(
      read_as(text, &warnings),
      "process 0: poll key 4 \"assign\" = [(1 -> 10)] -> ok; process 0: poll key 4 = [(2 -> 11)] -> ok; "
      "process 0: poll key 4 \"assign\" = [(1 -> 10)] -> ok");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0], "h: 6 lines that assign, subscribe or crash consumers were passed over");
}

TEST(WorkloadLines, IdsAndLocks) {
  EXPECT_EQ(read_as(R"({:process 0, :type :invoke, :f :generate, :value nil}
{:process 0, :type :ok, :f :generate, :value "a-1"}
{:process 0, :type :invoke, :f :acquire, :value nil}
{:process 0, :type :ok, :f :acquire, :value 7}
{:process 0, :type :invoke, :f :release, :value 7}
{:process 0, :type :ok, :f :release, :value 7}
)"),
            "process 0: generate key 0 = \"a-1\" -> ok; process 0: acquire key 0 = 7 -> ok; "
            "process 0: release key 0 7 -> ok");
}

// How many of 4000 damaged copies are accepted; the others are refused with a sentence.
int accepted_when_damaged(const std::string& text) {
  Rng rng(16);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string damaged = text;
    for (std::uint64_t n = 1 + rng.below(3); n > 0; --n) {
      const std::size_t at = rng.below(damaged.size());
      if (rng.chance(1, 3)) {
        damaged.erase(at, rng.below(12));
      } else if (rng.chance(1, 2)) {
        damaged[at] = text[rng.below(text.size())];
      } else {
        damaged.insert(at, text.substr(rng.below(text.size()), rng.below(40)));
      }
    }
    const std::string said = workload_refusal(damaged);
    if (said == "accepted") {
      ++accepted;
    } else {
      EXPECT_EQ(said.rfind("h:", 0), 0u) << said;
    }
  }
  return accepted;
}

TEST(WorkloadLines, DamagedTextEndsInAHistoryOrASentence) {
  const std::string text =
      R"({:process 0, :type :invoke, :f :txn, :value [[:send 4 11] [:poll] [:r 3 nil]]}
{:process 0, :type :ok, :f :txn, :value [[:send 4 [7 11]] [:poll {4 [[7 11] [9 13]]}] [:r 3 1]]}
{:process 1, :type :invoke, :f :assign, :value [4 5]}
{:process 1, :type :ok, :f :assign, :value [4 5]}
{:type :invoke, :f :transfer, :value {:from 1 :to 0 :amount 5}}
{:type :ok, :f :transfer, :value {:from 1 :to 0 :amount 5}}
{:process 2, :type :invoke, :f :read, :value [0 nil]}
{:process 2, :type :ok, :f :read, :value {0 1, 1 2}}
{:process 2, :type :invoke, :f :drain}
{:process 2, :type :ok, :f :drain, :value [1 2]}
{:process 2, :type :invoke, :f :inc, :value [3 4]}
)";
  EXPECT_GT(accepted_when_damaged(text), 50);
  EXPECT_GT(accepted_when_damaged(R"({:process 3, :type :invoke, :f :insert, :value [3 [nil 1]]}
{:process 3, :type :ok, :f :insert, :value [3 [nil 1]]}
{:process 4, :type :invoke, :f :init, :value {1 2}}
{:process 5, :type :invoke, :f :txn, :value [[:rp [:= 1] {1 2}] [:delete 4] [:rp :true [[1 2]]]]}
)"),
            50);
}

}  // namespace
}  // namespace assay::formats
