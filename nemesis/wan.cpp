// Fault "wan": spreads the nodes over regions, with the round-trip times between them that one measures between public clouds'
// regions, and a jitter of a fiftieth. Nodes are dealt to regions in turn; within a region nothing changes.
//   continents  us-east, eu-west, ap-northeast    75, 160 and 220 ms
//   america     us-east, us-central, us-west      32, 65 and 38 ms
//   world       us-east, us-west, eu-west, ap-northeast, sa-east
//   zones       three availability zones of a region, a millisecond apart
//   rtt:80ms/150ms/220ms   regions 1-2, 1-3, 2-3 (of four: 1-2, 1-3, 1-4, 2-3, 2-4, 3-4)
//
// Verified as fault "packets" is.
//
// A budget of nodes does not count those at its ends: nobody is lost.
#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/units.h"
#include "nemesis/packet_checks.h"

namespace assay::nemesis {

namespace {

// Round trips between regions: 1-2, 1-3, ... 2-3, ...; 1, 3, 6, 10 or 15 of them.
using RoundTrips = std::vector<Nanos>;

std::size_t regions_of(const RoundTrips& trips) {
  for (std::size_t regions = 2; regions <= 6; ++regions) {
    if (trips.size() == regions * (regions - 1) / 2) return regions;
  }
  return 0;
}

class Wan final : public Fault {
 public:
  Wan(std::string_view profile, RoundTrips trips)
      : profile_(profile), trips_(std::move(trips)), regions_(regions_of(trips_)) {}

  Injection inject(Target& target, Rng& rng) override {
    std::vector<ShapedLink> shaped;
    LinkList far;
    for (const Link& link : every_link(target.node_names().size())) {
      const Nanos trip = between(static_cast<std::size_t>(link.from) % regions_,
                                 static_cast<std::size_t>(link.to) % regions_);
      if (trip == 0) continue;
      PacketQuality quality;
      quality.delay = trip / 2;
      quality.jitter = trip / 100;
      quality.spread = PacketQuality::Spread::normal;
      shaped.push_back({link, quality});
      far.push_back(link);
    }
    // Which of them are measured is left to chance.
    std::vector<ShapedLink> measured = shaped;
    rng.shuffle(measured);
    checks_.emplace(*target.packets(), measured);
    target.packets()->shape(shaped);
    return {nodes_hurt_by(far),
            {{"profile", Value::text(profile_)}, {"regions", regions_text(target)}},
            std::vector<NodeId>()};
  }

  Evidence verify(Target& target) override { return checks_->check(*target.packets(), target); }

  Evidence heal(Target& target) override {
    target.packets()->restore();
    return checks_ ? checks_->check_healed(*target.packets()) : Evidence{true, {}};
  }

 private:
  Nanos between(std::size_t a, std::size_t b) const {
    if (a == b) return 0;
    if (a > b) std::swap(a, b);
    // Row `a` begins behind those of the regions before it.
    return trips_[a * (2 * regions_ - a - 1) / 2 + (b - a - 1)];
  }

  Value regions_text(const Target& target) const {
    std::vector<Value> shown;
    for (std::size_t node = 0; node < target.node_names().size(); ++node)
      shown.push_back(Value::text(target.node_names()[node] + ":" + std::to_string(node % regions_ + 1)));
    return Value::list(std::move(shown));
  }

  std::string profile_;
  RoundTrips trips_;
  std::size_t regions_;
  std::optional<PacketChecks> checks_;
};

constexpr std::array<std::string_view, 4> kWanRotation = {"continents", "america", "world", "zones"};

std::optional<RoundTrips> round_trips_of(std::string_view profile) {
  const auto milliseconds = [](std::initializer_list<Nanos> times) {
    RoundTrips trips;
    for (const Nanos time : times) trips.push_back(time * kMillisecond);
    return trips;
  };
  if (profile.empty() || profile == "continents") return milliseconds({75, 160, 220});
  if (profile == "america") return milliseconds({32, 65, 38});
  if (profile == "world") return milliseconds({65, 75, 160, 115, 140, 105, 175, 220, 185, 255});
  if (profile == "zones") return milliseconds({1, 1, 1});
  if (!profile.starts_with("rtt:")) return std::nullopt;
  profile.remove_prefix(4);
  RoundTrips trips;
  while (true) {
    const std::size_t end = profile.find('/');
    const auto trip = parse_duration(profile.substr(0, end));
    if (!trip || *trip < kMillisecond || *trip > 10 * kSecond) return std::nullopt;
    trips.push_back(*trip);
    if (end == std::string_view::npos) break;
    profile.remove_prefix(end + 1);
  }
  return regions_of(trips) > 0 ? std::optional(trips) : std::nullopt;
}

}  // namespace

extern const FaultPlugin wan_plugin;
const FaultPlugin wan_plugin = {
    "wan",
    "spreads the nodes over regions far apart; proved by probes that take as much longer",
    "packets",
    "continents, america, world, zones, rtt:80ms/150ms/220ms (round trips between regions 1-2, 1-3, 2-3)",
    kWanRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.packets() == nullptr) {
        return "packets between its nodes can't be touched (hosts need root, and netem or iptables with "
               "NFQUEUE)";
      }
      if (target.node_names().size() < 2) return "regions need at least two nodes";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      auto trips = round_trips_of(variant);
      return trips ? std::make_unique<Wan>(variant.empty() ? "continents" : variant, *std::move(trips))
                   : nullptr;
    },
};

}  // namespace assay::nemesis
