// Client programs that are written in shell: one that keeps to the protocol, and others that do not.
#include "targets/described/client_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/described/conformance.h"

namespace assay::described {
namespace {

using testing::HasSubstr;

constexpr const char* kHello = R"(echo '{"type":"hello","protocol":1,"operations":["read","write"]}')";
// Reads a line, and takes its number.
constexpr const char* kNextId = R"(read line || exit 0; id=${line#*:}; id=${id%%,*})";

std::string answering(const std::string& answer) {
  return std::string("read hello; ") + kHello + "; while :; do " + kNextId + "; " + answer + "; done";
}

const std::string kGood =
    answering(R"(case $line in *'"read"'*) echo "{\"id\":$id,\"outcome\":\"ok\",\"result\":7}";;)"
              R"( *) echo "{\"id\":$id,\"outcome\":\"info\",\"error\":\"lost\"}";; esac)");

// The completions of these requests, one after the other.
std::vector<Completion> answers(const std::string& script, const std::vector<Request>& requests) {
  boost::asio::io_context io;
  std::vector<Completion> completions;
  ClientProgram client(io, {"sh", "-c", script}, "", {"n1", 0, 1, {{"n1", "127.0.0.1", "", ""}}, {}});
  for (const Request& request : requests) {
    const std::size_t before = completions.size();
    client.invoke(request, kSecond,
                  [&](Completion completion) { completions.push_back(std::move(completion)); });
    while (completions.size() == before && io.run_one_for(std::chrono::seconds(20)) != 0) {
    }
  }
  return completions;
}

std::string trouble(const std::string& script) {
  try {
    const auto completions = answers(script, {{{Fn::read, 1, {}, {}}}});
    return "no trouble, " + std::to_string(completions.size()) + " completions";
  } catch (const HarnessError& error) {
    return error.what();
  }
}

TEST(ClientProgram, AnswersOneRequestAfterTheOther) {
  const auto completions = answers(
      kGood, {{{Fn::read, 1, {}, {}}}, {{Fn::write, 1, 2, {}}}, {{Fn::cas, 1, Value::pair(1, 2), {}}}});
  ASSERT_EQ(completions.size(), 3U);
  EXPECT_EQ(completions[0].outcome, Outcome::ok);
  EXPECT_EQ(completions[0].mops[0].result, Value(7));
  EXPECT_EQ(completions[1].outcome, Outcome::info);
  EXPECT_EQ(completions[2].outcome, Outcome::fail) << "it does not offer that";
}

TEST(ClientProgram, ItsFaultIsTroubleAndNoAnswer) {
  EXPECT_THAT(trouble("echo first >&2; echo 'no module named db' >&2; exit 1"),
              HasSubstr("ended by itself; it said: no module named db"));
  EXPECT_THAT(trouble(answering("exit 3")), HasSubstr("ended by itself"));
  EXPECT_THAT(trouble("read hello; echo hi; read more"),
              HasSubstr("it wrote hi; expected {\"type\":\"hello\""));
  EXPECT_THAT(trouble(answering("echo '{}'")), HasSubstr("expected the answer of \"id\": 1"));
  EXPECT_THAT(trouble("head -c 2000000 /dev/zero"), HasSubstr("more than a megabyte"));
  boost::asio::io_context io;
  EXPECT_THROW(ClientProgram(io, {"no-such-program-anywhere"}, "", {}), HarnessError);
  EXPECT_THROW(ClientProgram(io, {"./no-such-program"}, "", {}), HarnessError);
}

bool runs(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/stat");
  std::string line;
  std::getline(status, line);
  return !line.empty() && line.find(") Z ") == std::string::npos;
}

TEST(ClientProgram, DiesWithItsOwnerAndWithWhatItStarted) {
  const TemporaryFolder folder;
  boost::asio::io_context io;
  const auto wait_until = [&io](auto done) {
    for (int i = 0; i < 2000 && !done(); ++i) {
      io.restart();
      io.run_for(std::chrono::milliseconds(5));
    }
  };
  std::string shell, child;
  {
    const std::string script = "sleep 1000 & echo $$ $! >" + folder.path("part") + "; mv " +
                               folder.path("part") + " " + folder.path("pids") + "; wait";
    ClientProgram client(io, {"sh", "-c", script}, "", {});
    wait_until([&] { return std::filesystem::exists(folder.path("pids")); });
    std::istringstream(folder.read("pids")) >> shell >> child;
    EXPECT_TRUE(runs(shell) && runs(child));
  }
  wait_until([&] { return !runs(shell) && !runs(child); });
  EXPECT_FALSE(runs(shell));
  EXPECT_FALSE(runs(child));
}

// How many of the steps are kept, and the first that is not.
std::string conformance(const std::string& script) {
  Description description;
  description.path = "db.json";
  description.client = {"sh", "-c", script};
  int kept = 0;
  for (const Step& step : try_client(description)) {
    if (!step.kept) return "after " + std::to_string(kept) + ": " + step.demand + ": " + step.detail;
    ++kept;
  }
  return "all " + std::to_string(kept);
}

TEST(Conformance, TellsTheGoodFromTheBad) {
  const std::string refuses = R"(echo "{\"id\":$id,\"outcome\":\"fail\",\"error\":\"no connection\"}")";
  EXPECT_EQ(conformance(answering(refuses)), "all 5");
  EXPECT_THAT(conformance(kGood), HasSubstr("after 1: without a database, read is answered"))
      << "read 7 out of nothing";
  EXPECT_THAT(conformance("exit 0"), HasSubstr("after 0: it answers the greeting"));
  EXPECT_THAT(conformance(answering(R"(echo "{\"id\":$id,\"outcome\":\"info\",\"error\":\"?\"}")")),
              HasSubstr("after 3: an operation that it does not know"));
  EXPECT_THAT(conformance(answering(refuses + "; exit 0")), HasSubstr("after 2"));
}

}  // namespace
}  // namespace assay::described
