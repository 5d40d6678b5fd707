#include "targets/refdb/text/text_operation.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/core/rng.h"

namespace assay::refdb::text {
namespace {

// "Hello World": A adds "!" at the end, B erases "World".
TEST(TextOperation, HelloBang) {
  const std::string start = "Hello World";
  const TextOperation a = TextOperation::insertion(start.size(), 11, "!");
  const TextOperation b = TextOperation::erasure(start.size(), 6, 5);
  EXPECT_EQ(a.apply(start), "Hello World!");
  EXPECT_EQ(b.apply(start), "Hello ");
  const auto [a_after, b_after] = *TextOperation::transform(a, b);
  EXPECT_EQ(a_after, TextOperation::insertion(6, 6, "!"));
  EXPECT_EQ(a_after.apply("Hello "), "Hello !");
  EXPECT_EQ(b_after.apply("Hello World!"), "Hello !");
}

// "Hello": one inserts "World" at 5, the other erases the first letter.
TEST(TextOperation, ElloWorld) {
  const std::string start = "Hello";
  const TextOperation a = TextOperation::insertion(5, 5, "World");
  const TextOperation b = TextOperation::erasure(5, 0, 1);
  EXPECT_EQ(a.apply(start), "HelloWorld");
  EXPECT_EQ(b.apply(start), "ello");
  const auto [a_after, b_after] = *TextOperation::transform(a, b);
  EXPECT_EQ(a_after, TextOperation::insertion(4, 4, "World"));
  EXPECT_EQ(a_after.apply("ello"), "elloWorld");
  EXPECT_EQ(b_after.apply("HelloWorld"), "elloWorld");
}

TEST(TextOperation, TheFirstOfTwoInsertionsAtOnePlaceIsThatOfTheFirstEdit) {
  const TextOperation a = TextOperation::insertion(2, 1, "A"), b = TextOperation::insertion(2, 1, "B");
  const auto [a_after, b_after] = *TextOperation::transform(a, b);
  EXPECT_EQ(b_after.apply(*a.apply("xy")), "xABy");
  EXPECT_EQ(a_after.apply(*b.apply("xy")), "xABy");
}

TextOperation random_edit(std::size_t size, Rng& rng) {
  TextOperation edit;
  for (std::size_t left = size; left > 0;) {
    const std::size_t count = 1 + rng.below(std::min<std::size_t>(left, 4));
    if (rng.chance(1, 3)) edit.insert(std::string(1 + rng.below(3), static_cast<char>('a' + rng.below(26))));
    if (rng.chance(1, 3)) {
      edit.erase(count);
    } else {
      edit.retain(count);
    }
    left -= count;
  }
  if (rng.chance(1, 3)) edit.insert("end");
  return edit;
}

std::string random_text(Rng& rng) {
  std::string text(rng.below(20), ' ');
  for (char& letter : text) letter = static_cast<char>('A' + rng.below(26));
  return text;
}

TEST(TextOperation, BothOrdersOfTwoConcurrentEditsGiveOneText) {
  Rng rng(1);
  for (int round = 0; round < 20'000; ++round) {
    const std::string start = random_text(rng);
    const TextOperation a = random_edit(start.size(), rng), b = random_edit(start.size(), rng);
    const auto [a_after, b_after] = *TextOperation::transform(a, b);
    const std::optional<std::string> one = b_after.apply(*a.apply(start));
    ASSERT_TRUE(one.has_value());
    ASSERT_EQ(one, a_after.apply(*b.apply(start)));
    ASSERT_EQ(*a.compose(b_after), *b.compose(a_after));
  }
}

TEST(TextOperation, ComposedEditsDoWhatTheyDoOneAfterTheOther) {
  Rng rng(2);
  for (int round = 0; round < 20'000; ++round) {
    const std::string start = random_text(rng);
    const TextOperation a = random_edit(start.size(), rng);
    const std::string middle = *a.apply(start);
    const TextOperation b = random_edit(middle.size(), rng);
    const TextOperation both = *a.compose(b);
    ASSERT_EQ(both.apply(start), b.apply(middle));
    ASSERT_EQ(both.size_before(), start.size());
    ASSERT_EQ(both.size_after(), b.size_after());
  }
}

TEST(TextOperation, EditsOfOtherTextsDoNotFit) {
  const TextOperation edit = TextOperation::erasure(3, 0, 1);
  EXPECT_FALSE(edit.apply("ab").has_value());
  EXPECT_FALSE(edit.compose(edit).has_value());
  EXPECT_FALSE(TextOperation::transform(edit, TextOperation::erasure(4, 0, 1)).has_value());
}

TEST(TextOperation, BytesReadBackAndGarbageIsRefusedOrHarmless) {
  Rng rng(3);
  for (int round = 0; round < 2'000; ++round) {
    const TextOperation edit = random_edit(10, rng);
    std::string bytes;
    wire::Writer writer(bytes);
    edit.write(writer);
    wire::Reader reader(bytes);
    ASSERT_EQ(TextOperation::read(reader), edit);
    ASSERT_TRUE(reader.finished());
    bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    wire::Reader changed(bytes);
    TextOperation::read(changed).apply("ten letters");
  }
}

}  // namespace
}  // namespace assay::refdb::text
