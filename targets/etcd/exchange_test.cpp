#include "targets/etcd/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/base64.h"
#include "targets/etcd/notation.h"

namespace assay::etcd {
namespace {

using testing::HasSubstr;
using Next = std::variant<Call, Completion>;

Mop mop(Fn fn, Value argument = {}, Key key = 7) { return {fn, key, std::move(argument), {}}; }
Value set_element() { return Value::text("e1"); }

std::string call_text(const Next& next) {
  const auto* call = std::get_if<Call>(&next);
  return call == nullptr ? "no call: " + std::get<Completion>(next).error : call->path + " " + call->body;
}

Completion completion(const Next& next) {
  const auto* done = std::get_if<Completion>(&next);
  EXPECT_NE(done, nullptr) << call_text(next);
  return done == nullptr ? Completion{} : *done;
}

constexpr const char* kHeader = R"("header":{"revision":"9","raft_term":"2"})";

Answer ok(const std::string& rest = "") {
  return {200, std::string("{") + kHeader + (rest.empty() ? "" : "," + rest) + "}"};
}

std::string pair_text(const std::string& key, const std::string& value, int revision = 5) {
  return R"({"key":")" + base64_of(key) + R"(","mod_revision":")" + std::to_string(revision) +
         R"(","value":")" + base64_of(value) + "\"}";
}

std::string kvs(const std::string& pairs) { return "\"kvs\":[" + pairs + "]"; }

std::string ranges(const std::vector<std::string>& all) {
  std::string list;
  for (const std::string& one : all)
    list += (list.empty() ? "" : ",") + ("{\"response_range\":{" + one + "}}");
  return "\"responses\":[" + list + "]";
}

// What becomes of a request of one call that is answered so.
Completion answered(const Request& request, const Answer& answer) {
  Exchange exchange(request, {});
  EXPECT_EQ(call_text(exchange.begin()).find("no call"), std::string::npos);
  return completion(exchange.next(answer));
}

TEST(EtcdNotation, ValuesAreReadBackAsWhatTheyWere) {
  for (const Value& value :
       {Value(), Value(-7), Value::boolean(true), Value::text(""), Value::text("n:\n"), Value::list({}),
        Value::list({1, Value::text("a"), Value::list({Value::pair(1, Value())})}), Value::pair(3, 4)}) {
    EXPECT_EQ(loaded(stored(value)), value) << value.to_string();
    EXPECT_EQ(from_base64(base64_of(stored(value))), stored(value));
  }
  for (const char* other : {"", "x", "l3", "l3:1", "l9:1", "p1:1", "b2"})
    EXPECT_FALSE(loaded(other)) << other;
}

TEST(EtcdExchange, OneOperationIsOneCall) {
  const auto first = [](const Request& request, bool local = false) {
    Exchange exchange(request, {.local_reads = local});
    return call_text(exchange.begin());
  };
  EXPECT_EQ(first({mop(Fn::read)}), R"(/v3/kv/range {"key":"azcu","range_end":"azcv"})");
  EXPECT_EQ(first({mop(Fn::read)}, true),
            R"(/v3/kv/range {"key":"azcu","range_end":"azcv","serializable":true})");
  EXPECT_EQ(first({mop(Fn::write, 12)}), R"(/v3/kv/put {"key":"azcu","value":"MTI="})");
  EXPECT_THAT(first({mop(Fn::cas, Value::pair(1, 2))}),
              HasSubstr(R"("target":"VALUE","result":"EQUAL","value":"MQ==")"));
  EXPECT_THAT(first({mop(Fn::cas, Value::pair(Value(), 2))}), HasSubstr(R"("create_revision":"0")"));
  EXPECT_EQ(first({mop(Fn::add, set_element())}), R"(/v3/kv/put {"key":"azcudGUx","value":"MQ=="})");
  EXPECT_EQ(first({mop(Fn::remove, set_element())}), R"(/v3/kv/deleterange {"key":"azcudGUx"})");
  EXPECT_THAT(first({mop(Fn::read), mop(Fn::read, {}, 8)}, true), HasSubstr("/v3/kv/txn"));
  EXPECT_THAT(first({mop(Fn::write, 1), mop(Fn::write, 2), mop(Fn::write, 3, 8)}),
              testing::Not(HasSubstr("\"value\":\"MQ==\"")));
  for (const Fn unknown : {Fn::enqueue, Fn::scan})
    EXPECT_EQ(first({mop(unknown, 1)}), "no call: etcd can't do that");
  EXPECT_EQ(first({mop(Fn::add, set_element()), mop(Fn::read)}), "no call: etcd can't do that");
}

TEST(EtcdExchange, AnswersBecomeResults) {
  EXPECT_EQ(answered({mop(Fn::read)}, ok(kvs(pair_text("k7.", "12")))).mops[0].result, Value(12));
  EXPECT_EQ(answered({mop(Fn::read)}, ok()).mops[0].result, Value());
  EXPECT_EQ(answered({mop(Fn::read)}, ok(kvs(pair_text("k7.te1", "1") + "," + pair_text("k7.te2", "1"))))
                .mops[0]
                .result,
            Value::list({Value::text("e1"), Value::text("e2")}));
  EXPECT_EQ(answered({mop(Fn::read)}, ok(kvs(pair_text("k7.", "L", 6)))).mops[0].result,
            Value::list({6, Value::boolean(true)}));
  const Completion both = answered({mop(Fn::read, {}, 8), mop(Fn::read)},
                                   ok(ranges({kvs(pair_text("k7.", "1")), kvs(pair_text("k8.", "2"))})));
  EXPECT_EQ(both.mops[0].result, Value(2));
  EXPECT_EQ(both.mops[1].result, Value(1));
  EXPECT_EQ(answered({mop(Fn::write, 1)}, ok()).outcome, Outcome::ok);
  const Request cas = {mop(Fn::cas, Value::pair(1, 2))};
  EXPECT_EQ(answered(cas, ok("\"succeeded\":true")).outcome, Outcome::ok);
  EXPECT_EQ(answered(cas, ok()).outcome, Outcome::fail);
  EXPECT_EQ(answered({mop(Fn::release, 9)}, ok()).outcome, Outcome::fail);
}

TEST(EtcdExchange, AnAppendIsTriedAgainUntilNobodyWasFaster) {
  Exchange exchange({mop(Fn::append, 3), mop(Fn::read, {}, 8)}, {.local_reads = true});
  EXPECT_THAT(call_text(exchange.begin()), testing::Not(HasSubstr("serializable")));
  const Next commit = exchange.next(ok(ranges({"", kvs(pair_text("k8.", "4", 6))})));
  EXPECT_THAT(call_text(commit), HasSubstr(R"("mod_revision":"0")"));
  EXPECT_THAT(call_text(commit), HasSubstr(R"("mod_revision":"6")"));
  EXPECT_THAT(call_text(commit), HasSubstr(base64_of("l1:3")));
  const Next again =
      exchange.next(ok(ranges({kvs(pair_text("k7.", "l1:1", 8)), kvs(pair_text("k8.", "5", 7))})));
  EXPECT_THAT(call_text(again), HasSubstr(base64_of("l1:11:3")));
  EXPECT_EQ(exchange.lost("reset").outcome, Outcome::info);
  const Completion done = completion(exchange.next(ok("\"succeeded\":true")));
  EXPECT_EQ(done.outcome, Outcome::ok);
  EXPECT_EQ(done.mops[1].result, Value(5)) << "as it was when all of it happened";

  Exchange unlucky({mop(Fn::append, 3)}, {});
  Next next = unlucky.begin();
  int calls = 0;
  for (; std::holds_alternative<Call>(next); ++calls) next = unlucky.next(ok(ranges({""})));
  EXPECT_EQ(completion(next).outcome, Outcome::fail);
  EXPECT_EQ(calls, kAttemptsMax + 1);
}

TEST(EtcdExchange, LocksAreKeysWithALeaseAndTokensAreRevisions) {
  Exchange exchange({mop(Fn::acquire)}, {.lease_seconds = 3});
  EXPECT_EQ(call_text(exchange.begin()), R"(/v3/lease/grant {"TTL":3})");
  EXPECT_EQ(exchange.lost("reset").outcome, Outcome::fail) << "a lease alone holds nothing";
  EXPECT_THAT(call_text(exchange.next(ok(R"("ID":"77","TTL":"3")"))), HasSubstr(R"("lease":"77")"));
  EXPECT_EQ(exchange.lost("reset").outcome, Outcome::info);
  EXPECT_EQ(completion(exchange.next(ok("\"succeeded\":true"))).mops[0].result, Value(9));
  // Writes that bring their token.
  const Request fenced = {mop(Fn::fence, 5, 1), mop(Fn::write, 2, 2)};
  Exchange older(fenced, {});
  older.begin();
  const Completion refused = completion(older.next(ok(ranges({kvs(pair_text("k1.", "6")), ""}))));
  EXPECT_EQ(refused.outcome, Outcome::fail);
  EXPECT_EQ(refused.error, "a greater token was seen");
  Exchange newer(fenced, {});
  newer.begin();
  EXPECT_THAT(call_text(newer.next(ok(ranges({kvs(pair_text("k1.", "5")), ""})))), HasSubstr("requestPut"));
}

// Every error that is taken for a proof, and some that are none.
TEST(EtcdExchange, OnlyErrorsThatProveItAreDefinite) {
  const Request write = {mop(Fn::write, 1)};
  const auto said = [](const std::string& message) {
    return Answer{500, R"({"error":")" + message + R"(","message":"x","code":14})"};
  };
  for (const ErrorMeaning& meaning : error_table())
    EXPECT_EQ(answered(write, said(std::string(meaning.begins) + ", and why")).outcome, Outcome::fail);
  // The last one is told of a put that was done, too: the space is looked at after it.
  for (const char* unknown :
       {"etcdserver: request timed out", "etcdserver: leader changed", "transport is closing",
        "etcdserver: request timed out, possibly due to connection lost", "etcdserver: server stopped",
        "etcdserver: mvcc: database space exceeded"}) {
    EXPECT_EQ(answered(write, said(unknown)).outcome, Outcome::info) << unknown;
    EXPECT_EQ(answered({mop(Fn::read)}, said(unknown)).outcome, Outcome::fail) << unknown;
  }
}

TEST(EtcdExchange, WhatIsNoAnswerOfEtcdProvesNothing) {
  for (const Answer& other : {Answer{200, "<html>"}, Answer{200, "[]"}, Answer{404, "Not Found"},
                              Answer{200, "{}"}, Answer{502, "{}"}, Answer{200, ""}}) {
    EXPECT_EQ(answered({mop(Fn::write, 1)}, other).outcome, Outcome::info) << other.body;
    const Completion read = answered({mop(Fn::read)}, other);
    EXPECT_EQ(read.outcome, Outcome::fail) << other.body;
    EXPECT_THAT(read.error, HasSubstr("no etcd"));
  }
  EXPECT_EQ(answered({mop(Fn::read)}, ok(kvs(pair_text("k9.", "1")))).outcome, Outcome::fail);
  EXPECT_EQ(answered({mop(Fn::read)}, ok(kvs(pair_text("k7.", "what?")))).outcome, Outcome::fail);
}

}  // namespace
}  // namespace assay::etcd
