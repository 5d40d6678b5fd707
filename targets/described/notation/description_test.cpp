#include "targets/described/notation/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "targets/described/notation/choice.h"
#include "targets/described/notation/template.h"

namespace assay::described {
namespace {

using testing::HasSubstr;

// The least that a description needs, and more fields.
std::string with(const std::string& more) {
  const std::string start =
      more.find("\"start\": [\"dbd\"") == std::string::npos ? R"("start": ["dbd"], )" : "";
  return R"({"name": "db", )" + start + R"("client": {"start": ["./client"]})" +
         (more.empty() ? "" : ", " + more) + "}";
}

std::string refusal(const std::string& text) {
  try {
    check_templates(parse_description(text, "db.json"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Description, HoldsWhatTheFileSays) {
  const Description description = parse_description(
      R"({ // comments are allowed
        "name": "db", "about": "a store", "claims": "sequential", "nodes": {"least": 3, "most": 5},
        "install": {"packages": ["dbd"], "files": [{"from": "plugin.so", "to": "lib/plugin.so", "executable": true}]},
        "configuration": [{"to": "etc/db.conf", "text": ["listen {address}", "peers {peers}"]}],
        "lists": {"peers": {"each": "{node}@{address}", "between": " ", "others": true}},
        "options": {"sync": {"usual": "on", "about": "to disk", "choices": ["on", "off"]}},
        "start": ["dbd", "--config", "{home}/etc/db.conf"], "environment": {"SYNC": "{sync}"},
        "more_logs": ["{data}/slow.log"], "ready": {"port": 99, "within": "3s"}, "version": "dbd -v",
        "primary": "dbctl {address} is-primary", "client": {"start": ["python3", "client.py"]}})",
      "folder/db.json");
  EXPECT_EQ(description.name, "db");
  EXPECT_EQ(description.nodes_most, 5);
  ASSERT_EQ(description.files.size(), 1U);
  EXPECT_TRUE(description.files[0].executable);
  EXPECT_EQ(beside(description, description.files[0].from), "folder/plugin.so");
  EXPECT_EQ(beside(description, "/opt/x"), "/opt/x");
  EXPECT_EQ(description.configurations[0].text, "listen {address}\npeers {peers}\n");
  EXPECT_EQ(description.ready_within, 3 * kSecond);
  EXPECT_EQ(description.port, 99);
  EXPECT_EQ(description.client, (std::vector<std::string>{"python3", "client.py"}));
  check_templates(description);
}

TEST(Description, WhatIsWrongIsOneSentenceWithFileAndField) {
  EXPECT_EQ(refusal(with("")), "accepted");
  EXPECT_THAT(refusal("{\n\"name\": \"db\",\n oops}"), HasSubstr("db.json, line 3: this is no JSON"));
  EXPECT_THAT(refusal("{\"version\": 99e9999}"), HasSubstr("db.json: a number in it is too large"));
  EXPECT_THAT(refusal("[]"), HasSubstr("db.json: the file: expected an object"));
  EXPECT_THAT(refusal(R"({"start": ["x"]})"), HasSubstr("db.json: name: expected a text that is not empty"));
  EXPECT_THAT(refusal(R"({"name": "x"})"),
              HasSubstr("start: expected a list of a program and its arguments"));
  EXPECT_THAT(refusal(R"({"name": "x", "start": ["x"]})"), HasSubstr("client.start: expected"));
  EXPECT_THAT(refusal(with(R"("prot": 1)")),
              HasSubstr("db.json: prot is not known; here may be name, about"));
  EXPECT_THAT(refusal(with(R"("ready": {"port": 70000})")),
              HasSubstr("ready.port: expected a whole number from 1"));
  EXPECT_THAT(refusal(with(R"("ready": {"within": "soon"})")),
              HasSubstr("ready.within: expected a duration"));
  EXPECT_THAT(refusal(with(R"("ready": {"wihtin": "1s"})")), HasSubstr("ready.wihtin is not known"));
  EXPECT_THAT(refusal(with(R"("nodes": {"least": 3, "most": 2})")), HasSubstr("nodes.most: expected"));
  EXPECT_THAT(refusal(with(R"("install": {"packages": "dbd"})")),
              HasSubstr("install.packages: expected a list"));
  EXPECT_THAT(refusal(with(R"("install": {"files": [{"from": "a", "to": "../a"}]})")),
              HasSubstr("install.files[0].to: expected a path below"));
  EXPECT_THAT(refusal(with(R"("configuration": [{"to": "/etc/passwd", "text": "x"}])")),
              HasSubstr("configuration[0].to: expected a path below"));
  EXPECT_THAT(refusal(with(R"("options": {"sync": {"usual": "maybe", "choices": ["on"]}})")),
              HasSubstr("options.sync.usual: expected one of the choices"));
  EXPECT_THAT(refusal(with(R"("prepare": [{"run": ""}])")), HasSubstr("prepare[0].run: expected a text"));
  EXPECT_THAT(refusal(with(R"("prepare": [{"run": "x {no}"}])")),
              HasSubstr("prepare.run: {no} is not known"));
  EXPECT_THAT(refusal(with(R"("beside": {"w": {"start": []}})")),
              HasSubstr("beside.w.start: expected a list"));
  EXPECT_THAT(refusal(with(R"("configuration": [{"to": "a", "text": "b", "when": {"node": "last"}}])")),
              HasSubstr("configuration[0].when.node: expected one of every, first, others"));
  EXPECT_THAT(
      refusal(
          with(R"("modes": {"a": {}}, "configuration": [{"to": "a", "text": "b", "when": {"mode": "b"}}])")),
      HasSubstr("when.mode: expected one of a"));
  EXPECT_THAT(refusal(with(R"("configuration": [{"to": "a", "text": "b", "when": {"sync": "b"}}])")),
              HasSubstr("when.sync is not known"));
  EXPECT_THAT(refusal(with(R"("options": {"s": {"usual": "a", "choices": ["a"], "claims": {"b": "x"}}})")),
              HasSubstr("options.s.claims.b: expected one of the choices"));
  EXPECT_THAT(refusal(with(R"("options": {"s": {}}, "modes": {"a": {"options": {"s": {}}}})")),
              HasSubstr("modes.a.options.s: expected another name"));
  EXPECT_THAT(refusal(R"({"name": "a/b", "start": ["x"], "client": "built in"})"),
              HasSubstr("it names a folder"));
  EXPECT_THAT(refusal(R"({"name": "a", "start": ["x"], "client": "a program"})"),
              HasSubstr("or \"built in\""));
  EXPECT_THROW(read_description("/nowhere/db.json"), InputError);
}

TEST(Description, OrdersOfAnOperatorMayNameWhomTheyAreAbout) {
  const Description description = parse_description(
      with(R"("membership": {"view": "dbctl {address} view", "remove": "dbctl remove {member}",
              "add": "dbctl add {member_address}", "join": "rm -rf {data}", "enter": "dbctl ask {name}",
              "transfer": "dbctl lead {member_name}", "within": "3s"})"),
      "db.json");
  check_templates(description);
  ASSERT_EQ(description.memberships.size(), 1U);
  EXPECT_EQ(description.memberships[0].add, "dbctl add {member_address}");
  EXPECT_EQ(description.memberships[0].enter, "dbctl ask {name}");
  EXPECT_EQ(description.memberships[0].within, 3 * kSecond);
  EXPECT_THAT(refusal(with(R"("membership": {"remove": "x", "add": "x"})")),
              HasSubstr("membership.view: expected a text"));
  EXPECT_THAT(refusal(with(R"("membership": {"view": "x", "remove": "x"})")),
              HasSubstr("membership.add: expected a command: who removes must be able to add"));
  EXPECT_THAT(refusal(with(R"("membership": {"view": "x", "join": "x", "transfer": "x"})")),
              HasSubstr("membership.add: expected a command"));
  EXPECT_THAT(refusal(with(R"("membership": {"view": "x"})")),
              HasSubstr("membership.transfer: expected a command"));
  EXPECT_THAT(refusal(with(R"("membership": {"view": "x {member}", "transfer": "x"})")),
              HasSubstr("membership.view: {member} is not known"));
  EXPECT_THAT(refusal(with(R"("membership": {"view": "x", "transfer": "x", "ad": "x"})")),
              HasSubstr("membership.ad is not known"));
}

TEST(Description, OrdersOfAnOperatorMayDependOnTheModeAndOptions) {
  const Description description = parse_description(
      with(
          R"("modes": {"one": {}, "some": {}, "many": {}}, "options": {"safe": {"usual": "no", "choices": ["no", "yes"]}},
              "membership": [{"when": {"mode": "many"}, "view": "a", "transfer": "a"},
                             {"when": {"mode": "some", "safe": "yes"}, "view": "b", "add": "b", "remove": "b"}])"),
      "db.json");
  check_templates(description);
  const auto view = [&](const std::string& mode, const Facts& options) {
    Plan plan;
    plan.nodes = 3;
    plan.options = options;
    return membership_of(description, choose(description, mode, plan, {})).view;
  };
  EXPECT_EQ(view("one", {}), "");
  EXPECT_EQ(view("many", {}), "a");
  EXPECT_EQ(view("some", {}), "");
  EXPECT_EQ(view("some", {{"safe", Value::text("yes")}}), "b");
  EXPECT_THAT(refusal(with(R"("membership": [{"when": {"node": "first"}, "view": "x", "transfer": "x"}])")),
              HasSubstr("membership[0].when.node: expected modes and options"));
  EXPECT_THAT(refusal(with(R"("membership": {"view": "x", "enter": "x", "transfer": "x"})")),
              HasSubstr("membership.add: expected a command"));
}

TEST(Description, ANodeIsEndedInGoodOrderByASignalOrACommand) {
  EXPECT_EQ(parse_description(with(""), "db.json").stop_signal, SIGTERM);
  const Description signal = parse_description(with(R"("stop": "SIGINT")"), "db.json");
  EXPECT_EQ(signal.stop_signal, SIGINT);
  EXPECT_EQ(signal.stop, "");
  EXPECT_EQ(parse_description(with(R"("stop": "dbctl stop {data}")"), "db.json").stop, "dbctl stop {data}");
  EXPECT_THAT(refusal(with(R"("stop": "SIGSTOP")")), HasSubstr("db.json: stop: expected SIGTERM, SIGINT"));
  EXPECT_THAT(refusal(with(R"("stop": "dbctl stop {x}")")), HasSubstr("stop: {x} is not known"));
}

TEST(Description, FaultsThatWouldTestNothingAreRefused) {
  const Description description =
      parse_description(with(R"("options": {"log": {"usual": "on", "choices": ["on", "off"]}},
              "unsuited": [{"faults": ["disk", "kill-power"], "because": "it keeps no log", "when": {"log": "off"}}])"),
                        "db.json");
  const auto refused = [&](const Plan& plan) -> std::string {
    try {
      choose(description, "", plan, {});
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  Plan plan;
  plan.nodes = 3;
  plan.nemesis = {"disk-full", "kill-power-all"};
  EXPECT_EQ(refused(plan), "accepted") << "there is a log";
  plan.options = {{"log", Value::text("off")}};
  EXPECT_EQ(refused(plan), "--nemesis disk-full: would test nothing of db, because it keeps no log");
  plan.nemesis = {"kill", "kill-signal", "diskless"};
  EXPECT_EQ(refused(plan), "accepted");
  plan.schedule.push_back({.fault = "kill-power-all"});
  EXPECT_THAT(refused(plan), HasSubstr("--schedule kill-power-all: would test nothing of db"));
  EXPECT_THAT(refusal(with(R"("unsuited": [{"because": "x"}])")),
              HasSubstr("unsuited[0].faults: expected names of faults"));
  EXPECT_THAT(refusal(with(R"("unsuited": [{"faults": "disk"}])")), HasSubstr("unsuited[0].because"));
}

TEST(Description, AClusterMayBeFoundedAgain) {
  const Description description = parse_description(
      with(
          R"("refound": {"lost": "dbctl lost", "position": "dbctl end {data}", "found": "touch {home}/x", "after": "3s"})"),
      "db.json");
  check_templates(description);
  EXPECT_EQ(description.refounding.position, "dbctl end {data}");
  EXPECT_EQ(description.refounding.after, 3 * kSecond);
  EXPECT_THAT(refusal(with(R"("refound": {"lost": "x", "found": "x"})")),
              HasSubstr("refound.position: expected a text"));
  EXPECT_THAT(refusal(with(R"("refound": {"lost": "x", "position": "x", "found": "{x}"})")),
              HasSubstr("refound.found: {x} is not known"));
}

TEST(Description, PartsHoldForSomeNodesModesAndOptions) {
  const Description description = parse_description(
      with(R"("start": ["dbd", {"when": {"node": "others"}, "words": ["--replica-of", "{first_address}"]},
                        {"when": {"mode": ["safe", "paranoid"], "sync": "on"}, "words": ["--sync"]}],
              "options": {"sync": {"usual": "off", "choices": ["on", "off"], "claims": {"on": "linearizable"}}},
              "modes": {"plain": {"about": "a", "claims": "sequential"},
                        "safe": {"nodes": {"least": 3}, "trouble": ["it sleeps"],
                                 "options": {"quorum": {"usual": "2"}}},
                        "paranoid": {}}, "claims": "nothing", "trouble": ["it stalls"],
              "beside": {"watcher": {"start": ["dbwatch"], "when": {"mode": "safe"}}},
              "prepare": [{"run": "dbinit {data}", "unless": "test -e {data}/x", "within": "5s"}],
              "after_start": [{"run": "dbctl join {quorum}", "repeat": true, "when": {"node": "first"}}],
              "roles": {"replica": "dbctl is-replica {ordinal}"}, "first_alone": true,
              "errors": [{"begins": "READONLY", "because": "a replica"}])"),
      "db.json");
  check_templates(description);
  const std::vector<NodePlace> places = {{"n1", "a", "", ""}, {"n2", "b", "", ""}, {"n3", "c", "", ""}};
  Plan plan;
  plan.nodes = 3;
  plan.options = {{"sync", Value::text("on")}};
  const Choice choice = choose(description, "safe", plan, {});
  EXPECT_EQ(choice.claims, "linearizable");
  const auto words = [&](std::size_t node) {
    return filled(description.start, node, names_of(description, places, node, choice.options), "x");
  };
  EXPECT_EQ(words(0), (std::vector<std::string>{"dbd", "--sync"}));
  EXPECT_EQ(words(1), (std::vector<std::string>{"dbd", "--replica-of", "a", "--sync"}));
  EXPECT_TRUE(description.after_start[0].when.holds(0, choice.options));
  EXPECT_FALSE(description.after_start[0].when.holds(1, choice.options));
  EXPECT_TRUE(description.beside[0].when.holds(2, choice.options));
  const std::vector<ModeInfo> infos = mode_infos(description);
  ASSERT_EQ(infos.size(), 3U) << "in the order of the file";
  EXPECT_EQ(infos[1].name, "safe");
  EXPECT_EQ(infos[1].known_trouble, (std::vector<std::string>{"it stalls", "it sleeps"}));
  EXPECT_EQ(infos[1].options.size(), 2U);
  EXPECT_EQ(choose(description, "", plan, {}).mode, "plain");
}

std::string refused_choice(const std::string& mode, int nodes, const Facts& options) {
  Plan plan;
  plan.nodes = nodes;
  plan.options = options;
  try {
    choose(parse_description(with(R"("modes": {"safe": {"nodes": {"least": 3, "most": 3},
                                     "options": {"sync": {"usual": "on", "choices": ["on", "off"]}}}})"),
                             "db.json"),
           mode, plan, {"servers"});
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Choice, WhatCantBeIsOneSentence) {
  EXPECT_EQ(refused_choice("safe", 3, {{"servers", Value::text("a:1")}}), "accepted");
  EXPECT_EQ(refused_choice("fast", 3, {}), "--mode fast: db has no such mode; it has safe");
  EXPECT_EQ(refused_choice("safe", 5, {}), "--nodes 5: db in mode safe runs on 3 nodes, says db.json");
  EXPECT_EQ(refused_choice("safe", 3, {{"sink", 1}}), "--option sink: db has no such option; it has sync");
  EXPECT_EQ(refused_choice("safe", 3, {{"sync", 1}}), "--option sync=1: expected one of on, off");
}

TEST(Template, ShellCommandsGetQuotedValuesAndListsOfThem) {
  const Description description = parse_description(
      with(
          R"("lists": {"all": {"each": "{node}:{port}", "between": " "}}, "options": {"port": {"usual": "1"}})"),
      "db.json");
  const Names names = names_of(description, {{"n1", "a", "", ""}, {"n 2", "b", "", ""}}, 1, {{"port", "1;x"}},
                               [](const std::string& text) { return "<" + text + ">"; });
  EXPECT_EQ(filled("{all} {node} {port}", names, "x"), "<n1>:<1;x> <n 2>:<1;x> <n 2> <1;x>");
}

TEST(Template, NamesAreFilledInAndUnknownOnesAreRefused) {
  const Names names = {{"address", "::1"}, {"node", "n1"}};
  EXPECT_EQ(filled("http://[{address}]:1/{node}{node}", names, "x"), "http://[::1]:1/n1n1");
  EXPECT_EQ(filled(R"({"a": {}, "b": {{address}, {)", names, "x"), R"({"a": {}, "b": {address}, {)");
  EXPECT_THAT(
      refusal(with(R"("environment": {"A": "{adress}"})")),
      HasSubstr(
          "db.json: environment.A: {adress} is not known; there are address, data, first, first_address"));
  EXPECT_THAT(refusal(with(R"("version": "x {no}")")), HasSubstr("version: {no} is not known"));
  EXPECT_THAT(refusal(with(R"("lists": {"peers": {"each": "{peers}"}})")), HasSubstr("lists.peers.each"));
}

TEST(Template, NodesAreCalledByTheirNamesWhereTheyHaveSome) {
  const Description description =
      parse_description(with(R"("lists": {"all": {"each": "{node}={name}:1", "between": " "}})"), "db.json");
  std::vector<NodePlace> places = {{"n1", "10.0.0.1", "", ""}, {"n2", "10.0.0.2", "", ""}};
  EXPECT_EQ(names_of(description, places, 0, {}).at("all"), "n1=10.0.0.1:1 n2=10.0.0.2:1");
  for (NodePlace& place : places) place.name = place.node + ".test";
  EXPECT_EQ(names_of(description, places, 0, {}).at("all"), "n1=n1.test:1 n2=n2.test:1");
  EXPECT_EQ(names_of(description, places, 0, {}).at("address"), "10.0.0.1");
}

TEST(Template, ListsAreMadeOfAllNodesOrOfTheOthers) {
  Description description = parse_description(
      with(
          R"("lists": {"all": {"each": "{number}={address}"}, "rest": {"each": "{node}", "between": "+", "others": true}})"),
      "db.json");
  const std::vector<NodePlace> places = {{"n1", "a", "", ""}, {"n2", "b", "", ""}, {"n3", "c", "", ""}};
  const Names names = names_of(description, places, 1, {{"sync", "on"}});
  EXPECT_EQ(filled("{all} {rest} {sync} {nodes}", names, "x"), "0=a,1=b,2=c n1+n3 on 3");
}

}  // namespace
}  // namespace assay::described
