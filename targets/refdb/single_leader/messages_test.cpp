#include "targets/refdb/single_leader/messages.h"

#include <gtest/gtest.h>

#include "harness/core/rng.h"
#include "targets/refdb/single_leader/functions.h"

namespace assay::refdb::single_leader {
namespace {

Message sample() {
  Message message;
  message.kind = MessageKind::append;
  message.shard = 1;
  message.epoch = 7;
  message.position = {6, 41};
  message.commit = 40;
  message.refused_at = 39;
  message.round = 12;
  message.offset = 3;
  message.since = -5;
  message.synchronous = message.heartbeat = true;
  message.entries = {{42, 7, EntryKind::empty, nullptr},
                     {43, 7, EntryKind::command, std::make_shared<const std::string>("abc")}};
  message.piece = "piece";
  return message;
}

TEST(Messages, ComeBackAsTheyWere) {
  const Message sent = sample();
  const DecodedMessage decoded = decode_message(encode_message(sent, 5), 5);
  ASSERT_EQ(decoded.trouble, wire::Trouble::none);
  const Message& got = decoded.message;
  EXPECT_EQ(got.kind, sent.kind);
  EXPECT_EQ(got.shard, 1u);
  EXPECT_EQ(got.epoch, 7u);
  EXPECT_EQ(got.position, sent.position);
  EXPECT_EQ(got.commit, 40u);
  EXPECT_EQ(got.refused_at, 39u);
  EXPECT_EQ(got.round, 12u);
  EXPECT_EQ(got.offset, 3u);
  EXPECT_EQ(got.since, -5);
  EXPECT_TRUE(got.synchronous && got.heartbeat && !got.refused && !got.needs_snapshot && !got.last_piece);
  ASSERT_EQ(got.entries.size(), 2u);
  EXPECT_EQ(got.entries[1].index, 43u);
  EXPECT_EQ(got.entries[1].command(), "abc");
  EXPECT_EQ(got.piece, "piece");
}

TEST(Messages, OfOthersAndDamagedOnesAreTold) {
  std::string bytes = encode_message(sample(), 5);
  EXPECT_EQ(decode_message(bytes, 6).trouble, wire::Trouble::foreign_cluster);
  bytes[1] = static_cast<char>(bytes[1] + 1);
  EXPECT_EQ(decode_message(bytes, 5).trouble, wire::Trouble::unknown_version);
  EXPECT_EQ(decode_message("", 5).trouble, wire::Trouble::garbage);
}

TEST(Messages, AnyBytesAreDecodedOrRefused) {
  Rng rng(1);
  const std::string good = encode_message(sample(), 5);
  const std::string body = good.substr(10, good.size() - 14);
  EXPECT_TRUE(decode_message_body(body).has_value());
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = body;
    for (std::uint64_t times = rng.below(4) + 1; times > 0; --times) {
      damaged[rng.below(damaged.size())] = static_cast<char>(rng.below(256));
    }
    if (rng.chance(1, 3)) damaged.resize(rng.below(damaged.size()));
    refused += decode_message_body(damaged).has_value() ? 0 : 1;
  }
  EXPECT_GT(refused, 5'000);
}

TEST(Positions, ALaterEpochIsFurtherOn) {
  EXPECT_LT((Position{3, 100}), (Position{4, 1}));
  EXPECT_LT((Position{4, 1}), (Position{4, 2}));
  Positions seen = {{1, 5}, {2, 2}};
  merge(seen, {{1, 3}, {2, 9}, {1, 1}});
  EXPECT_EQ(seen, (Positions{{1, 5}, {2, 9}, {1, 1}}));
  EXPECT_EQ(at_shard(seen, 7), Position{});
}

TEST(Contexts, ComeBackAsTheyWere) {
  RequestContext request;
  request.place = RequestContext::Place::local_waiting;
  request.fence = 9;
  request.minimum = {8, 100};
  request.max_lag = 5;
  request.seen = {{1, 2}, {3, 4}};
  const auto got = decode_request_context(encode_context(request));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->place, request.place);
  EXPECT_EQ(got->fence, 9u);
  EXPECT_EQ(got->minimum, request.minimum);
  EXPECT_EQ(got->max_lag, 5);
  EXPECT_EQ(got->seen, request.seen);
  const AnswerContext answer{7, {7, 50}, 1234, {{1, 1}}};
  const auto back = decode_answer_context(encode_context(answer));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->position, answer.position);
  EXPECT_EQ(back->lag, 1234);
  EXPECT_EQ(back->depends_on, answer.depends_on);
}

TEST(Contexts, EmptyAsksTheLeaderAndGarbageIsRefused) {
  EXPECT_EQ(decode_request_context("")->place, RequestContext::Place::leader);
  EXPECT_FALSE(decode_request_context("\x09garbage").has_value());
  EXPECT_FALSE(decode_answer_context("").has_value());
  std::string many;
  wire::Writer writer(many);
  for (int i = 0; i < 3; ++i) writer.number(1);
  writer.signed_number(0);
  writer.number(1'000'000'000);
  EXPECT_FALSE(decode_answer_context(many).has_value());
}

TEST(Functions, AreWorkedOutInWritesAlone) {
  std::vector<Mop> mops = {{Fn::write, 1, Value::text("now()"), {}},
                           {Fn::write, 2, Value::text("rand()"), {}},
                           {Fn::write, 3, Value::text("auto()"), {}},
                           {Fn::append, 4, Value::text("now()"), {}}};
  EXPECT_TRUE(has_functions(mops));
  work_out_functions(mops, {10, 20, 30});
  EXPECT_EQ(mops[0].argument, Value(10));
  EXPECT_EQ(mops[1].argument, Value(20));
  EXPECT_EQ(mops[2].argument, Value(30));
  EXPECT_EQ(mops[3].argument, Value::text("now()"));
  EXPECT_FALSE(has_functions(mops));
  const std::string record = write_record({{1, 2}}, 77, "command");
  EXPECT_EQ(read_record(record).command, "command");
  EXPECT_EQ(read_record(record).depends_on, (Positions{{1, 2}}));
  EXPECT_EQ(read_record("\xff").command, "");
}

}  // namespace
}  // namespace assay::refdb::single_leader
