// Fault "clock": moves the wall clock of some nodes. "bump" jumps once, by 4 ms to 262 s, forwards or back
// (the powers of two that Jepsen uses: small jumps hit leases, large ones hit certificates and retention).
// "strobe" flips a clock back and forth. "skew" moves it by what is given: "clock-skew:10s", "clock-skew-leader:-500ms".
//
// Verified by reading each clock back from the database's point of view.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "harness/core/fault.h"
#include "harness/core/units.h"

namespace assay::nemesis {

namespace {

constexpr std::array<std::string_view, 2> kKinds = {"bump", "strobe"};

struct Skew {
  NodeChoice choice;
  Nanos delta = 0;
};

// "skew:10s", "skew-leader:-500ms", "skew-n1+n2:2s"; nothing when it is no such variant.
std::optional<Skew> read_skew(std::string_view variant) {
  const std::size_t colon = variant.rfind(':');
  if (!variant.starts_with("skew") || colon == std::string_view::npos) return std::nullopt;
  std::string_view nodes = variant.substr(4, colon - 4);
  if (!nodes.empty() && (nodes[0] != '-' || nodes.size() == 1)) return std::nullopt;
  if (nodes.empty()) nodes = "-one";
  const auto choice = node_choice(nodes.substr(1));
  std::string_view amount = variant.substr(colon + 1);
  const bool back = amount.starts_with('-');
  if (back || amount.starts_with('+')) amount.remove_prefix(1);
  const auto delta = parse_duration(amount);
  if (!choice || !delta || *delta == 0) return std::nullopt;
  return Skew{*choice, back ? -*delta : *delta};
}

class Clock final : public Fault {
 public:
  explicit Clock(std::string_view kind) : kind_(kind) {}
  explicit Clock(Skew skew) : kind_("bump"), skew_(std::move(skew)) {}

  std::optional<std::string> refusal(Target& target) const override {
    return skew_ ? refuse_choice(target, skew_->choice) : std::nullopt;
  }

  Injection inject(Target& target, Rng& rng) override {
    for (const NodeId node : choose_nodes(target, rng, skew_ ? skew_->choice : NodeChoice{})) {
      if (skew_) {
        moved_.push_back({node, skew_->delta});
        target.clocks()->set_offset(node, skew_->delta);
        continue;
      }
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
    injection.value = {{"kind", Value::text(skew_ ? "skew" : kind_)}};
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
  std::optional<Skew> skew_;
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
    "bump, strobe, skew:10s, skew-leader:-500ms, skew-n1+n2:2s",
    kKinds,
    [](Target& target) -> std::optional<std::string> {
      if (target.clocks() == nullptr) return "its clocks can't be moved";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      if (auto skew = read_skew(variant)) return std::make_unique<Clock>(*std::move(skew));
      if (!variant.empty() && std::find(kKinds.begin(), kKinds.end(), variant) == kKinds.end())
        return nullptr;
      return std::make_unique<Clock>(variant);
    },
    true,
};

}  // namespace assay::nemesis
