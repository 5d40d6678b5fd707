#include "targets/redis/commands.h"

#include <gtest/gtest.h>

namespace assay::redis {
namespace {

Mop mop(Fn fn, Value argument = {}, Key key = 7) { return {fn, key, std::move(argument), {}}; }

Reply parsed(std::string_view bytes) {
  Parser parser;
  parser.feed(bytes);
  Reply reply;
  EXPECT_TRUE(parser.next(reply)) << bytes;
  return reply;
}

Completion completed(const Request& request, std::string_view bytes) {
  Parser parser;
  parser.feed(bytes);
  std::vector<Reply> replies;
  for (Reply reply; parser.next(reply);) replies.push_back(std::move(reply));
  EXPECT_EQ(replies.size(), commands_for(request)->replies);
  return completion_of(request, replies);
}

TEST(RedisCommands, ArePlainCommands) {
  EXPECT_EQ(commands_for({mop(Fn::read)})->bytes, "*2\r\n$3\r\nGET\r\n$5\r\nkey:7\r\n");
  EXPECT_EQ(commands_for({mop(Fn::write, 12)})->bytes, "*3\r\n$3\r\nSET\r\n$5\r\nkey:7\r\n$2\r\n12\r\n");
  EXPECT_EQ(commands_for({mop(Fn::write, Value::text("12"))})->bytes,
            "*3\r\n$3\r\nSET\r\n$5\r\nkey:7\r\n$3\r\nt12\r\n");
  EXPECT_EQ(commands_for({mop(Fn::add, 2)})->bytes, "*3\r\n$6\r\nINCRBY\r\n$5\r\nkey:7\r\n$1\r\n2\r\n");
  const Value range = Value::list({Value::text("keys"), 7, 8});
  EXPECT_EQ(commands_for({mop(Fn::scan, range)})->bytes,
            "*3\r\n$4\r\nMGET\r\n$5\r\nkey:7\r\n$5\r\nkey:8\r\n");
  EXPECT_EQ(commands_for({mop(Fn::read), mop(Fn::write, 1)})->replies, 4u);
  EXPECT_EQ(commands_for({mop(Fn::add, Value::text("a"))})->bytes,
            "*3\r\n$4\r\nSADD\r\n$5\r\nkey:7\r\n$2\r\nta\r\n");
  EXPECT_EQ(commands_for({mop(Fn::remove, Value::text("a"))})->bytes,
            "*3\r\n$4\r\nSREM\r\n$5\r\nkey:7\r\n$2\r\nta\r\n");
  EXPECT_EQ(commands_for({mop(Fn::enqueue, 1)})->bytes, "*3\r\n$5\r\nRPUSH\r\n$5\r\nkey:7\r\n$1\r\n1\r\n");
  EXPECT_EQ(commands_for({mop(Fn::dequeue)})->bytes, "*2\r\n$4\r\nLPOP\r\n$5\r\nkey:7\r\n");
  EXPECT_FALSE(commands_for({mop(Fn::append, 1)}));
  EXPECT_FALSE(commands_for({mop(Fn::read), mop(Fn::cas, Value::pair(1, 2))}));
  EXPECT_FALSE(commands_for({mop(Fn::scan, Value::list({Value::text("keys"), 0, 1'000}))}));
}

TEST(RedisCommands, RepliesBecomeResults) {
  EXPECT_EQ(completed({mop(Fn::read)}, "$2\r\n12\r\n").mops[0].result, Value(12));
  EXPECT_EQ(completed({mop(Fn::read)}, "$3\r\nt12\r\n").mops[0].result, Value::text("12"));
  EXPECT_EQ(completed({mop(Fn::read)}, "$-1\r\n").mops[0].result, Value());
  EXPECT_EQ(completed({mop(Fn::write, 1)}, "+OK\r\n").outcome, Outcome::ok);
  const Request cas = {mop(Fn::cas, Value::pair(1, 2))};
  EXPECT_EQ(completed(cas, ":1\r\n").outcome, Outcome::ok);
  EXPECT_EQ(completed(cas, ":0\r\n").outcome, Outcome::fail);
  const Value range = Value::list({Value::text("keys"), 7, 9});
  EXPECT_EQ(completed({mop(Fn::scan, range)}, "*3\r\n$1\r\n5\r\n$-1\r\n$2\r\ntx\r\n").mops[0].result,
            Value::list({Value::pair(7, 5), Value::pair(9, Value::text("x"))}));
  const Completion both =
      completed({mop(Fn::read), mop(Fn::write, 2)}, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n$1\r\n1\r\n+OK\r\n");
  EXPECT_EQ(both.outcome, Outcome::ok);
  EXPECT_EQ(both.mops[0].result, Value(1));
}

TEST(RedisCommands, AReadOfASetIsAskedAgain) {
  const Request read = {mop(Fn::read)};
  const Commands asked = *commands_for(read);
  const Reply refused = parsed("-WRONGTYPE Operation against a key\r\n");
  const auto again = elements_instead(read, asked, std::span(&refused, 1));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes, "*2\r\n$8\r\nSMEMBERS\r\n$5\r\nkey:7\r\n");
  EXPECT_FALSE(elements_instead(read, *again, std::span(&refused, 1))) << "no set either";
  EXPECT_FALSE(elements_instead({mop(Fn::write, 1)}, asked, std::span(&refused, 1)));
  EXPECT_EQ(completed(read, "*2\r\n$2\r\ntb\r\n$2\r\nta\r\n").mops[0].result,
            Value::list({Value::text("a"), Value::text("b")}));
  EXPECT_EQ(completed({mop(Fn::dequeue)}, "$1\r\n4\r\n").mops[0].result, Value(4));
  EXPECT_EQ(completed({mop(Fn::dequeue)}, "$-1\r\n").mops[0].result, Value());
  EXPECT_EQ(completed({mop(Fn::enqueue, 4)}, ":3\r\n").outcome, Outcome::ok);
  EXPECT_EQ(lost({mop(Fn::dequeue)}, "gone").outcome, Outcome::info);
}

TEST(RedisCommands, ReadsThatChangeNothingAreNeverUnknown) {
  EXPECT_EQ(lost({mop(Fn::read)}, "reset").outcome, Outcome::fail);
  EXPECT_EQ(lost({mop(Fn::read), mop(Fn::write, 1)}, "reset").outcome, Outcome::info);
}

// Every error that is taken for a proof, and some that are none.
TEST(RedisCommands, OnlyErrorsGivenBeforeAnythingWasDoneAreDefinite) {
  const Request write = {mop(Fn::write, 1)};
  for (const ErrorMeaning& meaning : error_table()) {
    const std::string text = "-" + std::string(meaning.word) + " and why\r\n";
    EXPECT_EQ(completed(write, text).outcome, Outcome::fail) << meaning.word;
  }
  for (const char* unknown : {"-ERR something new\r\n", "-OOMPH\r\n", "-BUSYKEY exists\r\n",
                              "-UNKILLABLE script\r\n", "-ERR Error running script\r\n", "-ERR\r\n"}) {
    EXPECT_EQ(completed(write, unknown).outcome, Outcome::info) << unknown;
    EXPECT_EQ(completed({mop(Fn::read)}, unknown).outcome, Outcome::fail) << unknown;
  }
}

TEST(RedisCommands, ATransactionThatWasRefusedDidNothingAndAHalfDoneOneIsUnknown) {
  const Request both = {mop(Fn::write, 1), mop(Fn::add, 2)};
  EXPECT_EQ(completed(both, "+OK\r\n-OOM command\r\n+QUEUED\r\n-EXECABORT because\r\n").outcome,
            Outcome::fail);
  EXPECT_EQ(
      completed(both, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n-ERR value is not an integer\r\n").outcome,
      Outcome::info);
}

TEST(RedisCommands, AReplyThatMakesNoSenseProvesNothing) {
  EXPECT_EQ(completed({mop(Fn::write, 1)}, ":5\r\n").outcome, Outcome::info);
  EXPECT_EQ(completed({mop(Fn::cas, Value::pair(1, 2))}, "+OK\r\n").outcome, Outcome::info);
}

TEST(RedisParser, TakesBytesAsTheyCome) {
  Parser parser;
  Reply reply;
  for (const char byte : std::string_view("*2\r\n:5\r\n$3\r\nabc\r")) {
    parser.feed({&byte, 1});
    EXPECT_FALSE(parser.next(reply));
  }
  parser.feed("\n:9\r\n");
  ASSERT_TRUE(parser.next(reply));
  EXPECT_EQ(reply.elements[1].text, "abc");
  ASSERT_TRUE(parser.next(reply));
  EXPECT_EQ(reply.integer, 9);
  parser.feed("what\r\n");
  EXPECT_FALSE(parser.next(reply));
  EXPECT_TRUE(parser.broken());
  EXPECT_EQ(parsed("-ERR no\r\n").kind, Reply::Kind::error);
}

// https://redis.io/commands/wait: the number of replicas that have it, reached or not.
TEST(RedisCommands, AWriteThatTooFewReplicasHaveIsUnsure) {
  const Request write = {mop(Fn::write, 1)};
  Commands commands = *commands_for(write);
  append_wait(commands, 2);
  EXPECT_EQ(commands.replies, 2u);
  EXPECT_TRUE(commands.bytes.ends_with("*3\r\n$4\r\nWAIT\r\n$1\r\n2\r\n$3\r\n500\r\n")) << commands.bytes;
  const auto waited = [&write](std::string_view written, std::string_view answer) {
    return after_wait(completed(write, written), parsed(answer), 2).outcome;
  };
  EXPECT_EQ(waited("+OK\r\n", ":2\r\n"), Outcome::ok);
  EXPECT_EQ(waited("+OK\r\n", ":1\r\n"), Outcome::info);
  EXPECT_EQ(waited("+OK\r\n", "-UNBLOCKED force unblock from blocking operation\r\n"), Outcome::info);
  EXPECT_EQ(waited("-NOREPLICAS Not enough good replicas to write.\r\n", ":0\r\n"), Outcome::fail);
}

}  // namespace
}  // namespace assay::redis
