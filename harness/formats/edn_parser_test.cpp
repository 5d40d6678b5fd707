#include "harness/formats/edn_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::formats {
namespace {

// Every form of the text as JSON, separated by a space, then what ended it: nothing, or "line: problem".
std::string parsed(const std::string& text, EdnParser::Top top = EdnParser::Top::forms) {
  EdnParser parser(text, top);
  FormTape tape;
  std::string out;
  while (true) {
    const std::size_t before = tape.size();
    const auto result = parser.next(tape);
    if (result == EdnParser::Result::end) return out;
    if (!out.empty()) out += ' ';
    if (result != EdnParser::Result::form) {
      out += result == EdnParser::Result::incomplete ? "incomplete " : "";
      return out + std::to_string(parser.line()) + ": " + parser.problem();
    }
    out += excerpt(tape.at(before), 500);
  }
}

TEST(EdnParser, ReadsEveryKindOfForm) {
  EXPECT_EQ(parsed(""), "");
  EXPECT_EQ(parsed(" ,; nothing\n"), "");
  EXPECT_EQ(parsed("nil true false"), "null true false");
  EXPECT_EQ(parsed("0 -7 +7 42N 9223372036854775807 -9223372036854775808"),
            "0 -7 7 42 9223372036854775807 -9223372036854775808");
  EXPECT_EQ(parsed("9223372036854775808N 1.50 2.5M -1e9 22/7 0x1F ##Inf"),
            "9223372036854775808 1.50 2.5 -1e9 22/7 0x1F Inf");
  EXPECT_EQ(parsed(":f :a/b ::c sym - -> +x a'b#"), R"("f" "a/b" ":c" "sym" "-" "->" "+x" "a'b#")");
  EXPECT_EQ(parsed("[1 (2 3) #{4} []]"), "[1,[2,3],[4],[]]");
  EXPECT_EQ(parsed("{:a 1, \"b\" {2 [3]}}{}"), R"({"a":1,"b":{2:[3]}} {})");
  EXPECT_EQ(parsed(R"("" "plain" "a\"b\\\n\tA\101\ud83d\ude00\ud83d")"),
            "\"\" \"plain\" \"a\\\"b\\\\\\n\\tAA\xF0\x9F\x98\x80\xEF\xBF\xBD\"");
  EXPECT_EQ(parsed(R"(\a \newline \u0041 \[ \" [\;])"), R"("a" "\n" "A" "[" "\"" [";"])");
  EXPECT_EQ(parsed("\\\xC3\xA4 \xC3\xA4"), "\"\xC3\xA4\" \"\xC3\xA4\"");
  EXPECT_EQ(parsed("[1;2]\n3]"), "[1,3]");
}

TEST(EdnParser, DropsTagsAndWhatIsDiscarded) {
  EXPECT_EQ(parsed("#inst \"2024-01-01\" #a.b/C{:x #t [1]}"), R"("2024-01-01" {"x":[1]})");
  EXPECT_EQ(parsed("#object[clojure.core$fn__1 0x1f \"f\"]"), R"(["clojure.core$fn__1",0x1f,"f"])");
  EXPECT_EQ(parsed("#_ 1 2 [#_[3 {4 5}] 6 #_7] #_ #_ 8 9 #_#t 10"), "2 [6]");
  EXPECT_EQ(parsed("{#_ :a :b #_ 3 4}"), R"({"b":4})");
}

TEST(EdnParser, EntersASequenceOnTheTopLevel) {
  const auto sequence = EdnParser::Top::sequence;
  EXPECT_EQ(parsed("[{} [1]] {:a 1} (2 3)", sequence), R"({} [1] {"a":1} 2 3)");
  EXPECT_EQ(parsed("#jepsen.history.DenseHistory [1 2]", sequence), "1 2");
  EXPECT_EQ(parsed("#tag {:a 1}", sequence), R"({"a":1})");
  EXPECT_EQ(parsed("[1\n2", sequence), "1 2 incomplete 2: expected ] after the last form");
  EXPECT_EQ(parsed("[1\n)", sequence), "1 2: expected a form, got )");
}

TEST(EdnParser, SaysWhatItExpectedAndWhere) {
  EXPECT_EQ(parsed("\n{:a"), "incomplete 2: expected the end of the form that begins here");
  EXPECT_EQ(parsed("\n{:a \"x\n"), "incomplete 2: expected the closing \" of a text");
  EXPECT_EQ(parsed("\"x\\"), "incomplete 1: expected an escape such as \\n or \\u0041 in a text");
  EXPECT_EQ(parsed("[1\n}"), "2: expected ], got }");
  EXPECT_EQ(parsed("]"), "1: expected a form, got ]");
  EXPECT_EQ(parsed("{:a 1 :b}"), "1: expected a value for the last key of the map");
  EXPECT_EQ(parsed("[#t]"), "1: expected a form after a # tag, got ]");
  EXPECT_EQ(parsed("#_"), "incomplete 1: expected the end of the form that begins here");
  EXPECT_EQ(parsed("#"), "incomplete 1: expected a form after #");
  EXPECT_EQ(parsed("#\"a\""), "1: expected {, _ or the name of a tag after #");
  EXPECT_EQ(parsed("[: 1]"), "1: expected a name after :");
  EXPECT_EQ(parsed("12ab"), "1: expected a number, got 12ab");
  EXPECT_EQ(parsed("[^a b]"), "1: expected a form, got ^");
  EXPECT_EQ(parsed("[\"\\q......\"]"), "1: expected an escape such as \\n or \\u0041 in a text");
  EXPECT_EQ(parsed("[\\abc]"), "1: expected a character such as \\a or \\newline");
}

TEST(EdnParser, BoundsTheDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(parsed(nested(64)), nested(64));
  EXPECT_EQ(parsed(nested(65)), "1: expected values nested at most 64 deep");
  EXPECT_EQ(parsed(std::string(100'000, '[')), "1: expected values nested at most 64 deep");
  std::string discards, tags;
  for (int i = 0; i < 65; ++i) discards += "#_", tags += "#t ";
  EXPECT_EQ(parsed(discards), "1: expected values nested at most 64 deep");
  EXPECT_EQ(parsed(tags + "1"), "1: expected values nested at most 64 deep");
}

}  // namespace
}  // namespace assay::formats
