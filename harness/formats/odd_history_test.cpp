// Histories of odd but legal shapes, in every notation: each is read as what it means, or refused with the line.
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/formats/history_file.h"

namespace assay::formats {
namespace {

// What was read, an operation a line, or why nothing was.
std::string told(const std::string& text, std::optional<Format> format = std::nullopt) {
  try {
    const HistoryFile file = parse_history(text, "h", format);
    std::string out;
    for (const Operation operation : file.history.operations()) out += describe(operation) + "\n";
    for (const std::string& warning : file.warnings) out += warning + "\n";
    return out;
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(OddHistory, ProcessesThatHaveNames) {
  EXPECT_EQ(told(R"({"process":"0","type":"invoke","f":"write","value":1}
{"process":"0","type":"ok","f":"write","value":1}
{"process":"nemesis","type":"info","f":"start-partition"}
{"process":"reader","type":"invoke","f":"read","value":null}
{"process":"reader","type":"ok","f":"read","value":1}
)"),
            "process 0: write key 0 1 -> ok\nprocess 536870912: read key 0 = 1 -> ok\n");
  EXPECT_EQ(told(R"({:process :a, :type :ok, :f :read, :value 1})"),
            "h:1: expected an invocation of process \"a\" before its completion");
  EXPECT_EQ(told(R"({:process :nemesis, :type :info, :f :kill, :value nil})"), "");
}

TEST(OddHistory, ProcessesThatGoOnAfterAnUnknownOutcomeAreOthers) {
  EXPECT_EQ(
      told(R"({:process 1, :type :invoke, :f :write, :value 1}
{:process 1, :type :info, :f :write, :value 1, :error :timeout}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value 1}
{:process 1, :type :invoke, :f :write, :value 2}
)"),
      "process 1: write key 0 1 -> info (timeout)\n"
      "process 1610612736: read key 0 = 1 -> ok\n"
      "process 1610612736: write key 0 2 -> info\n"
      "h: 1 time a process went on after an operation of unknown outcome; from there on it counts as another "
      "one\n");
  EXPECT_EQ(told(R"({:process 1, :type :invoke, :f :write, :value 1}
{:process 1, :type :info, :f :write, :value 1}
{:process 1, :type :info, :f :write, :value 1}
)"),
            "h:3: expected an invocation of process 1 before its completion");
}

TEST(OddHistory, Times) {
  const HistoryFile file = parse_history(R"({"process":0,"type":"invoke","f":"read","time":1.5}
{"process":0,"type":"ok","f":"read","value":null,"time":2.5e3}
)",
                                         "h");
  EXPECT_EQ(file.history.at(0).invoked, 1);
  EXPECT_EQ(file.history.at(0).completed, 2500);
  EXPECT_EQ(told(R"({"process":0,"type":"invoke","f":"read","time":1e30})"),
            "h:1: expected \"time\" to be a whole number, got 1e+30");
  EXPECT_EQ(told(R"({"process":0,"type":"invoke","f":"read","time":"noon"})"),
            "h:1: expected \"time\" to be a whole number, got \"noon\"");
}

TEST(OddHistory, ValuesAndKeys) {
  EXPECT_EQ(told(R"({:process 0 :type :invoke :f :write :value -3}
{:process 0 :type :ok :f :write :value -3}
{:process 0 :type :invoke :f :write :value 123456789012345678901234567890}
{:process 0 :type :ok :f :write :value 123456789012345678901234567890N}
{:process 0 :type :invoke :f :read :value nil}
{:process 0 :type :fail :f :read :value 7 :error :gone}
{:process 1 :type :invoke :f :txn :value [[:w 1 nil] [:r 2 nil]]}
{:process 1 :type :ok :f :txn :value [[:w 1 8] [:r 2 [[1] []]]]}
{:process 2 :type :invoke :f :enqueue :value nil}
{:process 2 :type :ok :f :enqueue :value 4}
)"),
            "process 0: write key 0 -3 -> ok\n"
            "process 0: write key 0 \"123456789012345678901234567890\" -> ok\n"
            "process 0: read key 0 = 7 -> fail (gone)\n"
            "process 1: write key 1 8; read key 2 = [[1] []] -> ok\n"
            "process 2: enqueue key 0 4 -> ok\n");
  EXPECT_EQ(told(R"({:process 0 :type :invoke :f :txn :value [[:r nil nil]]})"),
            "h:1: expected a key that is a whole number, a text or a list, got null");
}

TEST(OddHistory, KeysOfSeveralParts) {
  const HistoryFile file = parse_history(R"({:process 0 :type :invoke :f :write :value [[1 :a] 3]}
{:process 0 :type :ok :f :write :value [[1 :a] 3]}
{:process 0 :type :invoke :f :read :value [[1 :a] nil]}
{:process 0 :type :ok :f :read :value [[1 :a] 3]}
{:process 1 :type :invoke :f :txn :value [[:append [2 3] 4] [:r [2 4] nil]]}
{:process 1 :type :ok :f :txn :value [[:append [2 3] 4] [:r [2 4] [5]]]}
)",
                                         "h");
  const History& history = file.history;
  EXPECT_EQ(history.key_name(history.at(0).mops[0].key), "[1,\"a\"]");
  EXPECT_EQ(history.at(0).mops[0].key, history.at(1).mops[0].key);
  EXPECT_EQ(history.at(1).mops[0].result, Value(3));
  EXPECT_EQ(history.key_name(history.at(2).mops[0].key), "[2,3]");
  EXPECT_EQ(history.key_name(history.at(2).mops[1].key), "[2,4]");
}

TEST(OddHistory, CommentsTagsAndNamespacesOfEdn) {
  EXPECT_EQ(told(R"(; a comment
#_{:process 9 :type :ok :f :read}
#:jepsen{:process 0, :type :invoke, :f :read, :value #object[Foo 0x1f "x"]}
#jepsen.history.Op{:process 0, :type :ok, :f :read, :value #inst "2020-01-01T00:00:00Z"} ; and one behind
#_ :end
)"),
            "process 0: read key 0 = \"2020-01-01T00:00:00Z\" -> ok\n");
}

// Line ends of Windows, blank lines at the end and between, and none at the very end.
TEST(OddHistory, LineEnds) {
  const std::string read = "process 0: read key 0 = 1 -> ok\n";
  EXPECT_EQ(told("{:process 0, :type :invoke, :f :read, :value nil}\r\n\r\n{:process 0, :type :ok, :f :read, "
                 ":value 1}\r\n"
                 "\r\n \r\n"),
            read);
  EXPECT_EQ(told("{\"process\":0,\"type\":\"invoke\",\"f\":\"read\"}\r\n\r\n"
                 "{\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"value\":1}\r\n\r\n\n"),
            read);
  EXPECT_EQ(told("[{\"process\":0,\"type\":\"invoke\",\"f\":\"read\"},\r\n"
                 "{\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"value\":1}]\r\n\r\n"),
            read);
  EXPECT_EQ(
      told("INFO  jepsen.util - 0\t:invoke\t:read\tnil\r\nINFO  jepsen.util - 0\t:ok\t:read\t1\r\n\r\n"),
      read);
  EXPECT_EQ(told("r 0 1\r\n---\r\nw 0 1\r\n\r\n"),
            "process 0: read key 0 = 1 -> ok\nprocess 0: write key 0 1 -> ok\n");
  EXPECT_EQ(told("w(0,1,0,0)\r\nr(0,1,1,1)\r\n\r\n"),
            "process 0: write key 0 1 -> ok\nprocess 1: read key 0 = 1 -> ok\n");
}

TEST(OddHistory, NothingAtAll) {
  for (const Format format :
       {Format::json_lines, Format::edn, Format::porcupine, Format::awdit, Format::plume}) {
    for (const char* const text : {"", "\n", "\r\n \r\n"})
      EXPECT_EQ(told(text, format), "") << format_name(format);
  }
  EXPECT_EQ(told("[]"), "");
  EXPECT_EQ(told("()"), "");
  EXPECT_EQ(told("", Format::elle_json), "h:1: expected [ and an array of operations");
}

}  // namespace
}  // namespace assay::formats
