// Requests as calls, and what answers prove, without a server.
#include "targets/zookeeper/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "targets/zookeeper/paths.h"

namespace assay::zookeeper {
namespace {

using testing::ElementsAre;

Mop step(Fn fn, Value argument = {}, Key key = 7) { return {fn, key, std::move(argument), {}}; }

Answer coded(int code) {
  Answer answer;
  answer.code = code;
  return answer;
}
Answer data(const std::string& text, std::int32_t version = 3) {
  Answer answer;
  answer.text = text;
  answer.version = version;
  return answer;
}
Answer named(std::vector<std::string> names) {
  Answer answer;
  answer.names = std::move(names);
  return answer;
}
Answer created(const std::string& path, std::int64_t zxid) {
  Answer answer;
  answer.text = path;
  answer.created_zxid = zxid;
  return answer;
}
Answer with_children() {
  Answer answer;
  answer.child_count = 2;
  return answer;
}

std::string word_of(Verb verb) {
  constexpr const char* kWords[] = {"sync", "look", "get", "children", "create", "set", "erase", "commit"};
  return kWords[static_cast<std::size_t>(verb)];
}

struct Played {
  std::vector<std::string> calls;
  std::vector<Change> changes;  // of the last commit
  Completion completion;
};

// Gives these answers, one after the other.
Played run(const Request& request, std::deque<Answer> answers, ExchangeOptions options = {false, false}) {
  Played seen;
  Exchange exchange(request, options);
  Exchange::Next next = exchange.begin();
  while (const Call* call = std::get_if<Call>(&next)) {
    seen.calls.push_back(word_of(call->verb) + (call->path.empty() ? "" : " " + call->path));
    if (call->verb == Verb::commit) seen.changes = call->changes;
    if (answers.empty()) {
      ADD_FAILURE() << "no answer for " << seen.calls.back();
      return seen;
    }
    const Answer answer = answers.front();
    answers.pop_front();
    next = exchange.next(answer);
  }
  EXPECT_TRUE(answers.empty()) << answers.size() << " answers too many";
  seen.completion = std::get<Completion>(std::move(next));
  return seen;
}

Value read_of(std::deque<Answer> answers) {
  const Played seen = run({step(Fn::read)}, std::move(answers));
  EXPECT_EQ(seen.completion.outcome, Outcome::ok) << seen.completion.error;
  return seen.completion.mops.empty() ? Value() : seen.completion.mops[0].result;
}

TEST(ZooKeeperExchange, ReadsFollowASyncWhereAskedFor) {
  EXPECT_THAT(run({step(Fn::read)}, {data("5")}).calls, ElementsAre("get /assay/k7"));
  EXPECT_THAT(run({step(Fn::read)}, {coded(kOk), data("5")}, {true, false}).calls,
              ElementsAre("sync /assay", "get /assay/k7"));
  EXPECT_EQ(run({step(Fn::read)}, {coded(kConnectionLoss)}, {true, false}).completion.outcome, Outcome::fail);
  EXPECT_EQ(read_of({data("5")}), Value(5));
  EXPECT_EQ(read_of({data("tx y")}), Value::text("x y"));
  EXPECT_EQ(read_of({data("")}), Value()) << "a parent";
  EXPECT_EQ(read_of({coded(kNoNode)}), Value());
  EXPECT_EQ(read_of({with_children(), named({"vta%2Fb", "v12"})}), Value::list({12, Value::text("a/b")}));
  EXPECT_EQ(read_of({with_children(), named({"l0000000004", "l0000000003"}), created("", 77)}),
            Value::list({77, Value::boolean(true)}));
  EXPECT_EQ(read_of({with_children(), named({"l0000000004"}), coded(kNoNode), named({})}), Value());
  EXPECT_EQ(run({step(Fn::read)}, {data("?")}).completion.outcome, Outcome::fail);
}

TEST(ZooKeeperExchange, AWriteMakesWhatIsMissing) {
  const Played seen = run({step(Fn::write, 5)}, {coded(kNoNode), coded(kNoNode), coded(kOk), coded(kNoNode),
                                                 coded(kNodeExists), coded(kOk)});
  EXPECT_THAT(seen.calls, ElementsAre("set /assay/k7", "create /assay/k7", "create /assay", "set /assay/k7",
                                      "create /assay/k7", "set /assay/k7"));
  EXPECT_EQ(seen.completion.outcome, Outcome::ok);
  const Played deep = run({step(Fn::enqueue, 5)}, {coded(kNoNode), coded(kNoNode), coded(kOk), coded(kNoNode),
                                                   coded(kOk), created("/assay/k7/q0000000000", 9)});
  EXPECT_THAT(deep.calls, ElementsAre("create /assay/k7/q", "create /assay/k7", "create /assay",
                                      "create /assay/k7/q", "create /assay/k7", "create /assay/k7/q"));
  EXPECT_EQ(deep.completion.outcome, Outcome::ok);
}

TEST(ZooKeeperExchange, SetsAreChildren) {
  EXPECT_THAT(run({step(Fn::add, Value::text("a/b"))}, {coded(kNodeExists)}).calls,
              ElementsAre("create /assay/k7/vta%2Fb"));
  EXPECT_EQ(run({step(Fn::add, Value::text("a"))}, {coded(kNodeExists)}).completion.outcome, Outcome::ok);
  EXPECT_EQ(run({step(Fn::remove, Value::text("a"))}, {coded(kNoNode)}).completion.outcome, Outcome::ok);
  for (const Value& value : {Value(5), Value::text("a/b %\n\x01.."), Value::list({1, Value::text("")})})
    EXPECT_EQ(element_of(name_of(element_path(7, value))), value);
  for (const char* other : {"", "v", "q1", "v%2", "v%zz", "v?"}) EXPECT_FALSE(element_of(other)) << other;
}

TEST(ZooKeeperExchange, AQueueGivesWhatCameFirst) {
  const Played seen =
      run({step(Fn::dequeue)}, {named({"q0000000011", "q0000000009", "q0000000010"}), coded(kNoNode),
                                data("5"), coded(kNoNode), data("6"), coded(kOk)});
  EXPECT_THAT(seen.calls, ElementsAre("children /assay/k7", "get /assay/k7/q0000000009",
                                      "get /assay/k7/q0000000010", "erase /assay/k7/q0000000010",
                                      "get /assay/k7/q0000000011", "erase /assay/k7/q0000000011"));
  EXPECT_EQ(seen.completion.mops[0].result, Value(6));
  EXPECT_EQ(run({step(Fn::dequeue)}, {named({})}).completion.mops[0].result, Value());
  EXPECT_EQ(run({step(Fn::dequeue)}, {coded(kNoNode)}).completion.outcome, Outcome::ok);
  // All that was there is gone; what has come since was not heard of.
  const Played late =
      run({step(Fn::dequeue)}, {named({"q0000000001"}), data("1"), coded(kNoNode), coded(kOk), named({})});
  EXPECT_EQ(late.calls[3], "sync /assay");
  EXPECT_EQ(late.completion.mops[0].result, Value());
  EXPECT_EQ(run({step(Fn::dequeue)}, {coded(kOk), named({})}, {false, true}).calls[0], "sync /assay");
}

TEST(ZooKeeperExchange, TheLeastChildHoldsTheLock) {
  const Answer own = created("/assay/k7/l0000000004", 99);
  const Played taken = run({step(Fn::acquire)}, {own, named({"l0000000005", "l0000000004"})});
  EXPECT_THAT(taken.calls, ElementsAre("create /assay/k7/l", "children /assay/k7"));
  EXPECT_EQ(taken.completion.mops[0].result, Value(99));
  const Played held = run({step(Fn::acquire)}, {own, named({"l0000000003", "l0000000004"}), coded(kOk)});
  EXPECT_EQ(held.calls[2], "erase /assay/k7/l0000000004");
  EXPECT_EQ(held.completion.outcome, Outcome::fail);
  EXPECT_EQ(held.completion.error, "the lock is held");
  // Whether the own child is still there, and will hold the lock some day, nobody knows.
  EXPECT_EQ(run({step(Fn::acquire)}, {own, coded(kConnectionLoss)}).completion.outcome, Outcome::info);
  EXPECT_EQ(run({step(Fn::acquire)}, {own, coded(kSessionExpired)}).completion.outcome, Outcome::info);
  EXPECT_EQ(
      run({step(Fn::acquire)}, {own, named({"l0000000003"}), coded(kConnectionLoss)}).completion.outcome,
      Outcome::info);
  const Played freed = run({step(Fn::release, 99)}, {named({"l0000000004"}), created("", 99), coded(kOk)});
  EXPECT_THAT(freed.calls,
              ElementsAre("children /assay/k7", "look /assay/k7/l0000000004", "erase /assay/k7/l0000000004"));
  EXPECT_EQ(freed.completion.outcome, Outcome::ok);
  EXPECT_EQ(run({step(Fn::release, 98)}, {named({"l0000000004"}), created("", 99)}).completion.outcome,
            Outcome::fail);
  EXPECT_EQ(run({step(Fn::release, 98)}, {named({})}).completion.outcome, Outcome::fail);
}

TEST(ZooKeeperExchange, WhatIsComputedIsCommittedIfNothingHasChanged) {
  const Played seen =
      run({step(Fn::read, {}, 1), step(Fn::append, 5, 2), step(Fn::read, {}, 3), step(Fn::add, 4, 4)},
          {data("8", 2), data("l1:4", 6), coded(kNoNode), coded(kNoNode), coded(kOk)});
  using What = Change::What;
  EXPECT_THAT(seen.changes, ElementsAre(Change{What::check, "/assay/k1", "", 2},
                                        Change{What::set, "/assay/k2", "l1:41:5", 6},
                                        Change{What::create, "/assay/k3", "", kAnyVersion},
                                        Change{What::erase, "/assay/k3", "", kAnyVersion},
                                        Change{What::create, "/assay/k4", "4", 0}));
  ASSERT_EQ(seen.completion.outcome, Outcome::ok);
  EXPECT_EQ(seen.completion.mops[0].result, Value(8));
  EXPECT_EQ(seen.completion.mops[2].result, Value());
  // Another one was faster: this server catches up first.
  const Played twice = run({step(Fn::cas, Value::pair(5, 6))},
                           {data("5", 1), coded(kBadVersion), coded(kOk), data("5", 2), coded(kOk)});
  EXPECT_THAT(twice.calls, ElementsAre("get /assay/k7", "commit", "sync /assay", "get /assay/k7", "commit"));
  EXPECT_EQ(twice.completion.outcome, Outcome::ok);
  EXPECT_EQ(run({step(Fn::cas, Value::pair(4, 6))}, {data("5")}).completion.error, "expectation unmet");
  EXPECT_EQ(run({step(Fn::fence, 4), step(Fn::write, 1, 8)}, {data("5"), data("1")}).completion.outcome,
            Outcome::fail);
  EXPECT_EQ(run({step(Fn::add, 1)}, {coded(kNoNode), coded(kNoNode), coded(kOk), coded(kNoNode), coded(kOk)})
                .calls[2],
            "create /assay");
  EXPECT_EQ(run({step(Fn::append, 1)}, {with_children()}).completion.outcome, Outcome::fail);
}

TEST(ZooKeeperExchange, AConflictWithoutEndIsGivenUp) {
  std::deque<Answer> answers;
  for (int i = 0; i <= kAttemptsMax; ++i) {
    if (i > 0) answers.push_back(coded(kOk));
    answers.push_back(data("5"));
    answers.push_back(coded(kBadVersion));
  }
  EXPECT_EQ(run({step(Fn::add, 1)}, answers).completion.error, "conflict with other requests");
}

// Every error that is taken for a proof, and some that are none, at each call of each operation.
TEST(ZooKeeperExchange, OnlyErrorsGivenBeforeAnythingWasDoneAreDefinite) {
  const std::vector<std::pair<Request, std::deque<Answer>>> changing = {
      {{step(Fn::write, 1)}, {}},
      {{step(Fn::write, 1)}, {coded(kNoNode)}},
      {{step(Fn::add, Value::text("a"))}, {}},
      {{step(Fn::remove, Value::text("a"))}, {}},
      {{step(Fn::enqueue, 1)}, {}},
      {{step(Fn::dequeue)}, {named({"q0000000001"}), data("1")}},
      {{step(Fn::acquire)}, {}},
      {{step(Fn::release, 9)}, {named({"l0000000001"}), created("", 9)}},
      {{step(Fn::cas, Value::pair(5, 6))}, {data("5")}},
      {{step(Fn::append, 1), step(Fn::read, {}, 8)}, {data(""), data("")}},
  };
  const auto last = [](Request request, std::deque<Answer> answers, Answer answer) {
    answers.push_back(std::move(answer));
    return run(request, std::move(answers)).completion.outcome;
  };
  for (const auto& [request, before] : changing) {
    for (const int code : {kConnectionLoss, kOperationTimeout, -1, -2, -5, -116, -4711})
      EXPECT_EQ(last(request, before, coded(code)), Outcome::info) << describe(request[0]) << " " << code;
    for (const CodeMeaning& meaning : definite_codes()) {
      if (meaning.code == kNoNode || meaning.code == kNodeExists || meaning.code == kBadVersion) continue;
      EXPECT_EQ(last(request, before, coded(meaning.code)), Outcome::fail)
          << describe(request[0]) << meaning.name;
    }
    Answer unsent = coded(-5);
    unsent.sent = false;
    EXPECT_EQ(last(request, before, unsent), Outcome::fail) << describe(request[0]);
  }
  for (const Fn fn : {Fn::read, Fn::dequeue})
    EXPECT_EQ(last({step(fn)}, {}, coded(kConnectionLoss)), Outcome::fail);
  EXPECT_EQ(last({step(Fn::release, 1)}, {}, coded(kConnectionLoss)), Outcome::fail);
  EXPECT_EQ(last({step(Fn::cas, Value::pair(1, 2))}, {}, coded(kConnectionLoss)), Outcome::fail);
}

TEST(ZooKeeperExchange, WhatItCantDoIsSaid) {
  for (const Request& request :
       {Request{}, Request{step(Fn::watch)}, Request{step(Fn::scan)}, Request{step(Fn::release)},
        Request{step(Fn::add, Value::text("a")), step(Fn::read)},
        Request{step(Fn::enqueue, 1), step(Fn::dequeue)}}) {
    const Played seen = run(request, {});
    EXPECT_EQ(seen.completion.outcome, Outcome::fail);
    EXPECT_EQ(seen.completion.error, "ZooKeeper can't do that");
  }
}

}  // namespace
}  // namespace assay::zookeeper
