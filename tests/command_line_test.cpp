// The command line as a stranger uses it: exit codes, one sentence for each mistake, the run folder.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

struct Mistake {
  const char* arguments;
  const char* sentence;  // the first line must contain it
};

class BadInput : public testing::TestWithParam<Mistake> {};

TEST_P(BadInput, GetsOneSentenceAnd254) {
  const WorkFolder folder;
  folder.write("hosts.json", "{\"hosts\": [\n  {\"name\": \"n1\", \"addres\": \"127.0.0.1\"}\n]}\n");
  folder.write("broken-hosts.json", "{\"hosts\": [\n  {\"name\": \n");
  folder.write("broken.jsonl",
               "{\"process\":0,\"type\":\"invoke\",\"f\":\"read\",\"key\":1,\"value\":null}\n"
               "{\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"key\":1,\"value\":}\n"
               "{\"process\":0,\"type\":\"invoke\",\"f\":\"read\",\"key\":1,\"value\":null}\n");
  folder.write("plan.json", "{\"workloat\": \"register\"}\n");
  const Printed printed = folder.assay(GetParam().arguments);
  EXPECT_EQ(printed.exit_code, 254) << printed.error;
  const std::string first_line = printed.error.substr(0, printed.error.find('\n'));
  EXPECT_NE(first_line.find(GetParam().sentence), std::string::npos) << first_line;
  EXPECT_EQ(printed.out, "");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "store")) << "something was started";
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, BadInput,
    testing::Values(
        Mistake{"", "no command was given"}, Mistake{"frobnicate", "frobnicate"},
        Mistake{"run --frobnicate 3", "--frobnicate"}, Mistake{"run --nodes", "--nodes"},
        Mistake{"run --nodes zero", "--nodes"},
        Mistake{"run --nodes 0", "--nodes 0: at least 1 node is needed"},
        Mistake{"run --nodes -3", "--nodes -3: at least 1 node is needed"},
        Mistake{"run --target oracle", "--target oracle: there is no such target; there are"},
        Mistake{"run --mode paxos", "--mode paxos: target refdb has no such mode; it has raft"},
        Mistake{"run --workload shop", "--workload shop: there is no such workload; there are"},
        Mistake{"run --nemesis fire", "--nemesis fire: there is no such fault; there are"},
        Mistake{"run --nemesis partition-round", "has no variant \"round\"; it has"},
        Mistake{"run --schedule kill",
                "--schedule \"kill\": expected windows of a beginning, a fault and a length"},
        Mistake{"run --schedule '5s fire 1s'", "--schedule fire: there is no such fault; there are"},
        Mistake{"run --schedule '29s kill 2s'",
                "--schedule: kill at 29s for 2s goes beyond the end of the main"},
        Mistake{"run --workload-option x", "--workload-option x: expected name=value"},
        Mistake{"run --workload-option x=1", "--workload-option x=1: workload register has no such option"},
        Mistake{"run --target instant --mode memory --nemesis partition",
                "--nemesis partition: not possible for this target, because"},
        Mistake{"run --bug typo", "--bug typo: mode raft has no such seeded bug; it has"},
        Mistake{"run --reads psychic",
                "option reads is \"psychic\", expected one of read-index, lease, local"},
        Mistake{"run --mode leaderless --replication async",
                "refdb in mode leaderless has no option replication (that is one of single-leader); there "
                "are: n, r, w"},
        Mistake{"run --time-limit soon", "--time-limit soon: expected a duration like"},
        Mistake{"run --rate 0.5", "--rate"}, Mistake{"run --rate -5", "--rate -5"},
        Mistake{"run --closed-loop --rate 5", "--closed-loop: has no rate"},
        Mistake{"run --cluster hosts.json", "hosts.json"},
        Mistake{"run --cluster no-hosts.json",
                "no-hosts.json: there is no such hosts file; assay cluster up"},
        Mistake{"run --cluster broken-hosts.json", "broken-hosts.json: not valid JSON at line 3"},
        Mistake{"run --cluster missing.json", "missing.json"}, Mistake{"run plan.json", "workloat"},
        Mistake{"run missing-plan.json", "missing-plan.json"},
        Mistake{"run plan.json --nodes 3", "can't be combined with a plan file"},
        Mistake{"check missing.jsonl", "missing.jsonl"}, Mistake{"check broken.jsonl", "broken.jsonl:2"},
        Mistake{"check broken.jsonl --checker magic", "--checker magic: there is no such checker; there are"},
        Mistake{"check broken.jsonl --model teapot", "teapot"},
        Mistake{"explore --seeds 5..1", "--seeds 5..1: expected a range like 1..1000"},
        Mistake{"explore --seeds many", "--seeds many"},
        Mistake{"explore --cluster local", "only simulated clusters"},
        Mistake{"explore --jobs 0", "--jobs 0: at least 1 is needed"},
        Mistake{"list nonsense", "there is no such list"},
        Mistake{"report nowhere", "there is no such run folder"},
        Mistake{"cluster up --nodes 0", "from 1 to 100, not 0"}));

TEST(CommandLine, ASimulatedRunLeavesAWholeFolder) {
  const WorkFolder folder;
  const Printed printed =
      folder.assay("run --cluster sim --nemesis partition,kill,pause,clock --time-limit 10s --seed 7 --json");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object());
  EXPECT_EQ(results["schema_version"], 1);
  EXPECT_EQ(results["verdict"], "valid");
  const auto latest = folder.path() / "store" / "latest";
  for (const char* name : {"plan.json", "history.jsonl", "results.json", "report.html", "junit.xml",
                           "trace.json", "summary.txt"}) {
    EXPECT_GT(std::filesystem::file_size(latest / name), 100u) << name;
  }
  EXPECT_EQ(folder.assay("check store/latest/history.jsonl").exit_code, 0);
  EXPECT_EQ(folder.assay("report").exit_code, 0);
  // The plan repeats the run, byte for byte.
  const std::string history = content_of(latest / "history.jsonl");
  EXPECT_EQ(folder.assay("run store/latest/plan.json --store again").exit_code, 0);
  EXPECT_TRUE(history == content_of(folder.path() / "again" / "latest" / "history.jsonl"));
}

TEST(CommandLine, ASeededBugIsInvalidAndReplaysFromExplore) {
  const WorkFolder folder;
  const std::string plan = "--nemesis partition,kill --bug lost-update-cas --time-limit 10s";
  const Printed explored = folder.assay("explore --seeds 1..3 --json " + plan);
  EXPECT_EQ(explored.exit_code, 1) << explored.error;
  const auto json = nlohmann::json::parse(explored.out, nullptr, false);
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["invalid"], 3);
  // The printed command is one that can be typed.
  const auto begin = explored.error.find("assay run");
  ASSERT_NE(begin, std::string::npos);
  const std::string command = explored.error.substr(begin, explored.error.find('\n', begin) - begin);
  const Printed replayed = folder.assay(command.substr(std::string("assay ").size()));
  EXPECT_EQ(replayed.exit_code, 1);
  const Printed checked = folder.assay("check store/latest/history.jsonl --json");
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_FALSE(nlohmann::json::parse(checked.out)["findings"].empty());
}

TEST(CommandLine, ExploreGivesTheSameDigestsWithAnyNumberOfJobs) {
  const WorkFolder folder;
  const auto digests = [&](const char* jobs) {
    const Printed printed = folder.assay(
        std::string(
            "explore --seeds 1..6 --nemesis partition,kill,pause,clock --time-limit 10s --json --jobs ") +
        jobs);
    return nlohmann::json::parse(printed.out)["results"].dump();
  };
  EXPECT_EQ(digests("1"), digests("2"));
}

TEST(CommandLine, AnExperimentExitsByItsExpectation) {
  const WorkFolder folder;
  const std::string plan =
      R"("nemesis": ["partition"], "bugs": ["lost-update-cas"], "time_limit": "10s", "rate": 100})";
  folder.write("expected.json", R"({"title": "caught", "expect": "invalid", )" + plan);
  folder.write("wrong.json", R"({"title": "not caught", "expect": "valid", )" + plan);
  const Printed as_expected = folder.assay("run expected.json");
  EXPECT_EQ(as_expected.exit_code, 0) << as_expected.error;
  EXPECT_EQ(folder.assay("run wrong.json").exit_code, 1);
}

TEST(CommandLine, AVacuousRunIsUnknown) {
  const WorkFolder folder;
  // One process: nothing is concurrent.
  const Printed printed =
      folder.assay("run --cluster sim --concurrency 1 --rate 20 --time-limit 3s --seed 1");
  EXPECT_EQ(printed.exit_code, 2) << printed.error;
  EXPECT_NE(printed.error.find("no two operations were concurrent"), std::string::npos);
  folder.write("empty.jsonl", "");
  EXPECT_EQ(folder.assay("check empty.jsonl").exit_code, 2);
}

TEST(CommandLine, AFullDiskIsHarnessTrouble) {
  const WorkFolder folder;
  const Printed printed = folder.assay("run --cluster sim --time-limit 2s --seed 1 --store /proc/nowhere");
  EXPECT_EQ(printed.exit_code, 255) << printed.error;
  EXPECT_NE(printed.error.find("/proc/nowhere"), std::string::npos);
}

TEST(CommandLine, HelpAndVersionAreThere) {
  const WorkFolder folder;
  EXPECT_EQ(folder.assay("--version").exit_code, 0);
  for (const char* command : {"", "run", "check", "verify", "explore", "report", "compare", "gate", "cluster",
                              "cluster up", "list"}) {
    const Printed printed = folder.assay(std::string(command) + " --help");
    EXPECT_EQ(printed.exit_code, 0) << command;
    EXPECT_GT(printed.out.size(), 50u) << command;
  }
  for (const char* what : {"targets", "modes", "bugs", "workloads", "faults", "checkers"}) {
    EXPECT_GT(folder.assay(std::string("list ") + what).out.size(), 20u) << what;
  }
}

}  // namespace
}  // namespace assay::project
