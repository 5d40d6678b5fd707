// Fault "clock": moves the wall clock of some nodes. "bump" jumps once, by 4 ms to 262 s, forwards or back
// (the powers of two that Jepsen uses: small jumps hit leases, large ones hit certificates and retention).
// "strobe" flips a clock back and forth. "skew" moves it by what is given: "clock-skew:10s", "clock-skew-leader:-500ms".
// Other clocks are wrong in other ways:
//   drift:5%   gains five hundredths of the time that passes (drift:-200ppm loses), so that it is ever further away
//   freeze     stands still
//   leap       is set back by a second at the moment when a second is full, as for a leap second; leap:+1s leaves one out
//   back       jumps back by a second to a day
//
// Verified by reading each clock back from the database's point of view, twice where it runs at a wrong rate.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "harness/core/units.h"
#include "nemesis/variant.h"

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

constexpr std::array<std::string_view, 4> kWrongKinds = {"drift", "freeze", "leap", "back"};
constexpr std::int64_t kStandsStill = -1'000'000;
constexpr std::int64_t kDriftUnlessSaid = 50'000;

// Clocks that run wrong, and two ways to step.
class WrongClock final : public Fault {
 public:
  // `amount`: millionths for drift, nanoseconds for leap.
  WrongClock(std::string_view kind, std::int64_t amount, NodeChoice choice)
      : kind_(kind), amount_(amount), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (kind_ != "back" && !target.clocks()->can_run_wrong()) return "its clocks can't run at a wrong rate";
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    Clocks& clocks = *target.clocks();
    nodes_ = choose_nodes(target, rng, choice_);
    if (kind_ == "back") amount_ = -(std::int64_t{1} << rng.below(17)) * kSecond;
    for (const NodeId node : nodes_) {
      if (kind_ == "leap") {
        clocks.leap(node, amount_);
      } else if (kind_ == "back") {
        clocks.set_offset(node, amount_);
      } else {
        clocks.set_rate(node, amount_);
      }
    }
    return {nodes_, {{"kind", Value::text(kind_)}, {is_rate() ? "ppm" : "delta_ns", amount_}}};
  }

  Evidence verify(Target& target) override {
    Evidence evidence = measured(target, amount_);
    evidence.proved = evidence.proved && !nodes_.empty();
    evidence.facts.push_back({"mechanism", Value::text(target.clocks()->mechanism())});
    return evidence;
  }

  Evidence heal(Target& target) override {
    for (const NodeId node : nodes_) target.clocks()->set_offset(node, 0);
    return measured(target, 0);
  }

 private:
  bool is_rate() const { return kind_ == "drift" || kind_ == "freeze"; }

  Evidence measured(Target& target, std::int64_t wanted) const {
    Clocks& clocks = *target.clocks();
    // Reading is exact to a millisecond in some hundreds, and every clock has a drift of its own.
    const std::int64_t rate_error = std::max<std::int64_t>(4'000, std::abs(wanted) / 10);
    Evidence evidence{.proved = true, .facts = {}};
    for (const NodeId node : nodes_) {
      const std::int64_t seen = is_rate() ? clocks.measure_rate(node) : clocks.measure_offset(node);
      const std::int64_t error =
          is_rate() ? rate_error : std::max(clocks.precision(), std::abs(wanted) / 1000);
      evidence.proved = evidence.proved && std::abs(seen - wanted) <= error;
      evidence.facts.push_back(
          {target.node_names()[static_cast<std::size_t>(node)] + (is_rate() ? "_ppm" : "_offset_ns"), seen});
    }
    return evidence;
  }

  std::string kind_;
  std::int64_t amount_;
  NodeChoice choice_;
  std::vector<NodeId> nodes_;
};

// "5%", "-200ppm"; within a tenth.
std::optional<std::int64_t> read_rate(std::string_view text) {
  std::int64_t factor = 0;
  for (const auto& [unit, millionths] :
       {std::pair<std::string_view, std::int64_t>{"%", 10'000}, {"ppm", 1}}) {
    if (!text.ends_with(unit)) continue;
    factor = millionths;
    text.remove_suffix(unit.size());
    break;
  }
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (factor == 0 || !whole || number == 0 || std::abs(number) > 100'000 / factor) return std::nullopt;
  return number * factor;
}

std::optional<std::int64_t> read_step(std::string_view text) {
  const bool back = text.starts_with('-');
  if (back || text.starts_with('+')) text.remove_prefix(1);
  const auto step = parse_duration(text);
  if (!step || *step == 0) return std::nullopt;
  return back ? -*step : *step;
}

std::unique_ptr<Fault> make_wrong_clock(std::string_view variant) {
  const auto parts = read_variant(variant, kWrongKinds);
  if (!parts) return nullptr;
  std::optional<std::int64_t> amount;
  if (parts->kind == "drift") amount = parts->amount.empty() ? kDriftUnlessSaid : read_rate(parts->amount);
  if (parts->kind == "leap") amount = parts->amount.empty() ? -kSecond : read_step(parts->amount);
  if (parts->kind == "freeze" && parts->amount.empty()) amount = kStandsStill;
  if (parts->kind == "back" && parts->amount.empty()) amount = 0;  // drawn
  return amount ? std::make_unique<WrongClock>(parts->kind, *amount, parts->nodes) : nullptr;
}

}  // namespace

extern const FaultPlugin clock_plugin;
const FaultPlugin clock_plugin = {
    "clock",
    "moves the wall clock of some nodes, once or back and forth, lets it run at a wrong rate, stand still or "
    "leap; proved by "
    "reading it back as the database sees it",
    "clock",
    "bump, strobe, skew:10s, skew-leader:-500ms, skew-n1+n2:2s, drift:5%, drift-leader:-200ppm, freeze, "
    "freeze-n1+n3, leap, "
    "leap-all:+1s, back, back-leader",
    kKinds,
    [](Target& target) -> std::optional<std::string> {
      if (target.clocks() == nullptr) return "its clocks can't be moved";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      if (auto skew = read_skew(variant)) return std::make_unique<Clock>(*std::move(skew));
      if (!variant.empty() && std::find(kKinds.begin(), kKinds.end(), variant) == kKinds.end())
        return make_wrong_clock(variant);
      return std::make_unique<Clock>(variant);
    },
    true,
};

}  // namespace assay::nemesis
