#include "targets/refdb/client/client_core.h"

#include <gtest/gtest.h>

#include "targets/refdb/client/trouble.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb {
namespace {

constexpr Nanos kTimeout = 2 * kSecond;
const Request kWrite = {{Fn::write, 1, 7, {}}};
const Request kRead = {{Fn::read, 1, {}, {}}};

// Plays the driver: connects at once unless told not to, and keeps what was sent.
class Session {
 public:
  explicit Session(bool stay = false) : core(config(), stay) {}

  static ClientConfig config() {
    ClientConfig config;
    config.client_id = 5;
    config.cluster_size = 3;
    config.first_node = 1;
    return config;
  }

  void invoke(const Request& request) {
    core.invoke(request, kTimeout, now);
    carry_out();
  }
  void answer(wire::Status status, std::optional<PeerId> leader = std::nullopt) {
    wire::ClientAnswer message;
    message.number = sent.number;
    message.attempt = sent.attempt;
    message.status = status;
    message.leader = leader;
    if (status == wire::Status::ok) message.results.assign(sent.mops.size(), Value(3));
    core.received(node, wire::encode_answer(message), now);
    carry_out();
  }
  // To the next deadline, or to the end of the operation.
  void wait() {
    now = core.next_deadline();
    core.tick(now);
    carry_out();
  }
  void wait_until_done() {
    while (!completion && core.next_deadline() != kNever) wait();
  }
  void carry_out() {
    for (ClientAction& action : core.take_actions()) {
      switch (action.kind) {
        case ClientAction::Kind::connect:
          if (!reachable) {
            core.disconnected(action.node, true, now);
          } else if (answers_connect) {
            core.connected(action.node, now);
          }
          return carry_out();
        case ClientAction::Kind::disconnect:
          break;
        case ClientAction::Kind::send:
          node = action.node;
          sent = *wire::decode_request(action.payload);
          ++sends;
          break;
        case ClientAction::Kind::complete:
          completion = std::move(action.completion);
          break;
      }
    }
  }

  ClientCore core;
  Nanos now = 1000;
  bool reachable = true;
  bool answers_connect = true;
  PeerId node = 99;
  wire::ClientRequest sent;
  int sends = 0;
  std::optional<Completion> completion;
};

// The table of trouble.h, row by row.
struct Row {
  wire::Status status;
  // Answered so once, then silence until out of time; nothing: not completed by the answer itself.
  std::optional<Outcome> write_at_once;
  std::optional<Outcome> read_at_once;
  Outcome write_in_the_end;
};
const Row kTable[] = {
    {wire::Status::ok, Outcome::ok, Outcome::ok, Outcome::ok},
    {wire::Status::failed, Outcome::fail, Outcome::fail, Outcome::fail},
    {wire::Status::wrong_type, Outcome::fail, Outcome::fail, Outcome::fail},
    {wire::Status::not_leader, std::nullopt, std::nullopt, Outcome::fail},
    {wire::Status::overloaded, std::nullopt, std::nullopt, Outcome::fail},
    {wire::Status::unsure, std::nullopt, std::nullopt, Outcome::info},
    {wire::Status::too_stale, Outcome::info, Outcome::fail, Outcome::info},
    {wire::Status::bad_request, Outcome::fail, Outcome::fail, Outcome::fail},
};

TEST(ClientTable, WhatAnAnswerProves) {
  for (const Row& row : kTable) {
    const std::string name(wire::status_name(row.status));
    Session write;
    write.invoke(kWrite);
    write.answer(row.status);
    ASSERT_EQ(write.completion.has_value(), row.write_at_once.has_value()) << name;
    if (row.write_at_once) {
      EXPECT_EQ(write.completion->outcome, *row.write_at_once) << name;
    }
    Session read;
    read.invoke(kRead);
    read.answer(row.status);
    ASSERT_EQ(read.completion.has_value(), row.read_at_once.has_value()) << name;
    if (row.read_at_once) {
      EXPECT_EQ(read.completion->outcome, *row.read_at_once) << name;
    }
  }
}

TEST(ClientTable, WhatTheSameAnswerFromEverybodyProves) {
  for (const Row& row : kTable) {
    Session write;
    write.invoke(kWrite);
    while (!write.completion) {
      const int before = write.sends;
      write.answer(row.status);
      while (!write.completion && write.sends == before) write.wait();
    }
    EXPECT_EQ(write.completion->outcome, row.write_in_the_end) << wire::status_name(row.status);
  }
}

TEST(ClientTable, SilenceAfterARefusalIsInfo) {
  Session session;
  session.invoke(kWrite);
  session.answer(wire::Status::not_leader);
  session.wait_until_done();
  EXPECT_EQ(session.completion->outcome, Outcome::info);
}

TEST(ClientTable, SilenceIsInfoForAWriteAndFailForARead) {
  Session write;
  write.invoke(kWrite);
  write.wait_until_done();
  EXPECT_EQ(write.completion->outcome, Outcome::info);
  EXPECT_EQ(write.now, 1000 + kTimeout);
  Session read;
  read.invoke(kRead);
  read.wait_until_done();
  EXPECT_EQ(read.completion->outcome, Outcome::fail);
}

TEST(ClientTable, NoConnectionIsFail) {
  Session refused;
  refused.reachable = false;
  refused.invoke(kWrite);
  refused.wait_until_done();
  EXPECT_EQ(refused.completion->outcome, Outcome::fail);
  EXPECT_EQ(refused.sends, 0);
  Session hanging;
  hanging.answers_connect = false;
  hanging.invoke(kWrite);
  hanging.wait_until_done();
  EXPECT_EQ(hanging.completion->outcome, Outcome::fail);
}

TEST(ClientTable, ALostConnectionIsInfoUnlessItNeverOpened) {
  for (const bool never_opened : {false, true}) {
    Session session;
    session.invoke(kWrite);
    session.reachable = false;
    session.core.disconnected(session.node, never_opened, session.now);
    session.wait_until_done();
    EXPECT_EQ(session.completion->outcome, never_opened ? Outcome::fail : Outcome::info);
  }
}

TEST(ClientTable, BadRequestAfterAnUnansweredAttemptIsInfo) {
  Session session;
  session.invoke(kWrite);
  session.wait();
  ASSERT_EQ(session.sends, 2);
  session.answer(wire::Status::bad_request);
  EXPECT_EQ(session.completion->outcome, Outcome::info);
}

TEST(ClientTable, GarbageIsNoAnswer) {
  Session session;
  session.invoke(kWrite);
  session.core.received(session.node, "HTTP/1.1 400 Bad Request", session.now);
  session.carry_out();
  EXPECT_FALSE(session.completion);
  session.wait_until_done();
  EXPECT_EQ(session.completion->outcome, Outcome::info);
}

TEST(ClientCore, FillsInResults) {
  Session session;
  session.invoke(kRead);
  session.answer(wire::Status::ok);
  EXPECT_EQ(session.completion->mops.at(0).result, Value(3));
  EXPECT_EQ(session.completion->node, 1);
}

TEST(ClientCore, ResendsWithTheSameNumberToAnotherNode) {
  Session session;
  session.invoke(kWrite);
  EXPECT_EQ(session.node, 1);
  session.wait();
  EXPECT_EQ(session.node, 2);
  EXPECT_EQ(session.sent.number, 1u);
  EXPECT_EQ(session.sent.attempt, 2u);
}

TEST(ClientCore, FollowsAHintAndRemembersTheLeader) {
  Session session;
  session.invoke(kWrite);
  session.answer(wire::Status::not_leader, PeerId{0});
  EXPECT_EQ(session.node, 0);
  session.answer(wire::Status::ok);
  session.invoke(kWrite);
  EXPECT_EQ(session.node, 0);
  EXPECT_EQ(session.sent.number, 2u);
}

TEST(ClientCore, DoesNotRunInCircles) {
  Session session;
  session.invoke(kWrite);
  for (int i = 0; i < 3; ++i) {
    session.answer(wire::Status::not_leader, static_cast<PeerId>(session.node == 0 ? 1 : 0));
  }
  const int sends = session.sends;
  session.answer(wire::Status::not_leader, static_cast<PeerId>(session.node == 0 ? 1 : 0));
  EXPECT_EQ(session.sends, sends) << "waits before it goes on";
}

TEST(ClientCore, AnAnswerToAnEarlierRequestIsIgnored) {
  Session session;
  session.invoke(kWrite);
  const wire::ClientRequest first = session.sent;
  session.answer(wire::Status::ok);
  session.completion.reset();
  session.invoke(kWrite);
  session.core.received(session.node, wire::encode_answer({first.number, first.attempt, {}, {}, {}}),
                        session.now);
  session.carry_out();
  EXPECT_FALSE(session.completion);
}

// A refusal of the first attempt says nothing about the second, to the same node.
TEST(ClientCore, ARefusalCountsForItsOwnAttemptOnly) {
  Session session;
  session.invoke(kWrite);
  const wire::ClientRequest first = session.sent;
  session.wait();
  wire::ClientAnswer refusal;
  refusal.number = first.number;
  refusal.attempt = first.attempt;
  refusal.status = wire::Status::not_leader;
  session.core.received(1, wire::encode_answer(refusal), session.now);
  session.wait_until_done();
  EXPECT_EQ(session.completion->outcome, Outcome::info);
}

TEST(ClientCore, LocalReadsStayAndWritesDoNot) {
  Session session(true);
  session.invoke(kRead);
  EXPECT_EQ(session.node, 1);
  session.wait();
  EXPECT_EQ(session.node, 1);
  session.answer(wire::Status::ok);
  session.invoke(kWrite);
  session.answer(wire::Status::not_leader, PeerId{2});
  EXPECT_EQ(session.node, 2);
  session.answer(wire::Status::ok);
  session.invoke(kRead);
  EXPECT_EQ(session.node, 1);
}

}  // namespace
}  // namespace assay::refdb
