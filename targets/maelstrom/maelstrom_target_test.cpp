// Nodes that are written in shell: good ones that are hurt, and others that can't be used, each told in one sentence.
#include "targets/maelstrom/maelstrom_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"

namespace assay::maelstrom {
namespace {

using ::testing::HasSubstr;

// Answers init, and then echo with the same text: the harness's messages have their fields in a known order.
constexpr const char* kEchoNode = R"(#!/bin/sh
id=
echo "starts $$" >&2
while read -r line; do
  number=${line##*\"msg_id\":}; number=${number%%[!0-9]*}
  from=${line#*\"src\":\"}; from=${from%%\"*}
  case $line in
    *'"type":"init"'*) id=${line#*\"node_id\":\"}; id=${id%%\"*}; body='"type":"init_ok"';;
    *) text=${line#*\"echo\":}; text=${text%%,*}; body="\"type\":\"echo_ok\",\"echo\":$text";;
  esac
  echo "{\"src\":\"$id\",\"dest\":\"$from\",\"body\":{$body,\"in_reply_to\":$number}}"
done
)";

class MaelstromTargetTest : public ::testing::Test {
 protected:
  std::string script(const std::string& text) {
    const std::string path = folder_.path("node" + std::to_string(++scripts_) + ".sh");
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }

  std::unique_ptr<Target> make(const std::string& text, int nodes = 2) {
    Plan plan;
    plan.target = "maelstrom";
    plan.mode = "echo";
    plan.nodes = nodes;
    plan.options = {{"program", Value::text(script(text))}, {"init-within", Value::text("400ms")}};
    return make_target(plan, "");
  }

  // What start() complains about.
  std::string trouble(const std::string& text) {
    const auto target = make(text, 1);
    try {
      target->start();
    } catch (const HarnessError& error) {
      return error.what();
    }
    return "no trouble";
  }

  // What becomes of an echo through the node.
  static Completion echo(Target& target, NodeId node) {
    const auto client = target.connect(node, 0);
    std::optional<Completion> completion;
    client->invoke({{Fn::write, 1, Value::text("hi"), {}}, {Fn::read, 1, {}, {}}}, kSecond,
                   [&](Completion answer) { completion = std::move(answer); });
    const Nanos end = target.world().now() + 30 * kSecond;
    while (!completion && target.world().now() < end) target.world().wait(target.world().now() + kSecond);
    return completion.value_or(Completion{Outcome::info, {}, "no answer", kNoNode});
  }

  TemporaryFolder folder_;
  int scripts_ = 0;
};

TEST_F(MaelstromTargetTest, NodesAnswerAreHurtAndComeBack) {
  const auto target = make(kEchoNode);
  target->start();
  EXPECT_EQ(echo(*target, 1).mops.at(1).result, Value::text("hi"));
  Processes& processes = *target->processes();
  using State = Processes::State;
  const std::int64_t incarnation = processes.incarnation(1);
  EXPECT_EQ(processes.state(1), State::running);
  processes.pause(1);
  EXPECT_EQ(processes.state(1), State::paused);
  processes.resume(1);
  EXPECT_EQ(processes.state(1), State::running);
  processes.kill(1);
  EXPECT_EQ(processes.state(1), State::dead);
  EXPECT_EQ(processes.incarnation(1), 0);
  EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(incarnation)));
  const Completion refused = echo(*target, 1);
  EXPECT_EQ(refused.outcome, Outcome::fail) << "nobody was there to do it";
  EXPECT_EQ(refused.error, "the node does not run");
  EXPECT_EQ(echo(*target, 0).outcome, Outcome::ok);

  processes.start(1);
  EXPECT_NE(processes.incarnation(1), incarnation);
  Completion again;
  for (int i = 0; i < 100 && again.outcome != Outcome::ok; ++i) again = echo(*target, 1);
  EXPECT_EQ(again.outcome, Outcome::ok) << "it is told who it is once more";
  target->stop();
  EXPECT_EQ(processes.state(0), State::dead);
  target->collect_logs(folder_.path("logs"));
  EXPECT_THAT(folder_.read("logs/n2/stderr.log"), HasSubstr("starts " + std::to_string(incarnation)));
}

TEST_F(MaelstromTargetTest, ANodeThatEndsByItselfIsDeadWithItsLastWords) {
  // It has answered once when it ends.
  std::string text = kEchoNode;
  text.replace(text.find("\ndone"), 5, "\necho alas >&2; exit 0; done");
  const auto target = make(text);
  target->start();
  const Nanos end = target->world().now() + 30 * kSecond;
  while (target->processes()->state(0) != Processes::State::dead && target->world().now() < end)
    target->world().wait(target->world().now() + 10 * kMillisecond);
  EXPECT_EQ(target->processes()->state(0), Processes::State::dead);
  target->world().wait(0);  // the end of its pipe may not have been read yet
  EXPECT_EQ(target->last_words(0), "alas");
  EXPECT_EQ(echo(*target, 0).outcome, Outcome::fail);
}

TEST_F(MaelstromTargetTest, NodesThatCantBeUsedAreToldInASentence) {
  EXPECT_THAT(
      trouble("#!/bin/sh\necho first >&2\necho no module named maelstrom >&2\nexit 1\n"),
      HasSubstr("ended by itself before it had answered \"init\"; it said: no module named maelstrom"));
  EXPECT_THAT(trouble("#!/bin/sh\nread line; echo hello; read more\n"),
              HasSubstr("node n1 does not keep to the protocol: it wrote hello; expected a message"));
  EXPECT_THAT(trouble("#!/bin/sh\necho waiting >&2; while read line; do :; done\n"),
              HasSubstr("node n1 did not answer \"init\" within 0 s; it said: waiting"));
  EXPECT_THAT(trouble(R"(#!/bin/sh
read line; echo '{"src":"n1","dest":"c0","body":{"type":"error","code":13,"in_reply_to":1}}'; read more
)"),
              HasSubstr("\"init_ok\""));
  EXPECT_THAT(
      trouble("#!/bin/sh\nread line; echo '{\"src\":\"n9\",\"dest\":\"c0\",\"body\":{}}'; read more\n"),
      HasSubstr("expected \"src\" to be the node itself"));
  EXPECT_THAT(trouble("#!/no/such/interpreter\n"), HasSubstr("can't be started"));
}

TEST_F(MaelstromTargetTest, WhatCantBeIsRefusedBeforeAnythingStarts) {
  Plan plan;
  plan.target = "maelstrom";
  plan.mode = "echo";
  const auto refusal = [&plan](Facts options) {
    plan.options = std::move(options);
    try {
      make_target(plan, "");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no refusal");
  };
  EXPECT_THAT(refusal({}), HasSubstr("needs the program of a node"));
  EXPECT_THAT(refusal({{"program", Value::text("./nowhere")}}), HasSubstr("there is no such file"));
  const std::string text = folder_.path("text");
  std::ofstream(text) << "text";
  EXPECT_THAT(refusal({{"program", Value::text(text)}}), HasSubstr("chmod +x"));
  EXPECT_THAT(refusal({{"program", Value::text("sh")}, {"colour", Value(1)}}), HasSubstr("colour"));
  EXPECT_THAT(refusal({{"program", Value::text("sh")}, {"loss", Value(95)}}), HasSubstr("0 to 90"));
  plan.mode = "g-set";
  EXPECT_THAT(refusal({{"program", Value::text("sh")}}), HasSubstr("--keys 1"));
}

}  // namespace
}  // namespace assay::maelstrom
