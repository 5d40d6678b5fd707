// Histories in the notations of AWDIT, Plume, dbcop and LiMo, written by hand and recorded.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/history_file.h"

namespace assay::formats {
namespace {

const std::filesystem::path kOtherCorpora = ASSAY_SOURCE_DIR "/../shared/corpora";

std::string refusal(const std::string& text, std::optional<Format> format = std::nullopt) {
  try {
    parse_history(text, "h", format);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// "process: fn key argument result outcome ..." for each operation, in short.
std::string text_of(const History& history) {
  std::string text;
  for (const Operation op : history.operations()) {
    text += std::to_string(op.process) + ":";
    for (const Mop& mop : op.mops) {
      text += " " + std::string(fn_name(mop.fn)) + " " + history.key_name(mop.key);
      if (!mop.argument.is_nil()) text += " " + mop.argument.to_string();
      if (!mop.result.is_nil()) text += " = " + mop.result.to_string();
    }
    text += op.outcome == Outcome::ok ? "\n" : " " + std::string(outcome_name(op.outcome)) + "\n";
  }
  return text;
}

TEST(OtherFormats, AreToldByTheirBeginning) {
  const struct {
    const char* text;
    Format format;
  } kCases[] = {{"w 0 1\n", Format::awdit},
                {"\n  r 7 12", Format::awdit},
                {"=====\nw 0 1", Format::awdit},
                {"w(0,1,1,1)", Format::plume},
                {"\r\nr(0,1,1,1)", Format::plume},
                {"# @object atomic-queue", Format::limo},
                {"# A history\n[1] call push(1)", Format::limo},
                {"[1] call push(1)", Format::limo},
                {"\\call{1}{\\pop}", Format::limo},
                {"#{1 2}", Format::edn},
                {"[1 2]", Format::edn},
                {"write", Format::json_lines}};
  for (const auto& example : kCases) {
    EXPECT_EQ(format_name(detect_format(example.text)), format_name(example.format)) << example.text;
  }
  EXPECT_EQ(detect_format(std::string("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16)), Format::dbcop);
  EXPECT_NE(detect_format(std::string("\1\0\0\0\0\0\0\7", 8)), Format::dbcop);
  EXPECT_EQ(format_names(), "jsonl, edn, elle-json, porcupine, awdit, plume, dbcop, limo");
}

TEST(OtherFormats, AwditsSessionsBecomeProcesses) {
  const HistoryFile file = parse_history(
      "\nw 0 0\nw 1 1\n====\n=====\nr 0 0\n---\n-----\n  r 1\t0 \r\nw 1 2\n=====\n\nr 2 0\n", "h");
  EXPECT_EQ(text_of(file.history),
            "0: write 0 0 write 1 1\n"
            "1: read 0 = 0\n"
            "2: read 2\n"  // nobody wrote 0 there
            "1: read 1 write 1 2\n");
  EXPECT_FALSE(file.has_times);
  EXPECT_TRUE(file.history.at(1).precedes(file.history.at(3)));
  EXPECT_FALSE(file.history.at(0).precedes(file.history.at(2)));
  EXPECT_EQ(refusal("w 0\n"),
            "h:1: expected a line such as \"w 7 12\", \"r 7 12\", \"---\" or \"===\", got \"w 0\"");
  EXPECT_EQ(refusal("w 0 1\n\nx 0 1"),
            "h:3: expected a line such as \"w 7 12\", \"r 7 12\", \"---\" or \"===\", got \"x 0 1\"");
  EXPECT_EQ(refusal("w 0 1 2").substr(0, 13), "h:1: expected");
  EXPECT_EQ(refusal("w 0 99999999999999999999").substr(0, 13), "h:1: expected");
  EXPECT_EQ(refusal("w 0 1\n\xff\n"), "h:2: expected UTF-8 text");
}

TEST(OtherFormats, PlumesTransactionsAreGathered) {
  const HistoryFile file = parse_history(
      "w(0,1,1,1)\nw(5,7,2,9)\n r( 0 , 0,1,1)\nw(0,8,2,-1)\nr(0,8,2,-1)\n\nr(0,1,2,1)\nr(5,0,2,9)\n", "h");
  EXPECT_EQ(text_of(file.history),
            "1: write 0 1 read 0\n"
            "2: write 5 7 read 5\n"
            "2: write 0 8 fail\n"
            "2: read 0 = 1\n");
  EXPECT_FALSE(file.has_times);
  EXPECT_EQ(refusal("w(0,1,1)"),
            "h:1: expected a line such as \"w(7,12,1,3)\" or \"r(7,12,1,3)\", got \"w(0,1,1)\"");
  for (const char* const line :
       {"w(0,1,1,1,1)", "w(0,1,1,1", "w(a,1,1,1)", "x(0,1,1,1)", "w(", "w()", "w(0,1,,1)"}) {
    EXPECT_TRUE(refusal(std::string("w(0,1,1,1)\n") + line).starts_with("h:2: expected a line such as"))
        << line;
  }
  EXPECT_EQ(refusal("w(0,1,-1,1)"),
            "h:1: expected a session between 0 and 2147483647 in w(0,1,-1,1), got \"-1\"");
}

void add_number(std::string& out, std::uint64_t number) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
}

void add_event(std::string& out, bool write, std::uint64_t key, std::uint64_t value, bool success = true) {
  out.push_back(write ? 1 : 0);
  add_number(out, key);
  add_number(out, value);
  out.push_back(success ? 1 : 0);
}

std::string dbcop_file() {
  std::string out;
  for (const std::uint64_t number : {0, 2, 2, 2, 2}) add_number(out, number);
  for (const char* const text : {"store", "then", "now"}) {
    add_number(out, std::string(text).size());
    out += text;
  }
  add_number(out, 2);  // sessions
  add_number(out, 1);
  add_number(out, 2);
  add_event(out, true, 7, 1);
  add_event(out, false, 8, 0);
  out.push_back(1);
  add_number(out, 2);
  add_number(out, 3);
  add_event(out, false, 7, 1);
  add_event(out, false, 8, 5, false);
  add_event(out, true, 8, 2, false);
  out.push_back(1);
  add_number(out, 1);
  add_event(out, true, 8, 3);
  out.push_back(0);
  return out;
}

TEST(OtherFormats, DbcopsTransactionsThatFailedAreKept) {
  const std::string bytes = dbcop_file();
  EXPECT_EQ(detect_format(bytes), Format::dbcop);
  const HistoryFile file = parse_history(bytes, "h");
  EXPECT_FALSE(file.has_times);
  EXPECT_EQ(text_of(file.history),
            "0: write 7 1 read 8\n"
            "1: read 7 = 1\n"
            "1: write 8 2 fail\n"
            "1: write 8 3 fail\n");
  EXPECT_EQ(refusal(bytes + "x"), "h:byte 235: expected the end of the file after the last session");
  EXPECT_EQ(refusal(bytes.substr(0, bytes.size() - 1)),
            "h:byte 234: expected whether a transaction was committed, got the end of the file");
  std::string broken = bytes;
  broken[76] = 100;  // sessions
  EXPECT_EQ(refusal(broken), "h:byte 76: expected a number of sessions that the file has room for, got 100");
  broken = bytes;
  broken[100] = 2;  // whether the first event writes
  EXPECT_EQ(refusal(broken), "h:byte 100: expected whether an event writes, 0 or 1, got 2");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(refusal(bytes.substr(0, size), Format::dbcop).starts_with("h:byte ")) << size;
  }
}

TEST(OtherFormats, LimosCallsAreOperations) {
  EXPECT_EQ(
      text_of(parse_history(
                  "# a comment\n# @object atomic-queue\n[1] call add(1)\n[2] call remove\n  [1] return\n"
                  "[3] call deq()\n[3] return empty\n[2] return 1\n[1] call enq a\n[2] call remove(a)\n",
                  "h")
                  .history),
      "1: enqueue 0 1\n2: dequeue 0 = 1\n3: dequeue 0\n1: enqueue 0 \"a\" info\n2: dequeue 0 info\n");
  EXPECT_EQ(text_of(parse_history(
                        "\\call{1}{\\push{a}}\n\\call{2}{\\pop}\n\\ret{1}\n\\ret[a]{2}\n\\call{2}{\\pop}\n"
                        "\\ret[empty]{2}",
                        "h")
                        .history),
            "1: push 0 \"a\"\n2: pop 0 = \"a\"\n2: pop 0\n");
  EXPECT_EQ(
      text_of(parse_history("[0] call push(?<0,0>)\n[0] return\n[0] call pop(?<0,0>)\n[0] return\n", "h")
                  .history),
      "0: push 0 \"?<0,0>\"\n0: pop 0 = \"?<0,0>\"\n");
  EXPECT_TRUE(parse_history("[0] call pop\n", "h").has_times);
  EXPECT_EQ(parse_history("[0] call pop\n", "h").never_completed, 1u);
}

TEST(OtherFormats, ElementsOfASetAreRegisters) {
  EXPECT_EQ(
      text_of(parse_history(
                  "# @object atomic-set\n[1] call insert(3)\n[1] return true\n[1] call add(x)\n[1] return\n"
                  "[1] call add(3)\n[1] return false\n[1] call contains(3)\n[1] return true\n"
                  "[1] call remove(3)\n[1] return true\n[1] call remove(3)\n[1] return false\n"
                  "[1] call contains(3)\n[1] return false\n",
                  "h")
                  .history),
      "1: cas 3 (nil -> true)\n1: write x true\n1: read 3 = true\n1: read 3 = true\n1: cas 3 (true -> nil)\n"
      "1: read 3\n1: read 3\n");
}

TEST(OtherFormats, LimosMistakesAreNamed) {
  const std::string queue = "# @object atomic-queue\n";
  const char* const line = "h:2: expected a line such as \"[3] call push(7)\" or \"[3] return 7\", got \"";
  EXPECT_EQ(refusal(queue + "[1] shout"), line + std::string("[1] shout\""));
  for (const char* const text :
       {"[x] call add(1)", "[1 call add(1)", "[1] call", "[1] call add(1", "\\call{1}", "hello"}) {
    EXPECT_TRUE(refusal(queue + text).starts_with(line)) << refusal(queue + text);
  }
  EXPECT_EQ(refusal(queue + "[1] call jump(1)"),
            "h:2: expected a method such as add, remove, push, pop, enq, deq or contains, got \"jump\"");
  EXPECT_EQ(refusal(queue + "[1] call push(1)"),
            "h:2: expected a method of the object that was named, got \"push\"");
  EXPECT_EQ(refusal(queue + "[1] call add"),
            "h:2: expected a value in the brackets of the call, got \"add\"");
  EXPECT_EQ(refusal(queue + "[1] call add(1)\n[1] call add(2)"),
            "h:3: expected a return before the next call of this thread, got \"1\"");
  EXPECT_EQ(refusal(queue + "[1] return"),
            "h:2: expected a call of this thread before its return, got \"1\"");
  EXPECT_EQ(refusal(queue + "[1] call deq(1)\n[1] return 2"),
            "h:3: expected the value that the call said it would return, 1, got \"2\"");
  EXPECT_EQ(refusal("# @object teapot"),
            "h:1: expected a queue, a stack or a set as the object, got \"teapot\"");
  EXPECT_EQ(refusal("[1] call add(1)"),
            "h:1: expected a line such as \"# @object atomic-queue\" before a method that several objects "
            "have, got "
            "\"add\"");
}

// Files of the corpora in these formats.
std::vector<std::filesystem::path> other_recorded() {
  std::vector<std::filesystem::path> files;
  for (const char* const source : {"awdit", "polysi", "limo"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kOtherCorpora / source)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Format expected_format(const std::filesystem::path& path) {
  if (path.extension() == ".bincode") return Format::dbcop;
  const std::string text = path.string();
  if (text.find("/awdit/") != std::string::npos) return Format::awdit;
  return text.find("/polysi/") != std::string::npos ? Format::plume : Format::limo;
}

TEST(RecordedOtherFormats, AreRead) {
  if (!std::filesystem::exists(kOtherCorpora)) GTEST_SKIP() << "no corpora at " << kOtherCorpora;
  std::size_t read = 0;
  for (const auto& path : other_recorded()) {
    EXPECT_EQ(format_name(detect_format(text_of(path))), format_name(expected_format(path))) << path;
    try {
      EXPECT_GE(read_history(path).history.size(), 2u) << path;
      ++read;
    } catch (const InputError& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_GE(read, 180u);
}

TEST(RecordedOtherFormats, HaveTheOperationsThatTheIndexCounts) {
  if (!std::filesystem::exists(kOtherCorpora)) GTEST_SKIP() << "no corpora at " << kOtherCorpora;
  const History history =
      read_history(kOtherCorpora / "polysi/fig7/20_30_15_10000_0.5_uniform/hist-00000/history.bincode")
          .history;
  std::size_t mops = 0;
  for (const Operation op : history.operations()) mops += op.mops.size();
  EXPECT_EQ(history.size(), 600u);
  EXPECT_EQ(mops, 9000u);
}

TEST(RecordedOtherFormats, CutAnywhereTheyEndInAHistoryOrASentence) {
  if (!std::filesystem::exists(kOtherCorpora)) GTEST_SKIP() << "no corpora at " << kOtherCorpora;
  Rng rng(12);
  for (const auto& path : other_recorded()) {
    const std::string text = text_of(path);
    for (int i = 0; i < 8; ++i) {
      const std::string part = text.substr(0, rng.below(std::min<std::size_t>(text.size(), 200'000)));
      const std::string said = refusal(part, expected_format(path));
      EXPECT_TRUE(said == "accepted" || said.starts_with("h:")) << path << ": " << said;
    }
  }
}

}  // namespace
}  // namespace assay::formats
