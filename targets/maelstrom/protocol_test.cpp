// The protocol as nodes see it: what is asked for a request, what answers mean, which errors prove that nothing happened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "targets/maelstrom/dialogue.h"
#include "targets/maelstrom/services.h"
#include "targets/maelstrom/topology.h"

namespace assay::maelstrom {
namespace {

using ::testing::HasSubstr;

Json json(const std::string& text) { return Json::parse(text); }

// Both sides of a conversation: what is asked, after the answers before it.
struct Talk {
  explicit Talk(Kind kind) : dialogue(make_dialogue(kind)) {}
  std::string ask(const Request& request) { return show(dialogue->begin(request)); }
  std::string answer(const std::string& reply) { return show(dialogue->take(json(reply))); }

  std::string show(Turn turn) {
    if (auto* body = std::get_if<Json>(&turn)) return body->dump();
    if (auto* complaint = std::get_if<Complaint>(&turn)) return complaint->expected;
    last = std::get<Completion>(turn);
    std::string text(outcome_name(last.outcome));
    for (const Mop& mop : last.mops) text += " " + mop.result.to_string();
    return last.error.empty() ? text : text + ": " + last.error;
  }

  std::unique_ptr<Dialogue> dialogue;
  Completion last;
};

TEST(MaelstromDialogue, RegistersAreReadWrittenAndCompared) {
  Talk talk(Kind::lin_kv);
  EXPECT_EQ(talk.ask({{Fn::read, 3, {}, {}}}), R"({"type":"read","key":3})");
  EXPECT_EQ(talk.answer(R"({"type":"read_ok","value":7})"), "ok 7");
  EXPECT_EQ(talk.ask({{Fn::write, 3, 5, {}}}), R"({"type":"write","key":3,"value":5})");
  EXPECT_EQ(talk.answer(R"({"type":"write_ok"})"), "ok nil");
  EXPECT_EQ(talk.ask({{Fn::cas, 3, Value::pair(5, 6), {}}}), R"({"type":"cas","key":3,"from":5,"to":6})");
  EXPECT_EQ(talk.answer(R"({"type":"error","code":22,"text":"no"})"), "fail: precondition-failed");
  EXPECT_EQ(talk.ask({{Fn::dequeue, 3, {}, {}}}), "fail: not in the protocol of this workload");
}

TEST(MaelstromDialogue, AKeyThatIsNotThereIsReadAsNothing) {
  Talk talk(Kind::lin_kv);
  talk.ask({{Fn::read, 3, {}, {}}});
  EXPECT_EQ(talk.answer(R"({"type":"error","code":20})"), "ok nil");
  talk.ask({{Fn::cas, 3, Value::pair(5, 6), {}}});
  EXPECT_EQ(talk.answer(R"({"type":"error","code":20})"), "fail: key-does-not-exist");
}

// https://github.com/jepsen-io/maelstrom/blob/main/doc/protocol.md#errors
TEST(MaelstromDialogue, OnlyDefiniteErrorsProveThatNothingHappened) {
  const std::map<int, Outcome> outcomes = {{0, Outcome::info},   {1, Outcome::fail},  {10, Outcome::fail},
                                           {11, Outcome::fail},  {12, Outcome::fail}, {13, Outcome::info},
                                           {14, Outcome::fail},  {20, Outcome::fail}, {21, Outcome::fail},
                                           {22, Outcome::fail},  {30, Outcome::fail}, {31, Outcome::info},
                                           {1000, Outcome::info}};
  for (const auto& [code, outcome] : outcomes) {
    Talk talk(Kind::lin_kv);
    talk.ask({{Fn::write, 1, 1, {}}});
    talk.answer(R"({"type":"error","code":)" + std::to_string(code) + "}");
    EXPECT_EQ(talk.last.outcome, outcome) << code;
  }
  EXPECT_EQ(error_name(1000), "code-1000");
}

TEST(MaelstromDialogue, EachWorkloadHasItsMessages) {
  Talk echo(Kind::echo);
  EXPECT_EQ(echo.ask({{Fn::write, 1, Value::text("hi"), {}}, {Fn::read, 1, {}, {}}}),
            R"({"type":"echo","echo":"hi"})");
  EXPECT_EQ(echo.answer(R"({"type":"echo_ok","echo":"ho"})"), R"(ok nil "ho")");
  Talk broadcast(Kind::broadcast);
  EXPECT_EQ(broadcast.ask({{Fn::add, 0, 4, {}}}), R"({"type":"broadcast","message":4})");
  EXPECT_EQ(broadcast.answer(R"({"type":"broadcast_ok"})"), "ok nil");
  EXPECT_EQ(broadcast.ask({{Fn::read, 0, {}, {}}}), R"({"type":"read"})");
  EXPECT_EQ(broadcast.answer(R"({"type":"read_ok","messages":[4,1]})"), "ok [4 1]");
  Talk set(Kind::g_set);
  EXPECT_EQ(set.ask({{Fn::add, 0, 4, {}}}), R"({"type":"add","element":4})");
  set.ask({{Fn::read, 0, {}, {}}});
  EXPECT_EQ(set.answer(R"({"type":"read_ok","value":[]})"), "ok []");
  Talk counter(Kind::pn_counter);
  EXPECT_EQ(counter.ask({{Fn::add, 0, -4, {}}}), R"({"type":"add","delta":-4})");
  counter.ask({{Fn::read, 0, {}, {}}});
  EXPECT_EQ(counter.answer(R"({"type":"read_ok","value":9.0})"), "ok 9");
  Talk ids(Kind::unique_ids);
  EXPECT_EQ(ids.ask({{Fn::generate, 0, {}, {}}}), R"({"type":"generate"})");
  EXPECT_EQ(ids.answer(R"({"type":"generate_ok","id":{"node":1.5}})"), R"(ok "{"node":1.5}")");
  Talk lists(Kind::txn_list_append);
  EXPECT_EQ(lists.ask({{Fn::read, 1, {}, {}}, {Fn::append, 2, 9, {}}}),
            R"({"type":"txn","txn":[["r",1,null],["append",2,9]]})");
  EXPECT_EQ(lists.answer(R"({"type":"txn_ok","txn":[["r",1,[8]],["append",2,9]]})"), "ok [8] nil");
  Talk registers(Kind::txn_rw_register);
  EXPECT_EQ(registers.ask({{Fn::write, 1, 6, {}}, {Fn::read, 1, {}, {}}}),
            R"({"type":"txn","txn":[["w",1,6],["r",1,null]]})");
  EXPECT_EQ(registers.answer(R"({"type":"error","code":30})"), "fail: txn-conflict");
}

TEST(MaelstromDialogue, ConsumersGoOnWhereTheyStoodAndCommit) {
  Talk talk(Kind::kafka);
  EXPECT_EQ(talk.ask({{Fn::send, 1, 7, {}}}), R"({"type":"send","key":"1","msg":7})");
  EXPECT_EQ(talk.answer(R"({"type":"send_ok","offset":1000})"), "ok 1000");
  const Request both = {{Fn::poll, 1, {}, {}}, {Fn::poll, 2, {}, {}}};
  EXPECT_EQ(talk.ask(both), R"({"type":"list_committed_offsets","keys":["1","2"]})");
  EXPECT_EQ(talk.answer(R"({"type":"list_committed_offsets_ok","offsets":{"1":999}})"),
            R"({"type":"poll","offsets":{"1":1000,"2":0}})");
  EXPECT_EQ(talk.answer(R"({"type":"poll_ok","msgs":{"1":[[1000,7],[1002,8]]}})"),
            R"({"type":"commit_offsets","offsets":{"1":1002}})");
  // Whatever becomes of the commit: what was polled is known.
  EXPECT_EQ(talk.answer(R"({"type":"error","code":11})"), "ok [(1000 -> 7) (1002 -> 8)] []");
  EXPECT_EQ(talk.ask(both), R"({"type":"poll","offsets":{"1":1003,"2":0}})");
  EXPECT_EQ(talk.answer(R"({"type":"poll_ok","msgs":{}})"), "ok [] []");
  EXPECT_EQ(talk.ask({{Fn::poll, 1, 0, {}}}), R"({"type":"poll","offsets":{"1":0}})");
  EXPECT_EQ(talk.ask({{Fn::poll, 1, -1, {}}}), R"({"type":"list_committed_offsets","keys":["1"]})");
}

TEST(MaelstromDialogue, WhatIsNoAnswerIsToldInASentence) {
  const auto complaint = [](Kind kind, const Request& request, const std::string& reply) {
    Talk talk(kind);
    talk.ask(request);
    return talk.answer(reply);
  };
  const Request read = {{Fn::read, 1, {}, {}}};
  EXPECT_THAT(complaint(Kind::lin_kv, read, R"({"type":"write_ok"})"), HasSubstr("\"read_ok\""));
  EXPECT_THAT(complaint(Kind::lin_kv, read, R"({"type":"read_ok"})"), HasSubstr("\"value\""));
  EXPECT_THAT(complaint(Kind::lin_kv, read, R"({"type":"error"})"), HasSubstr("\"code\""));
  EXPECT_THAT(complaint(Kind::g_set, read, R"({"type":"read_ok","value":3})"), HasSubstr("a list"));
  EXPECT_THAT(complaint(Kind::txn_rw_register, read, R"({"type":"txn_ok","txn":[]})"), HasSubstr("as many"));
  EXPECT_THAT(complaint(Kind::kafka, {{Fn::send, 1, 1, {}}}, R"({"type":"send_ok"})"),
              HasSubstr("\"offset\""));
}

TEST(MaelstromWire, LinesAreMessagesOrToldApart) {
  const auto good = parse_message(R"({"id":4,"src":"n1","dest":"c2","body":{"type":"x"}})");
  ASSERT_TRUE(std::holds_alternative<Message>(good));
  EXPECT_EQ(message_line(std::get<Message>(good)),
            "{\"src\":\"n1\",\"dest\":\"c2\",\"body\":{\"type\":\"x\"}}\n");
  for (const char* bad : {"hello", "[]", "{}", R"({"src":"n1","dest":"n2"})",
                          R"({"src":1,"dest":"n2","body":{}})", R"({"src":"n1","dest":"n2","body":3})"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_message(bad))) << bad;
  }
}

TEST(MaelstromServices, TheLinearizableStoreKeepsTheLastValue) {
  const auto services = make_services(Rng(1));
  Service& store = *services.at("lin-kv");
  const auto ask = [&](const std::string& body) { return store.answer("n1", json(body)).dump(); };
  EXPECT_THAT(ask(R"({"type":"read","key":1})"), HasSubstr(R"("code":20)"));
  EXPECT_THAT(ask(R"({"type":"cas","key":1,"from":0,"to":1})"), HasSubstr(R"("code":20)"));
  EXPECT_EQ(ask(R"({"type":"cas","key":1,"from":0,"to":1,"create_if_not_exists":true})"),
            R"({"type":"cas_ok"})");
  EXPECT_THAT(ask(R"({"type":"cas","key":1,"from":0,"to":2})"), HasSubstr(R"("code":22)"));
  EXPECT_EQ(ask(R"({"type":"write","key":[2],"value":{"a":null}})"), R"({"type":"write_ok"})");
  EXPECT_EQ(ask(R"({"type":"read","key":[2]})"), R"({"type":"read_ok","value":{"a":null}})");
  EXPECT_THAT(ask(R"({"type":"read","key":"1"})"), HasSubstr(R"("code":20)")) << "1 and \"1\" differ";
  EXPECT_THAT(ask(R"({"type":"write","key":1})"), HasSubstr(R"("code":12)"));
  EXPECT_THAT(ask(R"({"type":"lock"})"), HasSubstr(R"("code":10)"));
}

// Nobody goes back in time, and who wrote is up to date; others may be behind.
TEST(MaelstromServices, TheSequentialStoreIsStaleAndMonotonic) {
  const auto services = make_services(Rng(3));
  Service& store = *services.at("seq-kv");
  std::map<std::string, std::int64_t> seen;
  int stale = 0;
  for (std::int64_t value = 1; value <= 500; ++value) {
    store.answer("n1", {{"type", "write"}, {"key", "x"}, {"value", value}});
    for (const std::string reader : {"n2", "n3"}) {
      const Json answer = store.answer(reader, {{"type", "read"}, {"key", "x"}});
      const std::int64_t read = answer.value("value", std::int64_t{0});
      EXPECT_GE(read, seen[reader]);
      stale += read < value ? 1 : 0;
      seen[reader] = read;
    }
    EXPECT_EQ(store.answer("n1", {{"type", "read"}, {"key", "x"}})["value"], value);
  }
  EXPECT_GT(stale, 100);
  // What changes something happens now, whatever its sender has seen.
  store.answer("n2", {{"type", "cas"}, {"key", "x"}, {"from", 500}, {"to", 501}});
  store.answer("n3", {{"type", "write"}, {"key", "y"}, {"value", 1}});
  EXPECT_GE(store.answer("n3", {{"type", "read"}, {"key", "x"}})["value"], 500);
}

TEST(MaelstromServices, TheStoreOfFiveCopiesForgets) {
  const auto services = make_services(Rng(3));
  Service& store = *services.at("lww-kv");
  int stale = 0;
  for (std::int64_t value = 1; value <= 200; ++value) {
    store.answer("n1", {{"type", "write"}, {"key", "x"}, {"value", value}});
    stale +=
        store.answer("n1", {{"type", "read"}, {"key", "x"}}).value("value", std::int64_t{0}) != value ? 1 : 0;
  }
  EXPECT_GT(stale, 20);
  EXPECT_LT(stale, 200);
}

TEST(MaelstromServices, TheOracleGivesRisingNumbers) {
  const auto services = make_services(Rng(3));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(services.at("lin-tso")->answer("n1", {{"type", "ts"}})["ts"], i);
}

TEST(MaelstromTopology, HasNeighboursOnBothSides) {
  EXPECT_EQ(neighbours("line", 3), (std::vector<std::vector<int>>{{1}, {0, 2}, {1}}));
  EXPECT_EQ(neighbours("grid", 5), (std::vector<std::vector<int>>{{1, 3}, {0, 2, 4}, {1}, {0, 4}, {3, 1}}));
  EXPECT_EQ(neighbours("tree", 4), (std::vector<std::vector<int>>{{1, 2}, {0, 3}, {0}, {1}}));
  EXPECT_EQ(neighbours("total", 3), (std::vector<std::vector<int>>{{1, 2}, {0, 2}, {0, 1}}));
}

}  // namespace
}  // namespace assay::maelstrom
