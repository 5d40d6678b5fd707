// results.json, junit.xml, trace.json and summary.txt: complete, well-formed, and honest about trouble.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"
#include "reports/registry.h"
#include "reports/samples/sample_runs.h"
#include "reports/text/summary.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

const ReporterPlugin& plugin(std::string_view name) {
  for (const ReporterPlugin* candidate : all_plugins()) {
    if (candidate->name == name) return *candidate;
  }
  throw std::runtime_error("no such reporter");
}

std::string written(std::string_view reporter, const RunResult& run) {
  const TemporaryFolder folder;
  plugin(reporter).get().write(run, folder.path());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
  return folder.read(std::string(plugin(reporter).file_name));
}

std::vector<RunResult> all_runs() {
  std::vector<RunResult> runs;
  runs.push_back(valid_run(300));
  runs.push_back(invalid_run(300));
  runs.push_back(vacuous_run());
  runs.push_back(empty_run());
  runs.push_back(trouble_run());
  runs.push_back(interrupted_run());
  runs.push_back(valid_run(300));
  watch_nodes(runs.back());
  runs.back().measurements.host.recorded = true;
  runs.back().measurements.host.wall_begin = 1'795'262'400 * kSecond;
  return runs;
}

TEST(Reporters, NameTheFileThatCantBeWritten) {
  for (const ReporterPlugin* candidate : all_plugins()) {
    try {
      candidate->get().write(empty_run(), "/nonexistent");
      ADD_FAILURE() << candidate->name;
    } catch (const HarnessError& error) {
      EXPECT_THAT(error.what(), HasSubstr("/nonexistent/" + std::string(candidate->file_name)));
    }
  }
}

TEST(ResultsJson, TellsWhatTheRunShowed) {
  const auto json = nlohmann::json::parse(written("json", invalid_run(300)));
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["verdict"], "invalid");
  EXPECT_EQ(json["exit_code"], 1);
  EXPECT_EQ(json["plan"]["seed"], 7);
  EXPECT_EQ(json["plan"]["time_limit"], "30s");
  EXPECT_EQ(json["checks"][0]["findings"][0]["anomaly"], "stale-read");
  EXPECT_EQ(json["checks"][0]["findings"][0]["witness"].size(), 4u);
  EXPECT_EQ(json["checks"][0]["findings"][0]["witness"][3]["mops"][0]["result"], 4711);
  EXPECT_EQ(json["faults"].size(), 5u);
  EXPECT_EQ(json["faults"][0]["evidence"]["probes_lost"], 12);
  EXPECT_EQ(json["counters"]["elections_started"], 3);
  EXPECT_FALSE(json["faults"][3]["verified"]);
  EXPECT_EQ(json["counts"]["total"], json["history"]["operations"]);
}

TEST(ResultsJson, TellsWhatWasSeenOfTheNodes) {
  RunResult run = valid_run(300);
  watch_nodes(run);
  run.faults[0].due_during = {.ok = 7, .fail = 0, .info = 2};
  run.faults[0].sent_during = {.ok = 3, .fail = 0, .info = 1};
  const auto json = nlohmann::json::parse(written("json", run));
  EXPECT_EQ(json["faults"][0]["during"]["total"], 9);
  EXPECT_EQ(json["faults"][0]["sent_during"]["total"], 4);
  EXPECT_EQ(json["faults"][0]["replication_behind_max"], 37);
  EXPECT_TRUE(json["faults"][1]["replication_behind_max"].is_null());
  const auto& node = json["measurements"]["nodes"][1];
  EXPECT_EQ(node["node"], "n2");
  EXPECT_EQ(node["samples"]["at"], (std::vector<Nanos>{kSecond, 2 * kSecond, 3 * kSecond}));
  EXPECT_EQ(node["samples"]["clock_offset"][0], 1'500'000'000);
  EXPECT_EQ(node["worst"]["cpu_percent"], 30.0);
  const auto& replication = json["measurements"]["replication"];
  EXPECT_EQ(replication["behind_max"], 40);
  EXPECT_EQ(replication["samples"]["positions"][1], (std::vector<int>{200, 160, 200}));
  EXPECT_EQ(replication["samples"]["pending"][1], 3);
  EXPECT_TRUE(replication["samples"]["pending"][0].is_null());
}

TEST(ResultsJson, NeverAndTooFewSamplesAreNull) {
  const auto json = nlohmann::json::parse(written("json", vacuous_run()));
  EXPECT_TRUE(json["recovery_time"].is_null());
  EXPECT_TRUE(json["operations"][0]["response"]["p99"].is_null());
}

TEST(ResultsJson, FollowsTheSchema) {
  const std::string probe = "python3 -c 'import jsonschema' >/dev/null 2>&1";
  if (std::system(probe.c_str()) != 0) GTEST_SKIP() << "python3-jsonschema is not installed";
  const TemporaryFolder folder;
  for (const RunResult& run : all_runs()) {
    plugin("json").get().write(run, folder.path());
    const std::string check =
        "python3 -c 'import json,sys,jsonschema; "
        "jsonschema.Draft202012Validator.check_schema(json.load(open(sys.argv[1])));"
        "jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))"
        "' '" +
        std::string(ASSAY_SOURCE_DIR) + "/docs/results.schema.json' '" + folder.path() +
        "/results.json' 2>&1 | tail -20 >&2; "
        "exit ${PIPESTATUS[0]}";
    const std::string script = folder.path() + "/check.sh";
    std::ofstream(script) << check;
    EXPECT_EQ(std::system(("bash " + script).c_str()), 0);
  }
}

TEST(JunitXml, HasOneCasePerJudgement) {
  const std::string valid = written("junit", valid_run(300));
  EXPECT_THAT(valid, HasSubstr("tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"0\""));
  const std::string invalid = written("junit", invalid_run(300));
  EXPECT_THAT(invalid, HasSubstr("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\""));
  EXPECT_THAT(invalid, HasSubstr("stale-read (linearizable), key 3"));
  const std::string vacuous = written("junit", vacuous_run());
  EXPECT_THAT(vacuous, HasSubstr("<skipped message=\"no operation succeeded; no fault took effect\"/>"));
  const std::string trouble = written("junit", trouble_run());
  EXPECT_THAT(trouble, HasSubstr("<error message=\"Host n3 (127.0.0.1:2203): the connection was refused"));
  EXPECT_THAT(trouble, HasSubstr("errors=\"1\""));
}

TEST(JunitXml, IsWellFormed) {
  if (std::system("python3 -c 1 >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  const TemporaryFolder folder;
  for (const RunResult& run : all_runs()) {
    plugin("junit").get().write(run, folder.path());
    const std::string check = "python3 -c 'import sys,xml.dom.minidom as m; m.parse(sys.argv[1])' '" +
                              folder.path() + "/junit.xml'";
    EXPECT_EQ(std::system(check.c_str()), 0);
  }
}

TEST(TraceJson, HasEveryOperationAndFault) {
  const RunResult run = invalid_run(300);
  const auto json = nlohmann::json::parse(written("trace", run));
  std::size_t operations = 0, begins = 0, ends = 0, arrows = 0;
  std::set<int> tracks;
  for (const auto& event : json["traceEvents"]) {
    operations += event["ph"] == "X" ? 1 : 0;
    begins += event["ph"] == "b" ? 1 : 0;
    ends += event["ph"] == "e" ? 1 : 0;
    arrows += event["ph"] == "s" ? 1 : 0;
    if (event["ph"] == "X") {
      tracks.insert(event["tid"].get<int>());
      EXPECT_GE(event["dur"].get<double>(), 0.0);
    }
  }
  EXPECT_EQ(operations, run.history.size());
  EXPECT_EQ(begins, run.faults.size());
  EXPECT_EQ(ends, run.faults.size());
  EXPECT_EQ(arrows, 4u);  // three between the operations of one anomaly, one of the other
  // The second one begins where the first one ends.
  const auto end_of_arrow = [&](const char* phase, int id) {
    for (const auto& event : json["traceEvents"]) {
      if (event["ph"] == phase && event["id"] == id) return event["ts"].get<double>();
    }
    return -1.0;
  };
  EXPECT_LT(end_of_arrow("s", 1), end_of_arrow("f", 1));
  EXPECT_EQ(end_of_arrow("s", 2), end_of_arrow("f", 1));
  EXPECT_LT(tracks.size(), 20u) << "a track per worker, not per process";
  for (const RunResult& other : all_runs()) EXPECT_NO_THROW(nlohmann::json::parse(written("trace", other)));
}

// On one track no operation begins before the one before it ends, else a viewer nests them.
TEST(TraceJson, TracksDoNotOverlap) {
  const auto json = nlohmann::json::parse(written("trace", vacuous_run()));
  std::map<int, double> end_of;
  for (const auto& event : json["traceEvents"]) {
    if (event["ph"] != "X") continue;
    const int track = event["tid"].get<int>();
    EXPECT_GE(event["ts"].get<double>(), end_of[track] - 0.001);
    end_of[track] = event["ts"].get<double>() + event["dur"].get<double>();
  }
  EXPECT_EQ(end_of.size(), 1u);  // forty processes, each in the place of the one before
}

TEST(MetricsProm, IsInTheTextFormat) {
  const std::string text = written("prometheus", invalid_run(2'000));
  EXPECT_THAT(text, HasSubstr("assay_run_verdict{verdict=\"invalid\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("assay_run_verdict{verdict=\"valid\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE assay_response_seconds summary\n"));
  EXPECT_THAT(text, HasSubstr("assay_response_seconds{kind=\"read\",quantile=\"0.5\"} 0.00"));
  EXPECT_THAT(text, HasSubstr("assay_response_seconds_count{kind=\"read\"} "));
  EXPECT_THAT(text, HasSubstr("assay_anomalies{anomaly=\"stale-read\",violates=\"linearizable\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("assay_fault_verified{fault=\"pause\",window=\"4\"} 0\n"));
  RunResult late = valid_run(150);
  late.measurements.load.late = 17;
  late.measurements.load.dropped = 4;
  EXPECT_THAT(written("prometheus", late), HasSubstr("\nassay_late_total 17\n"));
  EXPECT_THAT(written("prometheus", late), HasSubstr("\nassay_dropped_total 4\n"));
  std::istringstream lines(text);
  std::set<std::string> families;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(families.insert(line).second) << "twice: " << line;
    }
  }
}

TEST(Summary, SaysWhatMattersFirst) {
  const std::string text = summary_text(invalid_run(300));
  EXPECT_EQ(text.rfind("INVALID  refdb raft, register\nKey 3 is not linearizable", 0), 0u) << text;
  EXPECT_THAT(text, HasSubstr("--seed 7"));
  EXPECT_THAT(text, HasSubstr("SEEDED BUGS IN FORCE: stale-reads"));
  EXPECT_THAT(text, HasSubstr("1. stale-read, not linearizable, key 3"));
  EXPECT_THAT(summary_text(trouble_run()), HasSubstr("HARNESS FAILURE"));
  EXPECT_THAT(summary_text(interrupted_run()), HasSubstr("The run was interrupted"));
  EXPECT_THAT(summary_text(vacuous_run()), HasSubstr("vacuous"));
  EXPECT_EQ(written("text", empty_run()), summary_text(empty_run()));
}

TEST(Summary, FitsAScreenAndIsHarmless) {
  for (const RunResult& run : all_runs()) {
    std::string text = summary_text(run);
    std::size_t start = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
      const std::string line = text.substr(start, end - start);
      EXPECT_LE(text_width(line), 112u) << line;
      start = end + 1;
    }
    EXPECT_EQ(std::count_if(text.begin(), text.end(),
                            [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }),
              0);
  }
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({"a", ">b"});
  table.add({"µs", "1"});
  table.add({"x", "22"});
  EXPECT_EQ(table.text(" "), " a    b\n µs   1\n x   22\n");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
}

}  // namespace
}  // namespace assay::reports
