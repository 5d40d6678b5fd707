#include "targets/described/notation/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "targets/described/notation/template.h"

namespace assay::described {
namespace {

using testing::HasSubstr;

// The least that a description needs, and more fields.
std::string with(const std::string& more) {
  return R"({"name": "db", "start": ["dbd"], "client": {"start": ["./client"]})" +
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
  EXPECT_THROW(read_description("/nowhere/db.json"), InputError);
}

TEST(Template, NamesAreFilledInAndUnknownOnesAreRefused) {
  const Names names = {{"address", "::1"}, {"node", "n1"}};
  EXPECT_EQ(filled("http://[{address}]:1/{node}{node}", names, "x"), "http://[::1]:1/n1n1");
  EXPECT_EQ(filled(R"({"a": {}, "b": {{address}, {)", names, "x"), R"({"a": {}, "b": {address}, {)");
  EXPECT_THAT(
      refusal(with(R"("environment": {"A": "{adress}"})")),
      HasSubstr("db.json: environment.A: {adress} is not known; there are address, data, home, node"));
  EXPECT_THAT(refusal(with(R"("version": "x {no}")")), HasSubstr("version: {no} is not known"));
  EXPECT_THAT(refusal(with(R"("lists": {"peers": {"each": "{peers}"}})")), HasSubstr("lists.peers.each"));
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
