#include "targets/refdb/text/sequence.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/core/rng.h"

namespace assay::refdb::text {
namespace {

std::string bytes_of(const Sequence& sequence) {
  std::string bytes;
  wire::Writer writer(bytes);
  sequence.write(writer);
  return bytes;
}

TEST(Sequence, IsATextForOneReplica) {
  Rng rng(1);
  for (int round = 0; round < 50; ++round) {
    Sequence sequence;
    std::string expected;
    for (int step = 0; step < 100; ++step) {
      const std::size_t position = rng.below(expected.size() + 1);
      if (rng.chance(2, 3)) {
        const std::string piece(1 + rng.below(4), static_cast<char>('a' + rng.below(26)));
        sequence.insert(1, position, piece);
        expected.insert(position, piece);
      } else {
        const std::size_t count = rng.below(std::min<std::size_t>(expected.size() - position, 5) + 1);
        sequence.erase(position, count);
        expected.erase(position, count);
      }
      ASSERT_EQ(sequence.text(), expected);
      ASSERT_EQ(sequence.size(), expected.size());
    }
  }
}

// The worked examples of operational transformation, without a server.
TEST(Sequence, ConvergesOnTheWorkedExamples) {
  Sequence a, b;
  b.merge(a.insert(0, 0, "Hello World"));
  const Sequence bang = a.insert(0, 11, "!");
  const Sequence erased = b.erase(6, 5);
  a.merge(erased);
  b.merge(bang);
  EXPECT_EQ(a.text(), "Hello !");
  EXPECT_EQ(b.text(), "Hello !");
  Sequence c, d;
  d.merge(c.insert(0, 0, "Hello"));
  const Sequence world = c.insert(0, 5, "World");
  c.merge(d.erase(0, 1));
  d.merge(world);
  EXPECT_EQ(c.text(), "elloWorld");
  EXPECT_EQ(d.text(), "elloWorld");
}

TEST(Sequence, WhatTwoTypeAtOnePlaceStaysTogether) {
  Sequence a, b;
  b.merge(a.insert(0, 0, "<>"));
  std::vector<Sequence> of_a, of_b;
  for (std::size_t i = 0; i < 5; ++i) {
    of_a.push_back(a.insert(0, 1 + i, "a"));
    of_b.push_back(b.insert(1, 1, "b"));  // each before the last one
  }
  for (const Sequence& delta : of_b) a.merge(delta);
  for (const Sequence& delta : of_a) b.merge(delta);
  EXPECT_EQ(a.text(), b.text());
  EXPECT_NE(a.text().find("aaaaa"), std::string::npos) << a.text();
  EXPECT_NE(a.text().find("bbbbb"), std::string::npos) << a.text();
}

std::vector<Sequence> replicas_after(Rng& rng, int steps) {
  std::vector<Sequence> replicas(3);
  std::vector<Sequence> under_way;
  for (int step = 0; step < steps; ++step) {
    const std::size_t at = rng.below(3);
    Sequence& here = replicas[at];
    const std::size_t position = rng.below(here.size() + 1);
    Sequence delta =
        rng.chance(2, 3)
            ? here.insert(at, position, std::string(1 + rng.below(3), static_cast<char>('a' + step % 26)))
            : here.erase(position, rng.below(std::min<std::size_t>(here.size() - position, 3) + 1));
    for (std::size_t copies = rng.below(3); copies > 0; --copies) under_way.push_back(delta);
    while (!under_way.empty() && rng.chance(1, 2)) {
      const std::size_t next = rng.below(under_way.size());
      replicas[rng.below(3)].merge(under_way[next]);
      if (rng.chance(1, 2)) under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(next));
    }
  }
  return replicas;
}

TEST(Sequence, ConvergesInAnyOrderWithLossAndDuplicates) {
  Rng rng(2);
  for (int round = 0; round < 150; ++round) {
    std::vector<Sequence> replicas = replicas_after(rng, 40);
    for (int turn = 0; turn < 2; ++turn) {
      std::vector<std::size_t> pairs = {0, 1, 2, 3, 4, 5, 6, 7, 8};
      rng.shuffle(pairs);
      for (const std::size_t pair : pairs) replicas[pair / 3].merge(replicas[pair % 3]);
    }
    for (const Sequence& replica : replicas) {
      ASSERT_EQ(replica, replicas[0]);
      ASSERT_EQ(replica.text(), replicas[0].text());
      ASSERT_EQ(replica.size(), replica.text().size());
      ASSERT_EQ(bytes_of(replica), bytes_of(replicas[0]));
    }
  }
}

TEST(Sequence, BytesReadBackAndGarbageIsRefusedOrHarmless) {
  Rng rng(3);
  for (int round = 0; round < 150; ++round) {
    const std::vector<Sequence> replicas = replicas_after(rng, 20);
    std::string bytes = bytes_of(replicas[0]);
    wire::Reader reader(bytes);
    ASSERT_EQ(Sequence::read(reader), replicas[0]);
    ASSERT_TRUE(reader.finished());
    for (int change = 0; change < 20; ++change) {
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
      wire::Reader changed(bytes);
      Sequence read = Sequence::read(changed);
      read.merge(replicas[1]);
      ASSERT_EQ(read.text().size(), read.size());
    }
  }
}

}  // namespace
}  // namespace assay::refdb::text
