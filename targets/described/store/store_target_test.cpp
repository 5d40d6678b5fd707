// A store made of shell scripts, on local hosts: what is done when, on which nodes.
#include "targets/described/store/store_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/described/store/native_store.h"

namespace assay::described {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Writes what happens to a file that all of a host can see. The second node takes itself for a primary of an older term.
constexpr const char* kStore = R"json({
  "name": "notes", "client": "built in", "claims": "nothing",
  "modes": {"plain": {}, "watched": {"claims": "much", "trouble": ["it talks"]}},
  "options": {"text": {"usual": "a; echo b"}},
  "install": {"files": [{"from": "start.sh", "to": "bin/start.sh", "executable": true}]},
  "configuration": [{"to": "note", "text": "of {node}", "when": {"node": "others"}}],
  "prepare": [{"run": "echo prepared {text} >> {home}/events; touch {data}/ready", "unless": "test -e {data}/ready"}],
  "start": ["{home}/bin/start.sh", "{home}", "{mode}", {"when": {"node": "first"}, "words": ["first"]}],
  "beside": {"watcher": {"start": ["sh", "-c", "echo watching; exec sleep 7657"], "when": {"mode": "watched"}}},
  "first_alone": true,
  "after_start": [{"run": "n=$(cat {data}/tries 2>/dev/null); echo x$n > {data}/tries; test x$n = xxx", "repeat": true,
                   "within": "10s", "when": {"node": "first"}}],
  "ready": {"command": "test -e {data}/begun"},
  "more_logs": ["{home}/events", "{home}/note", "{data}/tries"],
  "version": "echo 1.0; echo more",
  "primary": "test {number} -lt 2 && echo $((9 - {number}))",
  "roles": {"other": "test {number} -gt 0", "again": "test $(grep -c started {home}/events) = 2"}
})json";
constexpr const char* kStart =
    "#!/bin/sh\necho started $2 $3 $(date +%s%N) >> $1/events\ntouch begun\nexec sleep 7658\n";

NativeStore notes() {
  StoreParts parts;
  parts.connect = [](const ClientPlace&) { return std::unique_ptr<Client>(); };
  return {"notes", {{"target.json", kStore}, {"start.sh", kStart}}, std::move(parts)};
}

Plan plan_of(const std::string& mode) {
  Plan plan;
  plan.mode = mode;
  plan.cluster = "local";
  plan.nodes = 3;
  plan.nemesis = {"wipe"};
  return plan;
}

std::string refusal(NativeStore store, const Plan& plan, const std::string& hosts) {
  try {
    make_native_store(std::move(store), plan, hosts)->start();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

TEST(StoreTarget, NodesArePreparedStartedAskedAndWipedAsTheDescriptionSays) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  cluster::TestHosts hosts(3);
  const auto target = make_native_store(notes(), plan_of("watched"), hosts.path());
  target->start();
  EXPECT_EQ(target->describe().version, "1.0");
  EXPECT_EQ(target->describe().claimed_consistency, "much");
  EXPECT_EQ(target->leader(), NodeId(0)) << "of the greater number";
  EXPECT_THAT(target->nodes_in_role("other"), ElementsAre(1, 2));
  EXPECT_THAT(target->nodes_in_role("none"), ElementsAre());
  EXPECT_EQ(target->processes()->state(0), Processes::State::running);

  ASSERT_NE(target->disks(), nullptr);
  EXPECT_TRUE(target->disks()->wipe(1).proved);
  target->processes()->start(1);
  target->processes()->kill(2);
  target->processes()->start(2);
  EXPECT_EQ(target->processes()->state(2), Processes::State::running);
  // A process that runs may not have written yet what it is to write.
  for (int tries = 0; tries < 600 && target->nodes_in_role("again").size() < 2; ++tries) ::usleep(50'000);
  EXPECT_THAT(target->nodes_in_role("again"), ElementsAre(1, 2));
  const TemporaryFolder folder;
  target->collect_logs(folder.path());
  target->stop();
  // Without the times, which are those of the hosts' clocks: one for all of them.
  const auto events = [&](const std::string& node) {
    std::string text = folder.read(node + "/events"), kept;
    for (const char letter : text) kept += letter >= '0' && letter <= '9' ? "" : std::string(1, letter);
    return kept;
  };
  EXPECT_EQ(events("n1"), "prepared a; echo b\nstarted watched first \n");
  EXPECT_EQ(events("n2"), "prepared a; echo b\nstarted watched \nprepared a; echo b\nstarted watched \n")
      << "wiped";
  EXPECT_EQ(events("n3"), "prepared a; echo b\nstarted watched \nstarted watched \n") << "killed";
  const auto begun = [&](const std::string& node) {
    const std::string text = folder.read(node + "/events");
    return std::stoll(text.substr(text.find("watched") + (node == "n1" ? 14 : 8)));
  };
  EXPECT_LT(begun("n1"), begun("n2"));
  EXPECT_LT(begun("n1"), begun("n3"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("n1/note")));
  EXPECT_EQ(folder.read("n2/note"), "of n2");
  EXPECT_EQ(folder.read("n1/tries"), "xxx\n") << "until it ended with 0";
  EXPECT_FALSE(std::filesystem::exists(folder.path("n2/tries")));
  EXPECT_EQ(folder.read("n1/watcher.log"), "watching\n");
}

TEST(StoreTarget, WhatCantBeIsOneSentenceThatNamesTheHost) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  cluster::TestHosts hosts(3);
  const auto with = [&](const std::string& old, const std::string& fresh) {
    std::string text = kStore;
    text.replace(text.find(old), old.size(), fresh);
    NativeStore store = notes();
    store.files[0].content = text;
    return refusal(std::move(store), plan_of("plain"), hosts.path());
  };
  EXPECT_THAT(with("\"start\": [\"{home}/bin/start.sh\"", "\"start\": [\"no-such-program\""),
              HasSubstr("host n1 has no program no-such-program"));
  EXPECT_THAT(with("echo prepared {text}", "echo it is broken >&2; exit 3; echo"),
              HasSubstr("ended with 3: it is broken"));
  EXPECT_THAT(with("\"ready\": {", "\"ready\": {\"port\": 22, "),
              HasSubstr("host n1: something listens on port 22 already"));
  EXPECT_THAT(with("test -e {data}/begun", "echo never; false\", \"within\": \"300ms"),
              HasSubstr("is not ready in time"));
}

TEST(StoreTarget, WhatIsAskedOfItIsRefusedBeforeAnythingStarts) {
  EXPECT_THAT(refusal(notes(), plan_of("plain"), ""),
              HasSubstr("notes is not simulated; give --cluster local"));
  EXPECT_THAT(refusal(notes(), plan_of("fast"), ""), HasSubstr("--mode fast: notes has no such mode"));
  Plan plan = plan_of("plain");
  plan.options = {{"servers", Value::text("a:1,b")}};
  EXPECT_THAT(refusal(notes(), plan, ""), HasSubstr("--nodes 3: --servers names 2; give --nodes 2"));
  plan.options = {{"servers", Value::text("a:0")}};
  EXPECT_THAT(refusal(notes(), plan, ""), HasSubstr("expected an address and a port"));
  plan.options = {{"servers", Value::text("a:1,b,[::1]:3")}};
  EXPECT_EQ(refusal(notes(), plan, ""), "accepted");
}

}  // namespace
}  // namespace assay::described
