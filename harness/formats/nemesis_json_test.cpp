#include "harness/formats/nemesis_json.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"

namespace assay::formats {
namespace {

std::string nemesis_refusal(const std::string& text) {
  try {
    parse_nemesis(text, "nemesis.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(NemesisJson, RoundTrips) {
  const std::vector<ScheduledFault> windows = {
      {.at = 2 * kSecond,
       .fault = "partition-leader",
       .duration = 1500 * kMillisecond,
       .waits = true,
       .draw = "fedcba9876543210",
       .seen = {{"leader", Value()}},
       .nodes = {"n1", "n3"},
       .chose = {{"shape", Value::text("leader")}, {"cut", Value::list({Value::text("n1>n3")})}}},
      {.at = 0, .fault = "kill", .duration = kSecond, .trigger = "then"}};
  const std::string text = nemesis_to_json(windows, UINT64_MAX);
  EXPECT_EQ(parse_nemesis(text, "x"), windows);
  EXPECT_EQ(nemesis_to_json(parse_nemesis(text, "x"), UINT64_MAX), text);
}

TEST(NemesisJson, ReadsWhatPeopleWrite) {
  const auto windows = parse_nemesis(R"({
    // the leader, twice
    "windows": [{"at": "5s", "fault": "kill-leader", "for": "3s"},
                {"when": "leader-changed", "fault": "kill-leader", "for": "1s"}]})",
                                     "x");
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[1].trigger, "leader-changed");
  EXPECT_EQ(windows[1].at, 0);
  EXPECT_FALSE(windows[0].waits);
  const auto notation =
      parse_nemesis(R"({"windows": "5s kill-leader 3s; leader-changed kill-leader 1s"})", "x");
  EXPECT_EQ(notation, windows);
}

TEST(NemesisJson, RefusesMistakesInOneSentence) {
  EXPECT_EQ(nemesis_refusal("[]"),
            "nemesis.json: expected a JSON object with the field \"windows\", a list of fault windows");
  EXPECT_EQ(nemesis_refusal("{\"windows\": [\n{\"at\": \n"),
            "nemesis.json:3: expected valid JSON (comments are allowed) around here");
  EXPECT_EQ(nemesis_refusal(R"({"windows": [], "window": 1})"),
            "nemesis.json: field \"window\" is not known; accepted are schema_version, seed, windows");
  EXPECT_EQ(nemesis_refusal(R"({"windows": [], "schema_version": 2})"),
            "nemesis.json: field \"schema_version\": expected a whole number from 1 to 1, got 2");
  EXPECT_EQ(
      nemesis_refusal(R"({"windows": [{"at": "5s", "fault": "kill"}]})"),
      "nemesis.json: field \"windows\": expected windows like {\"at\": \"5s\", \"fault\": \"kill-leader\", "
      "\"for\": \"3s\"}, got {\"at\":\"5s\",\"fault\":\"kill\"}");
  const std::string begin = R"({"windows": [{"at": "1s", "fault": "a", "for": "1s"}, {"fault": "kill", )";
  EXPECT_EQ(
      nemesis_refusal(begin + R"("at": 5, "for": "1s"}]})"),
      "nemesis.json: field \"windows[1].at\": expected a duration such as \"30s\", \"1.5s\" or \"500ms\", "
      "got 5");
  EXPECT_EQ(nemesis_refusal(begin + R"("when": "sunrise", "for": "1s"}]})"),
            "nemesis.json: field \"windows[1].when\": expected \"leader-changed\", \"snapshot\", "
            "\"counter:NAME\", \"log:TEXT\" or \"then\", got \"sunrise\"");
  EXPECT_EQ(
      nemesis_refusal(begin + R"("at": "1s", "for": "1s", "draw": "12"}]})"),
      "nemesis.json: field \"windows[1].draw\": expected 16 hexadecimal digits in lower case, got \"12\"");
  EXPECT_EQ(nemesis_refusal(begin + R"("at": "1s", "for": "1s", "node": "n1"}]})"),
            "nemesis.json: field \"windows[1].node\" is not known; accepted are when, at, fault, for, waits, "
            "draw, nodes, seen.* and chose.*");
  EXPECT_THROW(read_nemesis("/nonexistent/nemesis.json"), InputError);
}

}  // namespace
}  // namespace assay::formats
