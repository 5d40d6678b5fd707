#include "harness/formats/json_lines.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/core/testing/temporary_folder.h"
#include "harness/formats/json_lines_reader.h"
#include "harness/formats/testing/random_history.h"

namespace assay::formats {
namespace {

using testing::RandomHistory;

Operation operation_of(ProcessId process, Nanos invoked, std::span<const Mop> mops) {
  Operation operation;
  operation.process = process;
  operation.due = operation.invoked = invoked;
  operation.mops = mops;
  return operation;
}

std::string lines_refusal(const std::string& text) {
  try {
    parse_json_lines(text, "h.jsonl");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(JsonLines, WritesTheLinesOfTheDesign) {
  const JsonLinesEncoder encoder({"n1", "n2"});
  Mop write{Fn::write, 7, 12, Value()};
  Operation operation = operation_of(3, 1503211, {&write, 1});
  operation.due = 1500000;
  operation.node = 1;
  std::string out;
  encoder.invoked(operation, 1, out);
  operation.outcome = Outcome::ok;
  encoder.completed(operation, 2911840, 2, out);
  const Mop transaction[] = {{Fn::write, 1, 5, Value()},
                             {Fn::read, 2, Value(), 9},
                             {Fn::append, 3, 4, Value()},
                             {Fn::cas, 4, Value::pair(1, 2), {}}};
  operation = operation_of(0, 7, transaction);
  encoder.invoked(operation, 3, out);
  operation.error = "timeout";
  encoder.completed(operation, 8, 4, out);
  FaultEvent event{
      .time = 3000000, .began = 2900000, .stage = FaultEvent::Stage::start, .fault = "partition"};
  event.window = 1;
  event.nodes = {0, 1};
  event.value = {{"shape", Value::text("halves")}};
  event.evidence = {{"lost", 4}};
  event.verified = true;
  encoder.fault(event, 5, out);
  EXPECT_EQ(
      out,
      R"({"index":1,"time":1503211,"process":3,"type":"invoke","f":"write","value":12,"key":7,"node":"n2","due":1500000}
{"index":2,"time":2911840,"process":3,"type":"ok","f":"write","value":12,"key":7,"node":"n2"}
{"index":3,"time":7,"process":0,"type":"invoke","f":"txn","value":[["w",1,5],["r",2,null],["append",3,4],["cas",4,[1,2]]],"due":7}
{"index":4,"time":8,"process":0,"type":"info","f":"txn","value":[["w",1,5],["r",2,9],["append",3,4],["cas",4,[1,2]]],"error":"timeout"}
{"index":5,"time":3000000,"process":"nemesis","type":"info","f":"start-partition","value":{"shape":"halves"},"nodes":["n1","n2"],"began":2900000,"window":1,"verified":true,"evidence":{"lost":4}}
)");
}

TEST(JsonLines, TheFirstLineNamesTheNodes) {
  const JsonLinesEncoder encoder({"n1", "n2"});
  const Mop read{};
  std::string out;
  encoder.invoked(operation_of(0, 1, {&read, 1}), 0, out);
  EXPECT_NE(out.find(R"(,"node_names":["n1","n2"]})"), std::string::npos) << out;
}

TEST(JsonLines, ReplacesInvalidUtf8) {
  const JsonLinesEncoder encoder({});
  // A stray byte, an overlong form, a surrogate, a cut sequence, and a good character.
  const Mop write{Fn::write, 1,
                  Value::text("a\xFF"
                              "b\xC0\xAF"
                              "c\xED\xA0\x80"
                              "d\xE2\x82"
                              "e\xC3\xA4"),
                  Value()};
  std::string out;
  encoder.invoked(operation_of(0, 1, {&write, 1}), 1, out);
  const HistoryFile file = parse_json_lines(out, "h");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(file.history.at(0).mops[0].argument.as_text(),
            "a" + bad + "b" + bad + bad + "c" + bad + bad + bad + "d" + bad + bad + "e\xC3\xA4");
}

TEST(JsonLines, ReadingBackGivesTheSameDigest) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const History history = RandomHistory(seed).make(60);
    std::string out;
    write_json_lines(history, out);
    const HistoryFile file = parse_json_lines(out, "h.jsonl");
    EXPECT_EQ(file.history.digest(), history.digest()) << "seed " << seed << "\n" << out;
    EXPECT_TRUE(file.warnings.empty());
    EXPECT_EQ(file.never_completed, 0u);
    std::string again;
    write_json_lines(file.history, again);
    EXPECT_EQ(again, out) << "seed " << seed;
  }
}

TEST(JsonLines, DamagedLinesNeverCrash) {
  Rng rng(7);
  std::string out;
  write_json_lines(RandomHistory(3).make(40), out);
  int accepted = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = out;
    for (std::uint64_t n = 1 + rng.below(4); n > 0; --n) {
      const std::size_t at = rng.below(damaged.size());
      if (rng.chance(1, 3))
        damaged.erase(at, rng.below(20));
      else if (rng.chance(1, 2))
        damaged[at] = static_cast<char>(rng.below(256));
      else
        damaged.insert(at, damaged.substr(rng.below(damaged.size()), rng.below(200)));
    }
    if (rng.chance(1, 2)) damaged.resize(rng.below(damaged.size()));
    const std::string said = lines_refusal(damaged);
    if (said == "accepted")
      ++accepted;
    else
      EXPECT_EQ(said.rfind("h.jsonl:", 0), 0u) << said;
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 1500);
}

TEST(JsonLines, AnIncompleteLastLineIsLeftOut) {
  std::string out;
  write_json_lines(RandomHistory(5).make(30), out);
  const std::size_t last = out.rfind('\n', out.size() - 2) + 1;
  for (std::size_t size = last + 1; size + 1 < out.size(); ++size) {
    const HistoryFile file = parse_json_lines(out.substr(0, size), "h.jsonl");
    ASSERT_EQ(file.warnings.size(), 1u) << size;
    EXPECT_NE(file.warnings[0].find("the last line is incomplete"), std::string::npos);
  }
  EXPECT_TRUE(parse_json_lines(out.substr(0, out.size() - 1), "h").warnings.empty());
}

TEST(JsonLines, AnOpenOperationIsInfo) {
  const HistoryFile file = parse_json_lines(
      "{\"time\":1,\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"key\":1,\"value\":2}\n", "h");
  EXPECT_EQ(file.never_completed, 1u);
  EXPECT_EQ(file.history.at(0).outcome, Outcome::info);
  EXPECT_EQ(file.history.at(0).due, 1);
}

TEST(JsonLines, ReadsHistoriesOfJepsensFamily) {
  const HistoryFile file = parse_json_lines(
      R"({"process":"nemesis","type":"info","f":"start-partition","value":"majority"}
{"process":"nemesis","type":"info","f":"start-partition","value":["n1"]}
{"process":0,"type":"invoke","f":"read","value":["x",null]}
{"process":1,"type":"invoke","f":"cas","value":["x",[1,2]],"weight":1.5}
{"process":0,"type":"ok","f":"read","value":["x",[3,4]]}
{"process":1,"type":"fail","f":"cas","value":["x",[1,2]],"error":["mismatch",7]}
{"process":"nemesis","type":"info","f":"stop-partition"}
{"process":0,"type":"invoke","f":"txn","value":[["r","y",null],["w",3,{"a":1.5}]]}
{"process":0,"type":"ok","f":"txn","value":[["r","y",[1]],["w",3,{"a":1.5}]]}
)",
      "h");
  const History& history = file.history;
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history.at(0).mops[0].result, Value::list({3, 4}));
  EXPECT_EQ(history.key_name(history.at(0).mops[0].key), "x");
  EXPECT_EQ(history.at(1).mops[0].argument, Value::pair(1, 2));
  EXPECT_EQ(history.at(1).error, R"(["mismatch",7])");
  EXPECT_TRUE(history.at(0).completed < history.at(2).invoked);
  EXPECT_EQ(history.at(2).mops[1].argument, Value::list({Value::pair(Value::text("a"), Value::text("1.5"))}));
  ASSERT_EQ(history.fault_windows().size(), 1u);
  EXPECT_NE(history.fault_windows()[0].end, kNever);
}

TEST(JsonLines, RefusesBrokenLinesWithOneSentence) {
  const std::string invoke = R"({"time":10,"process":0,"type":"invoke","f":"read","key":1,"value":null})"
                             "\n";
  const struct {
    std::string text, sentence;
  } kCases[] = {
      {"hello\n", "h.jsonl:1: expected one complete JSON object on the line"},
      {"hello", "h.jsonl:1: expected one complete JSON object on the line"},
      {invoke + "{\"time\":11\n" + invoke, "h.jsonl:2: expected one complete JSON object on the line"},
      {invoke + invoke.substr(0, 70) + "} x\n", "h.jsonl:2: expected one complete JSON object on the line"},
      {"[1]\n", "h.jsonl:1: expected a JSON object, got [1]"},
      {"{\"a\":\"\xFF\"}\n", "h.jsonl:1: expected UTF-8 text"},
      {"\n\n{}\n", "h.jsonl:3: expected the field \"process\""},
      {R"({"process":0})"
       "\n",
       "h.jsonl:1: expected the field \"f\""},
      {R"({"process":0,"f":"read"})"
       "\n",
       "h.jsonl:1: expected the field \"type\""},
      {R"({"process":0,"f":"read","type":"maybe"})"
       "\n",
       "h.jsonl:1: expected \"type\" to be \"invoke\", \"ok\", \"fail\" or \"info\", got \"maybe\""},
      {R"({"process":-4,"f":"read","type":"ok"})"
       "\n",
       "h.jsonl:1: expected \"process\" to be between 0 and 2147483647, got -4"},
      {R"({"process":1.5,"f":"read","type":"ok"})"
       "\n",
       "h.jsonl:1: expected \"process\" to be a whole number, got 1.5"},
      {R"({"time":"now","process":1})"
       "\n",
       "h.jsonl:1: expected \"time\" to be a whole number, got \"now\""},
      {R"({"time":9223372036854775807,"process":1})"
       "\n",
       "h.jsonl:1: expected \"time\" to be a whole number, got 9223372036854775807"},
      {R"({"process":0,"type":"invoke","f":"flush"})"
       "\n",
       "h.jsonl:1: expected a function among read, write, cas, append, add, remove, enqueue, dequeue, push, "
       "pop, "
       "acquire, release, generate or txn, got \"flush\""},
      {invoke + R"({"time":12,"process":0,"type":"invoke","f":"read"})"
                "\n",
       "h.jsonl:2: expected a completion of process 0, whose operation of line 1 is still open, got another "
       "invocation"},
      {R"({"process":4,"type":"ok","f":"read"})"
       "\n",
       "h.jsonl:1: expected an invocation of process 4 before its completion"},
      {invoke + R"({"time":9,"process":0,"type":"ok","f":"read"})"
                "\n",
       "h.jsonl:2: expected a time of at least 10, when the operation was invoked (line 1), got 9"},
      {invoke + R"({"time":9,"process":1,"type":"invoke","f":"read"})"
                "\n",
       "h.jsonl:2: expected a time of at least 10, that of the invocation before it, got 9"},
      {invoke + R"({"time":12,"process":0,"type":"ok","f":"write"})"
                "\n",
       "h.jsonl:2: expected the same function and keys as in the invocation (line 1), got \"write\""},
      {invoke + R"({"time":12,"process":0,"type":"ok","f":"read","key":2})"
                "\n",
       "h.jsonl:2: expected the same function and keys as in the invocation (line 1), got \"read\""},
      {R"({"process":0,"type":"invoke","f":"txn","value":7})"
       "\n",
       "h.jsonl:1: expected \"value\" of a txn to be a list of micro-operations such as [\"r\",1,null]"},
      {R"({"process":0,"type":"invoke","f":"txn","value":[["r"]]})"
       "\n",
       "h.jsonl:1: expected a micro-operation such as [\"r\",1,null], got [\"r\"]"},
      {R"({"process":0,"type":"invoke","f":"read","key":{"a":1}})"
       "\n",
       "h.jsonl:1: expected a key that is a whole number, a text or a list, got {\"a\":1}"},
      {R"({"process":"nemesis","f":"start-kill","window":-1})"
       "\n",
       "h.jsonl:1: expected \"window\" to be between 0 and 4294967295, got -1"},
      {R"({"process":"nemesis","f":"start-kill","verified":1})"
       "\n",
       "h.jsonl:1: expected \"verified\" to be true or false, got 1"},
      {R"({"process":"nemesis","f":"start-kill","nodes":"n1"})"
       "\n",
       "h.jsonl:1: expected \"nodes\" to be a list of texts, got \"n1\""},
      {"{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}\n",
       "h.jsonl:1: expected values nested at most 64 deep"},
  };
  for (const auto& broken : kCases) EXPECT_EQ(lines_refusal(broken.text), broken.sentence);
  EXPECT_EQ(lines_refusal(invoke), "accepted");
}

TEST(JsonLines, ReadsFilesLargerThanABlock) {
  std::string out;
  const History history = RandomHistory(11).make(20'000);
  write_json_lines(history, out);
  ASSERT_GT(out.size(), std::size_t{3} << 20);
  const TemporaryFolder folder;
  const std::string path = folder.write("large.jsonl", out);
  const HistoryFile file = read_json_lines(path);
  EXPECT_EQ(file.history.digest(), history.digest());
  std::remove(path.c_str());
  EXPECT_THROW(read_json_lines(path), InputError);
}

}  // namespace
}  // namespace assay::formats
