// The search for cycles against all simple cycles of small random graphs.
#include "checkers/elle/cycle_search.h"

#include <gtest/gtest.h>

#include <map>

#include "checkers/common/words.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/nightly.h"
#include "harness/core/rng.h"

namespace assay::checkers::elle {
namespace {

using checkers::testing::Line;
using checkers::testing::r;

// Operations of which some follow others in time or in a process.
History random_history(Rng& rng, std::size_t operations) {
  std::vector<Line> lines;
  for (std::size_t i = 0; i < operations; ++i) {
    const auto begin = static_cast<Nanos>(rng.below(20));
    lines.emplace_back(begin, begin + 1 + static_cast<Nanos>(rng.below(15)), r(1));
    lines.back().process = static_cast<ProcessId>(i);
  }
  return checkers::testing::make_history(std::move(lines));
}

CyclicPart random_part(Rng& rng, std::uint32_t operations, std::size_t edges) {
  CyclicPart part;
  part.operations = operations;
  part.components = 1;
  for (std::uint32_t i = 0; i < operations; ++i) part.original.push_back(i);
  part.component.assign(operations, 0);
  for (std::size_t i = 0; i < edges; ++i) {
    Edge edge;
    edge.from = static_cast<std::uint32_t>(rng.below(operations));
    edge.to = static_cast<std::uint32_t>(rng.below(operations));
    const std::uint64_t kind = rng.below(8);
    edge.kind = kind < 2 ? EdgeKind::ww : kind < 4 ? EdgeKind::wr : EdgeKind::rw;
    if (edge.from != edge.to) part.edges.push_back(edge);
  }
  return part;
}

// Every simple cycle, by going everywhere from its smallest operation.
class AllCycles {
 public:
  AllCycles(const CyclicPart& part, const History& history, bool real_time) : edges_(part.edges) {
    for (const Operation a : history.operations()) {
      for (const Operation b : history.operations()) {
        if (!real_time || !a.precedes(b)) continue;
        edges_.push_back({a.id, b.id, EdgeKind::realtime, Evidence::observed, Strength::realtime, 0, 0});
      }
    }
    for (std::uint32_t start = 0; start < part.operations; ++start) extend(start, start);
  }

  // Length of the shortest of each name.
  const std::map<AnomalySet, std::size_t>& shortest() const { return shortest_; }

 private:
  void extend(std::uint32_t start, std::uint32_t at) {
    for (const Edge& edge : edges_) {
      if (edge.from != at || edge.to < start) continue;
      const bool seen =
          std::any_of(cycle_.begin(), cycle_.end(), [&](const Edge& each) { return each.from == edge.to; });
      if (edge.to != start && (seen || edge.to == at)) continue;
      cycle_.push_back(edge);
      if (edge.to == start) {
        const auto [found, fresh] = shortest_.try_emplace(classify(cycle_), cycle_.size());
        found->second = std::min(found->second, cycle_.size());
      } else {
        extend(start, edge.to);
      }
      cycle_.pop_back();
    }
  }

  std::vector<Edge> edges_;
  Cycle cycle_;
  std::map<AnomalySet, std::size_t> shortest_;
};

void expect_connected(const Cycle& cycle) {
  ASSERT_GE(cycle.size(), 2u);
  for (std::size_t i = 0; i < cycle.size(); ++i) EXPECT_EQ(cycle[i].to, cycle[(i + 1) % cycle.size()].from);
}

TEST(CycleSearch, FindsEveryClassThatExists) {
  const auto cases = static_cast<std::uint64_t>(testing::rounds(20'000, 200'000));
  std::map<AnomalySet, std::size_t> seen;
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    Rng rng(seed);
    const auto operations = static_cast<std::uint32_t>(rng.between(2, 7));
    const History history = random_history(rng, operations);
    const CyclicPart part = random_part(rng, operations, static_cast<std::size_t>(rng.between(2, 11)));
    const AllCycles plain(part, history, false), timed(part, history, true);
    Limits limits{Budget{}};
    bool finished = false;
    AnomalySet found = 0, expected = 0;
    for (const FoundCycle& each : find_cycles(part, history, limits, finished)) {
      found |= each.anomaly;
      expect_connected(each.cycle);
      if (each.anomaly != classify(each.cycle)) continue;  // a causality violation
      ++seen[each.anomaly];
      // A walk without adjacent anti-dependencies may pass an operation twice.
      const auto known = timed.shortest().find(each.anomaly);
      const bool walk =
          (each.anomaly & (anomaly_named("G-nonadjacent") | anomaly_named("G-nonadjacent-realtime"))) != 0;
      EXPECT_TRUE(walk || known != timed.shortest().end()) << "seed " << seed;
      const bool exact = (each.anomaly & (anomaly_named("G0") | anomaly_named("G-single"))) != 0;
      if (exact && known != timed.shortest().end()) {
        EXPECT_EQ(each.cycle.size(), known->second) << "seed " << seed;
      }
    }
    EXPECT_TRUE(finished);
    for (const auto& [name, length] : plain.shortest()) expected |= name;
    for (const auto& [name, length] : timed.shortest()) expected |= name;
    const AnomalySet missing = expected & ~implied_anomalies(found);
    EXPECT_EQ(missing, 0u) << "seed " << seed << " misses " << listed(names_of_anomalies(missing));
    if (HasFailure()) return;
  }
  for (const char* name : {"G0", "G1c", "G-single", "G-nonadjacent", "G2-item", "G0-realtime", "G1c-realtime",
                           "G-single-realtime", "G-nonadjacent-realtime", "G2-item-realtime"}) {
    EXPECT_GT(seen[anomaly_named(name)], 0u) << name;
  }
}

}  // namespace
}  // namespace assay::checkers::elle
