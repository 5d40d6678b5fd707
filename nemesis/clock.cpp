// Fault "clock": moves the wall clock of some nodes. "bump" jumps once, by 4 ms to 262 s, forwards or back
// (the powers of two that Jepsen uses: small jumps hit leases, large ones hit certificates and retention).
// "strobe" flips a clock back and forth.
//
// Verified by reading each clock back from the database's point of view.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

constexpr std::array<std::string_view, 2> kKinds = {"bump", "strobe"};

class Clock final : public Fault {
 public:
  explicit Clock(std::string_view kind) : kind_(kind) {}

  Injection inject(Target& target, Rng& rng) override {
    for (const NodeId node : choose_nodes(target, rng, Selector::any)) {
      const Nanos magnitude = (Nanos{1} << rng.between(2, 18)) * kMillisecond;
      const Nanos delta = rng.chance(1, 2) ? magnitude : -magnitude;
      moved_.push_back({node, delta});
      if (kind_ == "bump") {
        target.clocks()->set_offset(node, delta);
      } else {
        period_ = rng.between(1, 100) * kMillisecond;
        target.clocks()->strobe(node, delta, period_);
      }
    }
    return describe(target);
  }

  Evidence verify(Target& target) override {
    Evidence evidence{.proved = !moved_.empty(),
                      .facts = {{"mechanism", Value::text(target.clocks()->mechanism())}}};
    for (const Moved& moved : moved_) {
      const Nanos seen =
          kind_ == "bump" ? target.clocks()->measure_offset(moved.node) : largest_seen(target, moved);
      evidence.facts.push_back({target.node_names()[moved.node] + "_offset_ns", seen});
      evidence.proved = evidence.proved && near(target, seen, moved.delta);
    }
    return evidence;
  }

  Evidence heal(Target& target) override {
    Evidence evidence{.proved = true, .facts = {}};
    for (const Moved& moved : moved_) {
      target.clocks()->set_offset(moved.node, 0);
      const Nanos seen = target.clocks()->measure_offset(moved.node);
      evidence.facts.push_back({target.node_names()[moved.node] + "_offset_ns", seen});
      evidence.proved = evidence.proved && near(target, seen, 0);
    }
    return evidence;
  }

 private:
  struct Moved {
    NodeId node;
    Nanos delta;
  };

  Injection describe(Target& target) const {
    Injection injection;
    injection.value = {{"kind", Value::text(kind_)}};
    if (period_ > 0) injection.value.push_back({"period_ns", period_});
    for (const Moved& moved : moved_) {
      injection.nodes.push_back(moved.node);
      injection.value.push_back({target.node_names()[moved.node] + "_delta_ns", moved.delta});
    }
    return injection;
  }

  static bool near(Target& target, Nanos seen, Nanos wanted) {
    return std::abs(seen - wanted) <= std::max(target.clocks()->precision(), std::abs(wanted) / 1000);
  }

  // A strobing clock is at its offset only half of the time: look a few times.
  static Nanos largest_seen(Target& target, const Moved& moved) {
    Nanos largest = 0;
    for (int look = 0; look < 20 && !near(target, largest, moved.delta); ++look) {
      const Nanos seen = target.clocks()->measure_offset(moved.node);
      if (std::abs(seen) > std::abs(largest)) largest = seen;
    }
    return largest;
  }

  std::string kind_;
  Nanos period_ = 0;
  std::vector<Moved> moved_;
};

}  // namespace

extern const FaultPlugin clock_plugin;
const FaultPlugin clock_plugin = {
    "clock",
    "moves the wall clock of some nodes, once or back and forth; proved by reading it back as the database "
    "sees it",
    "clock",
    "bump, strobe",
    kKinds,
    [](Target& target) -> std::optional<std::string> {
      if (target.clocks() == nullptr) return "its clocks can't be moved";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      if (!variant.empty() && std::find(kKinds.begin(), kKinds.end(), variant) == kKinds.end())
        return nullptr;
      return std::make_unique<Clock>(variant);
    },
};

}  // namespace assay::nemesis
