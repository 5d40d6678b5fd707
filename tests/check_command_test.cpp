// `assay check` and `assay verify` as a stranger uses them: many checkers, many files, certificates, the JSON.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

using Json = nlohmann::json;

constexpr const char* kValid =
    "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 1}\n"
    "{:process 1, :type :invoke, :f :read}\n{:process 1, :type :ok, :f :read, :value 1}\n";
constexpr const char* kStale =
    "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 1}\n"
    "{:process 0, :type :invoke, :f :write, :value 2}\n{:process 0, :type :ok, :f :write, :value 2}\n"
    "{:process 1, :type :invoke, :f :read}\n{:process 1, :type :ok, :f :read, :value 1}\n";
constexpr const char* kNothing =
    "{:process 0, :type :invoke, :f :read}\n{:process 0, :type :fail, :f :read}\n";

std::string schema_trouble(const WorkFolder& folder, const std::string& out) {
  folder.write("out.json", out);
  const Printed printed = folder.run(
      "python3 -c 'import json,sys,jsonschema; s=json.load(open(sys.argv[1]));"
      "jsonschema.Draft202012Validator.check_schema(s);"
      "jsonschema.Draft202012Validator(s).validate(json.load(open(sys.argv[2])))' " ASSAY_SOURCE_DIR
      "/docs/check.schema.json out.json");
  return printed.exit_code == 0 ? "" : printed.error;
}

bool has_jsonschema(const WorkFolder& folder) {
  return folder.run("python3 -c 'import jsonschema'").exit_code == 0;
}

TEST(CheckCommandLine, TheWorstOfSeveralFilesDecides) {
  const WorkFolder folder;
  folder.write("valid.edn", kValid);
  folder.write("stale.edn", kStale);
  folder.write("nothing.edn", kNothing);
  EXPECT_EQ(folder.assay("check valid.edn valid.edn").exit_code, 0);
  EXPECT_EQ(folder.assay("check valid.edn nothing.edn").exit_code, 2);
  const Printed printed = folder.assay("check valid.edn stale.edn nothing.edn");
  EXPECT_EQ(printed.exit_code, 1);
  EXPECT_EQ(printed.out, "valid.edn\ttrue\nstale.edn\tfalse\nnothing.edn\tunknown\n");
  EXPECT_NE(printed.error.find("witness re-checked: still invalid"), std::string::npos) << printed.error;
  EXPECT_EQ(folder.assay("check valid.edn missing.edn").exit_code, 254);
}

TEST(CheckCommandLine, CheckersAreNamedOrChosenOrAllRun) {
  const WorkFolder folder;
  folder.write("valid.edn", kValid);
  const Printed chosen = folder.assay("check valid.edn");
  EXPECT_NE(chosen.error.find("linearizable (model cas-register), chosen by what the history has"),
            std::string::npos)
      << chosen.error;
  EXPECT_EQ(folder.assay("check --checker linearizable valid.edn --option initial=nil").exit_code, 0);
  EXPECT_EQ(folder.assay("check --checker linearizable valid.edn --option linearizable.initial=3").exit_code,
            0);
  EXPECT_EQ(folder.assay("check --model cas-register valid.edn").exit_code, 0);
  const Printed all = folder.assay("check --all --json valid.edn");
  const Json results = Json::parse(all.out);
  EXPECT_GE(results["histories"][0]["checks"].size(), 1u);
  EXPECT_NE(all.error.find("checker"), std::string::npos);
}

// A checker with nothing to judge decides about a history only when nobody but it was asked.
TEST(CheckCommandLine, WhoHasNothingToJudgeDoesNotApply) {
  const WorkFolder folder;
  folder.write("written.edn",
               "{:process 0, :type :invoke, :f :read, :value nil, :time 1}\n"
               "{:process 0, :type :ok, :f :read, :value nil, :time 2}\n"
               "{:process 0, :type :invoke, :f :write, :value 1, :time 3}\n"
               "{:process 0, :type :ok, :f :write, :value 1, :time 4}\n");
  EXPECT_EQ(folder.assay("check --checker convergence written.edn").exit_code, 2);
  const Printed all = folder.assay("check --all --json written.edn");
  EXPECT_EQ(all.exit_code, 0) << all.error;
  const Json history = Json::parse(all.out)["histories"][0];
  for (const Json& check : history["checks"]) EXPECT_NE(check["verdict"], "unknown") << check;
  std::string why;
  for (const Json& other : history["not_applicable"]) {
    if (other["checker"] == "convergence") why = other["lacks"];
  }
  EXPECT_EQ(why, "No key was read from two nodes after the last write, so nothing was tested.");
  EXPECT_NE(all.error.find("convergence: No key was read from two nodes"), std::string::npos) << all.error;
}

TEST(CheckCommandLine, OptionsOfElleCliAreAccepted) {
  const WorkFolder folder;
  folder.write("valid.edn", kValid);
  const Printed printed = folder.assay(
      "check --model cas-register -s 1000 --directory . --plot-format svg --plot-timeout 5000 "
      "--max-plot-bytes 65536 --group-size 3 --max-transfer 5 valid.edn");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  EXPECT_EQ(printed.out, "valid.edn\ttrue\n");
  EXPECT_EQ(folder.assay("check -m cas-register --group-size").exit_code, 254);
}

TEST(CheckCommandLine, ChecksThatMakeNoSenseAreRefused) {
  const WorkFolder folder;
  folder.write("valid.edn", kValid);
  folder.write("sessions.txt", "w 0 1\n=====\nr 0 1\n");
  const struct {
    const char* arguments;
    const char* sentence;
  } kCases[] = {
      {"check valid.edn --all --checker linearizable", "--all: can't be combined with --checker"},
      {"check valid.edn --option colour", "--option colour: expected name=value or checker.name=value"},
      {"check valid.edn --option colour=red --checker linearizable", "--option colour=red: "},
      {"check valid.edn --initial x", "--option initial=x: Option initial of "},
      {"check valid.edn --option magic.colour=red", "--checker magic: there is no such checker"},
      {"check valid.edn --all --certificate c.json", "--certificate: is of one history and one checker"},
      {"check valid.edn valid.edn --certificate c.json", "--certificate: is of one history and one checker"},
      {"check sessions.txt --checker linearizable",
       "sessions.txt: checker linearizable can't judge this history: it needs to know when operations began "
       "and ended"},
      {"verify valid.edn missing.json", "missing.json: the certificate can't be opened"},
      {"verify valid.edn valid.edn", "valid.edn: expected a certificate, which is one JSON object"}};
  for (const auto& example : kCases) {
    const Printed printed = folder.assay(example.arguments);
    EXPECT_EQ(printed.exit_code, 254) << example.arguments;
    EXPECT_NE(printed.error.find(example.sentence), std::string::npos) << printed.error;
    EXPECT_EQ(printed.out, "");
  }
}

TEST(CheckCommandLine, TheJsonFollowsItsSchema) {
  const WorkFolder folder;
  if (!has_jsonschema(folder)) GTEST_SKIP() << "python3-jsonschema is not installed";
  folder.write("valid.edn", kValid);
  folder.write("stale.edn", kStale);
  folder.write("nothing.edn", kNothing);
  for (const char* const arguments : {"valid.edn", "stale.edn", "nothing.edn",
                                      "--all valid.edn stale.edn nothing.edn", "--all stale.edn"}) {
    const Printed printed = folder.assay(std::string("check --json ") + arguments);
    EXPECT_EQ(schema_trouble(folder, printed.out), "") << arguments;
    EXPECT_EQ(Json::parse(printed.out)["exit_code"], printed.exit_code);
  }
  const Json stale = Json::parse(folder.assay("check --json valid.edn stale.edn").out);
  EXPECT_EQ(stale["history"], "stale.edn");
  EXPECT_EQ(stale["findings"][0]["rechecked"], "invalid");
  EXPECT_EQ(stale["histories"].size(), 2u);
  // What both documents describe, they describe in the same words.
  const Json ours = Json::parse(content_of(ASSAY_SOURCE_DIR "/docs/check.schema.json"));
  const Json theirs = Json::parse(content_of(ASSAY_SOURCE_DIR "/docs/results.schema.json"));
  for (const auto& [name, definition] : ours["$defs"].items()) {
    if (name == "check") continue;
    EXPECT_EQ(definition, theirs["$defs"][name]) << name;
  }
}

TEST(CheckCommandLine, TheSelfTestShowsWhatACheckerNotices) {
  const WorkFolder folder;
  folder.write("valid.edn", kValid);
  folder.write("stale.edn", kStale);
  const Printed shown = folder.assay("check --self-test valid.edn --checker linearizable");
  EXPECT_EQ(shown.exit_code, 0) << shown.error;
  EXPECT_NE(shown.error.find("phantom         10 of 10"), std::string::npos) << shown.error;
  EXPECT_EQ(shown.error, folder.assay("check --self-test valid.edn --checker linearizable").error);
  const Printed nothing = folder.assay("check --self-test stale.edn --checker linearizable");
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_NE(nothing.error.find("nothing to show: the history as it is is invalid"), std::string::npos)
      << nothing.error;
  EXPECT_EQ(folder.assay("check --self-test valid.edn --json").exit_code, 254);
}

TEST(CheckCommandLine, ACertificateIsConfirmedAndOneThatWasChangedIsNot) {
  const WorkFolder folder;
  folder.write("valid.edn", kValid);
  folder.write("stale.edn", kStale);
  EXPECT_EQ(folder.assay("check valid.edn --checker linearizable --certificate c.json").exit_code, 0);
  const Printed confirmed = folder.assay("verify valid.edn c.json");
  EXPECT_EQ(confirmed.exit_code, 0) << confirmed.error;
  EXPECT_NE(confirmed.error.find("confirmed: valid.edn is linearizable (initial nil"), std::string::npos);
  const Printed other = folder.assay("verify stale.edn c.json");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.error.find("It is about another history"), std::string::npos) << other.error;
  Json changed = Json::parse(content_of(folder.path() / "c.json"));
  changed["objects"][0]["order"] = {1, 0};
  folder.write("changed.json", changed.dump());
  EXPECT_EQ(folder.assay("verify valid.edn changed.json").exit_code, 1);
  changed["objects"][0]["order"] = "all of them";
  folder.write("broken.json", changed.dump());
  const Printed broken = folder.assay("verify valid.edn broken.json");
  EXPECT_EQ(broken.exit_code, 254);
  EXPECT_NE(broken.error.find("broken.json: expected the field \"order\" to be a list"), std::string::npos);
  // Nothing proves what is not so.
  const Printed invalid = folder.assay("check stale.edn --checker linearizable --certificate none.json");
  EXPECT_EQ(invalid.exit_code, 1);
  EXPECT_NE(
      invalid.error.find("--certificate none.json: nothing was written, because the verdict is invalid"),
      std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "none.json"));
}

// Those of orders for each process, and of versions.
TEST(CheckCommandLine, CertificatesOfWeakModelsAreConfirmed) {
  const WorkFolder folder;
  folder.write("valid.edn", kValid);
  for (const std::string checker : {"pram", "causal-memory", "session"}) {
    const std::string claimed = checker == "session" ? "session-causal" : checker;
    EXPECT_EQ(folder.assay("check valid.edn --checker " + checker + " --certificate c.json").exit_code, 0);
    const Printed confirmed = folder.assay("verify valid.edn c.json");
    EXPECT_EQ(confirmed.exit_code, 0) << confirmed.error;
    EXPECT_NE(confirmed.error.find("confirmed: valid.edn is " + claimed), std::string::npos)
        << confirmed.error;
    Json changed = Json::parse(content_of(folder.path() / "c.json"));
    changed["objects"][0]["order"] = Json::array();
    folder.write("changed.json", changed.dump());
    EXPECT_EQ(folder.assay("verify valid.edn changed.json").exit_code, 1) << checker;
  }
}

// Those without an order: what makes the history valid is counted again.
TEST(CheckCommandLine, CertificatesOfObservationsAreConfirmed) {
  const WorkFolder folder;
  const std::string read =
      "{:process 1, :type :invoke, :f :read}\n{:process 1, :type :ok, :f :read, :value [1]}\n";
  const std::string add =
      "{:process 0, :type :invoke, :f :add, :value 1}\n{:process 0, :type :ok, :f :add, :value 1}\n";
  folder.write("set.edn", add + read);
  folder.write("empty.edn", read);
  for (const std::string checker : {"set", "set-full", "durability"}) {
    EXPECT_EQ(folder.assay("check set.edn --checker " + checker + " --certificate c.json").exit_code, 0);
    const Printed confirmed = folder.assay("verify set.edn c.json");
    EXPECT_EQ(confirmed.exit_code, 0) << confirmed.error;
    EXPECT_NE(confirmed.error.find("confirmed: set.edn passes " + checker), std::string::npos)
        << confirmed.error;
    EXPECT_EQ(folder.assay("verify empty.edn c.json").exit_code, 1) << checker;
    Json changed = Json::parse(content_of(folder.path() / "c.json"));
    changed["claim"] = "bank";
    folder.write("changed.json", changed.dump());
    const Printed refuted = folder.assay("verify set.edn changed.json");
    EXPECT_EQ(refuted.exit_code, 1) << checker;
    EXPECT_NE(refuted.error.find("does not prove that set.edn passes bank"), std::string::npos)
        << refuted.error;
  }
}

}  // namespace
}  // namespace assay::project
