// Formats by content, the array form of JSON, Porcupine's logs, and the histories that other projects recorded.
#include "harness/formats/history_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/edn_writer.h"

namespace assay::formats {
namespace {

const std::filesystem::path kCorpora = ASSAY_SOURCE_DIR "/../shared/corpora";

std::string file_refusal(const std::string& text, std::optional<Format> format = std::nullopt) {
  try {
    parse_history(text, "h", format);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(HistoryFile, FormatsAreToldByTheirBeginning) {
  const struct {
    const char* text;
    Format format;
  } kCases[] = {
      {"", Format::json_lines},
      {"\n {\"process\":0}", Format::json_lines},
      {"{ \"process\":0}", Format::json_lines},
      {"{}", Format::json_lines},
      {"hello", Format::json_lines},
      {"{:process 0}", Format::edn},
      {"[{:process 0}]", Format::edn},
      {"({:process 0})", Format::edn},
      {"; note\n[]", Format::edn},
      {"#jepsen.history.Op{}", Format::edn},
      {"[]", Format::edn},
      {"[\n {\"process\":0}]", Format::elle_json},
      {"INFO  jepsen.util - 0 :invoke :read nil", Format::porcupine},
      {"{:process 0, :type :invoke, :f :append, :key \"0\", :value \"x 0 0 y\"}", Format::porcupine},
      {"{:process 0, :type :invoke, :f :append, :key \"0\", :value \"a\"}", Format::edn}};
  for (const auto& example : kCases) {
    EXPECT_EQ(format_name(detect_format(example.text)), format_name(example.format)) << example.text;
  }
  for (const char* const name : {"jsonl", "edn", "elle-json", "porcupine"}) {
    ASSERT_TRUE(format_from_name(name).has_value());
    EXPECT_EQ(format_name(*format_from_name(name)), name);
  }
  EXPECT_FALSE(format_from_name("xml").has_value());
}

TEST(HistoryFile, AByteOrderMarkIsNoPartOfIt) {
  const std::string_view text =
      "\xEF\xBB\xBF{:process 0, :type :invoke, :f :read, :value nil}\r\n"
      "{:process 0, :type :ok, :f :read, :value 3}\r\n";
  EXPECT_EQ(parse_history(text, "h").history.size(), 1u);
}

TEST(HistoryFile, WhatBeginsLikeNoFormatIsSaidToBeNone) {
  for (const char* const text : {"hello world\n", "\xFF\x01\x02\x80", "\"a\"\n", "7\n"}) {
    try {
      parse_history(text, "h");
      FAIL() << text;
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()), "h:1: expected a history in one of the formats " + format_names() +
                                               "; it begins like none of them");
    }
  }
}

TEST(HistoryFile, ReadsAnArrayOfJsonObjects) {
  const HistoryFile file = parse_history(
      R"([{"index":0,"process":1,"type":"invoke","value":[["append",253,1],["r",254,null]]},
{"index":1,"process":1,"type":"ok",
 "value":[["append",253,1],["r",254,[{"a":"}]\""}]]]} , {"process":"nemesis","type":"info","f":"start","value":null}
])",
      "h");
  ASSERT_EQ(file.history.size(), 1u);
  EXPECT_EQ(file.history.at(0).mops[0].argument, Value(1));
  EXPECT_EQ(file.history.at(0).outcome, Outcome::ok);
  EXPECT_EQ(file.history.fault_events().size(), 1u);
  EXPECT_EQ(parse_history(" [ ] ", "h", Format::elle_json).history.size(), 0u);
}

TEST(HistoryFile, RefusesBrokenArraysWithOneSentence) {
  const std::string invoke = R"([{"process":1,"type":"invoke","f":"read"})";
  EXPECT_EQ(file_refusal(invoke), "h:1: expected , or ] after an operation");
  EXPECT_EQ(file_refusal(invoke + ",\n]"), "h:2: expected an operation, a JSON object");
  EXPECT_EQ(file_refusal(invoke + "\n,7]"), "h:2: expected an operation, a JSON object");
  EXPECT_EQ(file_refusal(invoke + "\n,{\"process\":1"), "h:2: expected one complete JSON object");
  EXPECT_EQ(file_refusal(invoke + ",\n{\"process\":}]"), "h:2: expected one complete JSON object");
  EXPECT_EQ(file_refusal(invoke + "]\n]"), "h:2: expected nothing after the array");
  EXPECT_EQ(file_refusal("{}", Format::elle_json), "h:1: expected [ and an array of operations");
  EXPECT_EQ(file_refusal(invoke + "]"), "accepted");
}

TEST(HistoryFile, ReadsTheLinesOfJepsensLog) {
  const HistoryFile file = parse_history(
      "INFO  jepsen.core - Worker 0 starting\n"
      "INFO  jepsen.util - 0\t:invoke\t:write\t3\n"
      "INFO  jepsen.util - 1\t:invoke\t:cas\t[3 4]\n"
      "INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n\n"
      "INFO  jepsen.util - 0\t:info\t:write\t:timed-out\n"
      "INFO  jepsen.util - 1\t:ok\t:cas\t[3 4]\n"
      "INFO  jepsen.util - 1\t:invoke\t:read\tnil\n"
      "INFO  jepsen.util - 1\t:fail\t:read\t:timed-out\n"
      "INFO  jepsen.util - 1\t:invoke\t:write\t\"a b\"\n",
      "h");
  const History& history = file.history;
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history.at(0).outcome, Outcome::info);
  EXPECT_EQ(history.at(0).error, "timed-out");
  EXPECT_EQ(history.at(1).mops[0].argument, Value::pair(3, 4));
  EXPECT_EQ(history.at(2).mops[0].result, Value());
  EXPECT_EQ(history.at(3).mops[0].argument, Value::text("a b"));
  EXPECT_EQ(history.fault_events().size(), 1u);
  EXPECT_EQ(file_refusal("INFO  jepsen.util - 0 :invoke :read\n"), "h:1: expected a value in the log line");
  EXPECT_EQ(file_refusal("INFO  jepsen.util - 0 :invoke :read ]\n"), "h:1: expected a form, got ]");
  EXPECT_EQ(file_refusal("INFO  x\nwhat?\n"),
            "h:2: expected a line of Jepsen's log, such as INFO  jepsen.util - 0 :invoke :read nil");
}

TEST(HistoryFile, TakesTheStringsOfPorcupinesStoreApart) {
  const std::string text =
      R"({:process 0, :type :invoke, :f :append, :key "4", :value "x 0 1 y"}
{:process 0, :type :ok, :f :append, :key "4", :value "x 0 1 y"}
{:process 0, :type :invoke, :f :put, :key "4", :value ""}
{:process 1, :type :invoke, :f :get, :key "4", :value nil}
{:process 1, :type :ok, :f :get, :key "4", :value "x 0 1 yx 12 0 y"}
)";
  const History history = parse_history(text, "h").history;
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history.at(0).mops[0].argument, Value::text("x 0 1 y"));
  EXPECT_EQ(history.at(1).mops[0], (Mop{Fn::write, history.at(1).mops[0].key, Value(), Value()}));
  EXPECT_EQ(history.at(2).mops[0].result, Value::list({Value::text("x 0 1 y"), Value::text("x 12 0 y")}));
  EXPECT_EQ(history.key_name(history.at(2).mops[0].key), "4");
  EXPECT_EQ(file_refusal(text + "{:process 2, :type :invoke, :f :append, :key \"4\", :value \"z\"}"),
            "h:6: expected a string made of pieces such as \"x 0 1 y\", got \"z\"");
}

// Files of the corpora whose format is read.
std::vector<std::filesystem::path> recorded() {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::exists(kCorpora)) return files;
  for (const char* const source : {"knossos", "porcupine", "elle", "elle-cli"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kCorpora / source)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(RecordedHistories, AreReadAndWrittenBack) {
  if (!std::filesystem::exists(kCorpora)) GTEST_SKIP() << "no corpora at " << kCorpora;
  std::size_t read = 0;
  for (const auto& path : recorded()) {
    const std::string text = content_of(path);
    const std::string said = file_refusal(text);
    ASSERT_EQ(said, "accepted") << path;
    const HistoryFile file = read_history(path);
    EXPECT_GE(file.history.size(), 2u) << path;
    std::string out;
    write_edn(file.history, out);
    EXPECT_EQ(parse_history(out, "again").history.digest(), file.history.digest()) << path;
    ++read;
  }
  EXPECT_GE(read, 115u);
}

TEST(RecordedHistories, CutAnywhereTheyEndInAHistoryOrASentence) {
  if (!std::filesystem::exists(kCorpora)) GTEST_SKIP() << "no corpora at " << kCorpora;
  Rng rng(11);
  for (const auto& path : recorded()) {
    std::string text = content_of(path);
    if (text.size() > 100'000) text.resize(100'000);
    for (int i = 0; i < 8; ++i) {
      const std::string said = file_refusal(text.substr(0, rng.below(text.size())), detect_format(text));
      EXPECT_TRUE(said == "accepted" || said.starts_with("h:")) << path << ": " << said;
    }
  }
}

TEST(HistoryFile, AFileThatIsMissingIsNamed) { EXPECT_THROW(read_history("/nowhere/h.edn"), InputError); }

}  // namespace
}  // namespace assay::formats
