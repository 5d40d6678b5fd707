// Every data type under every way to be delivered: random updates at several replicas; each delta may be lost,
// duplicated, delayed and reordered; in the end whole states are merged in a random order, some of them twice, and
// all replicas must be equal. Also: merge is idempotent, commutative and associative; bytes read back as what was
// written; changed bytes never do harm.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/crdt/cell.h"
#include "targets/refdb/crdt/counters.h"
#include "targets/refdb/crdt/or_map.h"
#include "targets/refdb/crdt/registers.h"
#include "targets/refdb/crdt/sets.h"

namespace assay::refdb::crdt {
namespace {

Value element(Rng& rng) { return {static_cast<std::int64_t>(rng.below(4))}; }

// One random update at a replica; returns its delta.
GCounter update(GCounter& state, ActorId actor, Rng& rng, int) {
  return state.increment(actor, rng.below(5));
}
PnCounter update(PnCounter& state, ActorId actor, Rng& rng, int) {
  return state.add(actor, rng.between(-5, 5));
}
GSet update(GSet& state, ActorId, Rng& rng, int) { return state.add(element(rng)); }
OrSet update(OrSet& state, ActorId actor, Rng& rng, int) {
  return rng.chance(1, 2) ? state.add(actor, element(rng)) : state.remove(element(rng));
}
LwwRegister update(LwwRegister& state, ActorId actor, Rng& rng, int step) {
  const Stamp stamp{{rng.between(0, 3), 0}, {actor, static_cast<std::uint64_t>(step) + 1}};
  LwwRegister delta(Value(step), stamp);
  state.merge(delta);
  return delta;
}
MvRegister update(MvRegister& state, ActorId actor, Rng&, int step) {
  return state.assign(actor, Value(step));
}
OrMap update(OrMap& state, ActorId actor, Rng& rng, int step) {
  const Value key = element(rng);
  switch (rng.below(6)) {
    case 0:
      return state.assign(actor, key, Value(step));
    case 1:
      return state.add_element(actor, key, element(rng));
    case 2:
      return state.remove_element(key, element(rng));
    case 3:
      return state.remove(key);
    default:
      return state.count(actor, key, rng.between(-3, 3));
  }
}
Cell update(Cell& state, ActorId actor, Rng& rng, int step) {
  Cell delta;
  const Stamp stamp{{step, 0}, {actor, static_cast<std::uint64_t>(step) + 1}};
  switch (rng.below(6)) {
    case 0:
      delta.written = update(state.written, actor, rng, step);
      break;
    case 1:
      delta.versions = update(state.versions, actor, rng, step);
      break;
    case 2:
      delta.counter = update(state.counter, actor, rng, step);
      break;
    case 3:
      delta.elements = update(state.elements, actor, rng, step);
      break;
    case 4:
      delta.appended = state.appended.append(stamp, Value(step));
      break;
    default:
      delta.text = state.text.insert(actor, rng.below(state.text.size() + 1), "ab");
  }
  return delta;
}

template <typename T>
std::string bytes_of(const T& state) {
  std::string bytes;
  wire::Writer writer(bytes);
  state.write(writer);
  return bytes;
}

template <typename T>
class Replicated : public testing::Test {
 public:
  static constexpr std::size_t kReplicas = 4;

  // Some updates, their deltas through a network that loses, doubles and reorders.
  static std::vector<T> replicas_after(Rng& rng, int steps) {
    std::vector<T> replicas(kReplicas);
    std::vector<T> under_way;
    for (int step = 0; step < steps; ++step) {
      const std::size_t at = rng.below(kReplicas);
      T delta = update(replicas[at], at, rng, step);
      for (std::size_t copies = rng.below(3); copies > 0; --copies) under_way.push_back(delta);
      while (!under_way.empty() && rng.chance(1, 2)) {
        const std::size_t next = rng.below(under_way.size());
        replicas[rng.below(kReplicas)].merge(under_way[next]);
        if (rng.chance(1, 2)) under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(next));
      }
    }
    return replicas;
  }
};

using Types = testing::Types<GCounter, PnCounter, GSet, OrSet, LwwRegister, MvRegister, OrMap, Cell>;
TYPED_TEST_SUITE(Replicated, Types);

TYPED_TEST(Replicated, ConvergesInAnyOrderWithLossAndDuplicates) {
  Rng rng(11);
  for (int round = 0; round < 400; ++round) {
    std::vector<TypeParam> replicas = TestFixture::replicas_after(rng, 30);
    for (int turn = 0; turn < 2; ++turn) {
      std::vector<std::size_t> pairs(TestFixture::kReplicas * TestFixture::kReplicas);
      for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = i;
      rng.shuffle(pairs);
      for (const std::size_t pair : pairs) {
        replicas[pair / TestFixture::kReplicas].merge(replicas[pair % TestFixture::kReplicas]);
      }
    }
    for (const TypeParam& replica : replicas) {
      ASSERT_EQ(replica, replicas[0]) << "round " << round;
      ASSERT_EQ(bytes_of(replica), bytes_of(replicas[0]));
    }
  }
}

TYPED_TEST(Replicated, MergeIsIdempotentCommutativeAndAssociative) {
  Rng rng(12);
  for (int round = 0; round < 400; ++round) {
    const std::vector<TypeParam> states = TestFixture::replicas_after(rng, 20);
    TypeParam twice = states[0], ab = states[0], ba = states[1];
    twice.merge(states[0]);
    ASSERT_EQ(twice, states[0]);
    ab.merge(states[1]);
    ba.merge(states[0]);
    ASSERT_EQ(ab, ba);
    TypeParam left = ab, bc = states[1], right = states[0];
    left.merge(states[2]);
    bc.merge(states[2]);
    right.merge(bc);
    ASSERT_EQ(left, right);
    left.merge(states[1]);
    ASSERT_EQ(left, right);
  }
}

TYPED_TEST(Replicated, BytesReadBackAndGarbageIsRefusedOrHarmless) {
  Rng rng(13);
  for (int round = 0; round < 400; ++round) {
    const std::vector<TypeParam> states = TestFixture::replicas_after(rng, 20);
    std::string bytes = bytes_of(states[0]);
    wire::Reader reader(bytes);
    ASSERT_EQ(TypeParam::read(reader), states[0]);
    ASSERT_TRUE(reader.finished());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      wire::Reader shorter(std::string_view(bytes).substr(0, cut));
      TypeParam::read(shorter);
      ASSERT_FALSE(shorter.ok());
    }
    for (int change = 0; change < 20 && !bytes.empty(); ++change) {
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
      wire::Reader changed(bytes);
      TypeParam read = TypeParam::read(changed);
      read.merge(states[1]);
    }
  }
}

// The set against a model: an element is there when some addition of it was seen that no removal had seen.
TEST(OrSet, AnAdditionIsTakenAwayOnlyByRemovalsThatSawIt) {
  Rng rng(14);
  struct Model {
    std::set<std::pair<Value, int>> added, removed;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<OrSet> sets(3);
    std::vector<Model> models(3);
    for (int step = 0; step < 40; ++step) {
      const std::size_t at = rng.below(3);
      const Value item = element(rng);
      if (rng.chance(1, 3)) {
        const std::size_t from = rng.below(3);
        sets[at].merge(sets[from]);
        models[at].added.insert(models[from].added.begin(), models[from].added.end());
        models[at].removed.insert(models[from].removed.begin(), models[from].removed.end());
      } else if (rng.chance(1, 2)) {
        sets[at].add(at, item);
        models[at].added.insert({item, step});
      } else {
        sets[at].remove(item);
        for (const auto& tag : models[at].added) {
          if (tag.first == item) models[at].removed.insert(tag);
        }
      }
      std::set<Value> expected;
      for (const auto& tag : models[at].added) {
        if (!models[at].removed.contains(tag)) expected.insert(tag.first);
      }
      ASSERT_EQ(sets[at].elements(), std::vector<Value>(expected.begin(), expected.end()));
    }
  }
}

// No tombstones: what a set needs is bounded by its elements and actors, however often they come and go.
TEST(OrSet, StaysSmallHoweverManyElementsCameAndWent) {
  OrSet a, b;
  for (int i = 0; i < 10'000; ++i) {
    a.merge(b.add(2, Value(i)));
    b.merge(a.add(1, Value(i)));
    b.merge(a.remove(Value(i)));
  }
  EXPECT_EQ(a, b);
  EXPECT_TRUE(a.elements().empty());
  EXPECT_LT(bytes_of(a).size(), 20u);
}

}  // namespace
}  // namespace assay::refdb::crdt
