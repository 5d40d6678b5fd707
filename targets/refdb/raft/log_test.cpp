#include "targets/refdb/raft/log.h"

#include <gtest/gtest.h>

namespace assay::refdb::raft {
namespace {

Log log_of(std::initializer_list<Term> terms) {
  Log log;
  Index index = 0;
  for (const Term term : terms) log.append({++index, term, EntryKind::empty, nullptr});
  return log;
}

TEST(Log, KnowsItsTerms) {
  Log log = log_of({1, 1, 2, 5});
  EXPECT_EQ(log.last_index(), 4u);
  EXPECT_EQ(log.term_at(0), 0u);
  EXPECT_EQ(log.term_at(3), 2u);
  EXPECT_EQ(log.term_at(5), std::nullopt);
  EXPECT_TRUE(log.matches(4, 5));
  EXPECT_FALSE(log.matches(4, 4));
}

// Raft 5.4.1, last paragraph.
TEST(Log, UpToDateIsByLastTermThenByLength) {
  const Log log = log_of({1, 1, 2});
  EXPECT_TRUE(log.is_up_to_date(1, 3));
  EXPECT_TRUE(log.is_up_to_date(3, 2));
  EXPECT_TRUE(log.is_up_to_date(4, 2));
  EXPECT_FALSE(log.is_up_to_date(2, 2));
  EXPECT_FALSE(log.is_up_to_date(9, 1));
}

TEST(Log, BacksUpOverWholeTerms) {
  const Log log = log_of({1, 1, 4, 4, 4, 6});
  EXPECT_EQ(log.last_at_most(6, 5), 5u);
  EXPECT_EQ(log.last_at_most(6, 3), 2u);
  EXPECT_EQ(log.last_at_most(9, 9), 6u);
  EXPECT_EQ(log.last_at_most(5, 0), 0u);
}

TEST(Log, TellsWhatChanged) {
  Log log = log_of({1, 1, 1});
  EXPECT_EQ(log.take_changes().first_changed, 1u);
  EXPECT_FALSE(log.has_changes());
  log.truncate(2);
  log.append({2, 2, EntryKind::empty, nullptr});
  const Log::Changes changes = log.take_changes();
  EXPECT_TRUE(changes.any);
  EXPECT_EQ(changes.first_changed, 2u);
  EXPECT_EQ(changes.last_stored, 3u);
  EXPECT_EQ(log.take_changes().last_stored, 2u);
}

TEST(Log, CompactionKeepsTheTermBefore) {
  Log log = log_of({1, 2, 3, 4});
  log.compact(2);
  EXPECT_EQ(log.first_index(), 3u);
  EXPECT_EQ(log.term_at(2), 2u);
  EXPECT_EQ(log.term_at(1), std::nullopt);
  EXPECT_EQ(log.slice(3, 10, 1000).size(), 2u);
  log.reset(10, 7);
  EXPECT_EQ(log.last_index(), 10u);
  EXPECT_EQ(log.last_term(), 7u);
}

TEST(Log, ASliceIsBoundedButNeverEmpty) {
  Log log;
  for (Index index = 1; index <= 5; ++index) {
    log.append({index, 1, EntryKind::command, std::make_shared<const std::string>(100, 'x')});
  }
  EXPECT_EQ(log.slice(1, 3, 10'000).size(), 3u);
  EXPECT_EQ(log.slice(1, 9, 250).size(), 2u);
  EXPECT_EQ(log.slice(1, 9, 1).size(), 1u);
}

}  // namespace
}  // namespace assay::refdb::raft
