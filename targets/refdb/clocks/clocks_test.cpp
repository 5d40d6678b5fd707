#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/clocks/dotted.h"
#include "targets/refdb/clocks/hybrid.h"
#include "targets/refdb/clocks/lamport.h"
#include "targets/refdb/clocks/version_vector.h"

namespace assay::refdb::clocks {
namespace {

constexpr ActorId kA = 0, kB = 1, kC = 2;

VersionVector vector_of(std::initializer_list<std::uint64_t> counters) {
  VersionVector result;
  ActorId actor = 0;
  for (const std::uint64_t counter : counters) result.raise(actor++, counter);
  return result;
}

std::string bytes_of(const VersionVector& vector) {
  std::string bytes;
  wire::Writer writer(bytes);
  vector.write(writer);
  return bytes;
}

TEST(LamportClock, CountsEventsAndJumpsOverMessages) {
  LamportClock a, b;
  EXPECT_EQ(a.tick(), 1u);
  EXPECT_EQ(a.tick(), 2u);
  EXPECT_EQ(b.receive(2), 3u);  // max(0, 2) + 1
  EXPECT_EQ(a.receive(1), 3u);
  EXPECT_EQ(LamportClock(~0ull).tick(), ~0ull);
}

// "Name" example: Alice at A, synced to B, then both update without knowing of each other.
TEST(VersionVector, TellsConcurrentWritesFromLaterOnes) {
  VersionVector at_a;
  at_a.increment(kA);
  VersionVector at_b = at_a;
  at_b.increment(kB);
  at_a.increment(kA);
  EXPECT_EQ(at_b, vector_of({1, 1}));
  EXPECT_EQ(at_a, vector_of({2, 0}));
  EXPECT_EQ(at_a.compare(at_b), Order::concurrent);
  EXPECT_EQ(at_b.compare(at_a), Order::concurrent);
  EXPECT_EQ(vector_of({1, 0}).compare(vector_of({2, 1})), Order::before);
  EXPECT_EQ(vector_of({2, 1}).compare(vector_of({1, 0})), Order::after);
  EXPECT_EQ(vector_of({2, 1}).compare(vector_of({2, 1})), Order::equal);
}

// Three leaders; two of them write.
TEST(VersionVector, NeitherOfTwoFirstWritesDominates) {
  EXPECT_EQ(vector_of({1, 0, 0}).compare(vector_of({0, 1, 0})), Order::concurrent);
}

// "Alice" at A and "Bob" at B meet at both nodes; what resolves them follows both.
TEST(VersionVector, AResolutionFollowsBothWrites) {
  VersionVector at_a, at_b;
  at_a.increment(kA);
  at_b.increment(kB);
  VersionVector merged_at_a = at_a, merged_at_b = at_b;
  merged_at_a.merge(at_b);
  merged_at_b.merge(at_a);
  EXPECT_EQ(merged_at_a, vector_of({1, 1}));
  EXPECT_EQ(merged_at_a, merged_at_b);
  EXPECT_EQ(at_a.compare(merged_at_a), Order::before);
  EXPECT_EQ(at_b.compare(merged_at_a), Order::before);
}

// The cart: added from the mobile, changed from the web after that.
TEST(VersionVector, TheCausallyNewerCartWins) {
  EXPECT_EQ(vector_of({1, 1}).compare(vector_of({1, 0})), Order::after);
}

TEST(VectorClock, ArrivalsCountAtTheReceiver) {
  VectorClock a(kA), b(kB), c(kC);
  EXPECT_EQ(a.tick(), vector_of({1, 0, 0}));
  EXPECT_EQ(b.tick(), vector_of({0, 1, 0}));
  EXPECT_EQ(c.receive(a.time()), vector_of({1, 0, 1}));
  EXPECT_EQ(c.receive(b.time()), vector_of({1, 1, 2}));
  EXPECT_EQ(a.time().compare(b.time()), Order::concurrent);
  EXPECT_EQ(a.time().compare(c.time()), Order::before);
}

VersionVector random_vector(Rng& rng) {
  VersionVector result;
  for (ActorId actor = 0; actor < 4; ++actor) result.raise(actor, rng.below(4));
  return result;
}

TEST(VersionVector, MergeIsTheLeastUpperBoundAndComparisonAPartialOrder) {
  Rng rng(1);
  for (int i = 0; i < 5'000; ++i) {
    const VersionVector a = random_vector(rng), b = random_vector(rng), c = random_vector(rng);
    VersionVector ab = a, ba = b, bound = c;
    ab.merge(b);
    ba.merge(a);
    EXPECT_EQ(ab, ba);
    EXPECT_TRUE(ab.covers(a) && ab.covers(b));
    bound.merge(ab);
    EXPECT_TRUE(!c.covers(a) || !c.covers(b) || c.covers(ab));
    EXPECT_TRUE(!(a.covers(b) && b.covers(a)) || a == b);
    EXPECT_TRUE(!(a.covers(b) && b.covers(c)) || a.covers(c));
    std::string bytes = bytes_of(a);
    wire::Reader reader(bytes);
    EXPECT_EQ(VersionVector::read(reader), a);
    EXPECT_TRUE(reader.finished());
  }
}

// Random histories of processes that send each other messages, against reachability.
TEST(VectorClock, SaysBeforeExactlyWhenOneHappenedBeforeTheOther) {
  Rng rng(2);
  for (int round = 0; round < 50; ++round) {
    constexpr std::size_t kProcesses = 3;
    std::vector<VectorClock> clocks;
    std::vector<LamportClock> lamport(kProcesses);
    for (ActorId actor = 0; actor < kProcesses; ++actor) clocks.emplace_back(actor);
    struct Event {
      VersionVector time;
      std::uint64_t lamport;
      std::vector<bool> known;  // events that happened before this one, itself included
    };
    std::vector<Event> events;
    std::vector<std::vector<bool>> known(kProcesses, std::vector<bool>(60));
    for (std::size_t i = 0; i < 60; ++i) {
      const std::size_t process = rng.below(kProcesses);
      std::uint64_t count = 0;
      if (!events.empty() && rng.chance(1, 2)) {
        const Event& message = rng.pick(events);
        clocks[process].receive(message.time);
        count = lamport[process].receive(message.lamport);
        for (std::size_t j = 0; j < i; ++j) known[process][j] = known[process][j] || message.known[j];
      } else {
        clocks[process].tick();
        count = lamport[process].tick();
      }
      known[process][i] = true;
      events.push_back({clocks[process].time(), count, known[process]});
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const bool before = events[i].known[j];
        EXPECT_EQ(events[j].time.compare(events[i].time), before ? Order::before : Order::concurrent);
        EXPECT_TRUE(!before || events[j].lamport < events[i].lamport);
      }
    }
  }
}

TEST(VersionVector, RefusesBytesThatAreNone) {
  for (const std::string& bytes :
       {std::string("\x01"), std::string("\x01\x00\x00", 3), std::string("\x02\x01\x01\x01\x01"),
        std::string("\x02\x02\x01\x01\x01"), std::string("\xff\xff\xff\xff\x7f\x01\x01")}) {
    wire::Reader reader(bytes);
    EXPECT_TRUE(VersionVector::read(reader).empty());
    EXPECT_FALSE(reader.ok());
  }
}

// Node 1 is five seconds ahead; node 2 receives its message and takes over its time with a counter.
TEST(HybridClock, FollowsAMessageFromAFasterClock) {
  constexpr std::int64_t kNode1 = 1'640'000'005, kNode2 = 1'640'000'000;
  HybridClock sender(100), receiver(100);
  const HybridTime sent = sender.tick(kNode1);
  EXPECT_EQ(sent, (HybridTime{kNode1, 0}));
  EXPECT_EQ(receiver.receive(sent, kNode2), (HybridTime{kNode1, 1}));
  EXPECT_EQ(receiver.tick(kNode2 + 1), (HybridTime{kNode1, 2}));
  EXPECT_EQ(receiver.tick(kNode1 + 1), (HybridTime{kNode1 + 1, 0}));
}

TEST(HybridClock, RefusesAMessageFromTheFuture) {
  HybridClock clock(1'000);
  const HybridTime before = clock.tick(500);
  EXPECT_FALSE(clock.receive({1'501, 0}, 500).has_value());
  EXPECT_FALSE(clock.receive({INT64_MAX, 0}, INT64_MIN).has_value());
  EXPECT_EQ(clock.latest(), before);
  EXPECT_TRUE(clock.receive({1'500, 7}, 500).has_value());
}

// Causality holds under any skew, and the clock stays within the largest wall time that was read anywhere.
TEST(HybridClock, RespectsCausalityAndStaysNearWallTime) {
  Rng rng(3);
  std::vector<HybridClock> clocks(4, HybridClock(1'000'000));
  const std::vector<std::int64_t> skews = {0, 5'000, -5'000, 10'000};
  std::int64_t now = 100'000, highest = 0;
  std::vector<HybridTime> sent;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<std::int64_t>(rng.below(3));
    const std::size_t node = rng.below(clocks.size());
    const std::int64_t wall = now + skews[node];
    highest = std::max(highest, wall);
    const HybridTime own = clocks[node].latest();
    if (!sent.empty() && rng.chance(1, 2)) {
      const HybridTime message = rng.pick(sent);
      const std::optional<HybridTime> arrival = clocks[node].receive(message, wall);
      ASSERT_TRUE(arrival.has_value());
      EXPECT_GT(*arrival, message);
      EXPECT_GT(*arrival, own);
    } else {
      sent.push_back(clocks[node].tick(wall));
      EXPECT_GT(sent.back(), own);
    }
    EXPECT_GE(clocks[node].latest().wall, wall);
    EXPECT_LE(clocks[node].latest().wall, highest);
  }
}

// Two clients write through one server, neither having read the other's: a server vector without dots would take
// the second for the later one.
TEST(DottedVersions, KeepsTwoWritesThroughOneServerApart) {
  DottedVersions<std::string> server;
  server.write(kA, {}, "x");
  const VersionVector read = server.context();
  server.write(kA, read, "y");
  server.write(kA, read, "z");
  ASSERT_EQ(server.versions().size(), 2u);
  server.write(kA, server.context(), "merged");
  EXPECT_EQ(server.versions().size(), 1u);
}

TEST(DottedVersions, ReplicasConvergeInAnyOrder) {
  Rng rng(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<DottedVersions<int>> servers(3);
    std::vector<VersionVector> contexts(4);
    for (int i = 0; i < 30; ++i) {
      const std::size_t server = rng.below(3), client = rng.below(4);
      if (rng.chance(1, 3)) contexts[client] = servers[server].context();
      if (rng.chance(1, 2)) {
        const Dot dot = servers[server].write(server, contexts[client], i);
        EXPECT_TRUE(servers[server].versions().contains(dot));
      } else {
        servers[server].merge(servers[rng.below(3)]);
      }
    }
    for (int turn = 0; turn < 2; ++turn) {
      for (std::size_t i = 0; i < 9; ++i) servers[i / 3].merge(servers[i % 3]);
    }
    EXPECT_EQ(servers[0], servers[1]);
    EXPECT_EQ(servers[0], servers[2]);
    EXPECT_FALSE(servers[0].versions().empty());
  }
}

}  // namespace
}  // namespace assay::refdb::clocks
