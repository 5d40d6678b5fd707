// Fault "packets": makes links between nodes, or between clients and nodes, bad, as harness/core/packets.h says: "packets-delay:100ms~20ms",
// "packets-loss:5%~8+delay:10ms". By itself it means every link. Before it may stand which ones:
//   leader-, n1+n2-, 2-       every link of those nodes, both ways
//   to:NODES-, from:NODES-    only what they receive, or send
//   link-                     one link at random, both ways: "link-loss:60%" is a gray failure that only two nodes see
//   one-way-                  one direction of one link at random
//   n1>n2-, n1>n2+n3>n1-      these directions
//   clients-, clients:leader- between clients and all nodes, or those, both ways
//
// Verified by probes over at most six of the links, before and after: how much longer packets take, how many are lost, doubled
// or overtaken, at which rate they come. Healed when probes take as long as before and arrive.
//
// A budget of nodes does not count those at its ends: nobody is lost.
#include <algorithm>
#include <array>
#include <utility>

#include "nemesis/packet_checks.h"

namespace assay::nemesis {

namespace {

struct BadLinks {
  enum class Place : std::uint8_t { every, nodes, to, from, link, one_way, named, clients };
  Place place = Place::every;
  NodeChoice nodes;
  std::vector<NamedLink> named;
  PacketQuality quality;
};

class PacketFault final : public Fault {
 public:
  PacketFault(std::string_view variant, BadLinks bad) : variant_(variant), bad_(std::move(bad)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (auto reason = refuse_choice(target, bad_.nodes)) return reason;
    return refuse_links(target, bad_.named);
  }

  Injection inject(Target& target, Rng& rng) override {
    LinkList links = choose(target, rng);
    // Which of them are measured is left to chance.
    rng.shuffle(links);
    std::vector<ShapedLink> shaped;
    for (const Link& link : links) shaped.push_back({link, bad_.quality});
    if (links.empty()) return {};
    checks_.emplace(*target.packets(), shaped);
    target.packets()->shape(shaped);
    std::sort(links.begin(), links.end());
    return {nodes_hurt_by(links),
            {{"quality", Value::text(format_packet_quality(bad_.quality))},
             {"variant", Value::text(variant_)},
             {"links", links_text(target, links)}},
            std::vector<NodeId>()};
  }

  Evidence verify(Target& target) override {
    return checks_ ? checks_->check(*target.packets(), target) : Evidence();
  }

  Evidence heal(Target& target) override {
    target.packets()->restore();
    return checks_ ? checks_->check_healed(*target.packets()) : Evidence{true, {}};
  }

 private:
  LinkList choose(Target& target, Rng& rng) const {
    LinkList all = every_link(target.node_names().size());
    using Place = BadLinks::Place;
    switch (bad_.place) {
      case Place::every:
        return all;
      case Place::nodes:
      case Place::to:
      case Place::from:
        return links_at(choose_nodes(target, rng, bad_.nodes), all, bad_.place != Place::to,
                        bad_.place != Place::from);
      case Place::link:
      case Place::one_way: {
        const Link link = rng.pick(all);
        if (bad_.place == Place::one_way) return {link};
        return {link, {link.to, link.from}};
      }
      case Place::named:
        return chosen_links(target, rng, bad_.named);
      case Place::clients:
        return client_links(choose_nodes(target, rng, bad_.nodes));
    }
    return all;
  }

  std::string variant_;
  BadLinks bad_;
  std::optional<PacketChecks> checks_;
};

// What stands before the quality; false when it is no place.
bool read_place(std::string_view text, BadLinks& bad) {
  using Place = BadLinks::Place;
  if (text == "link" || text == "one-way") {
    bad.place = text == "link" ? Place::link : Place::one_way;
    return true;
  }
  if (auto named = named_links(text)) {
    bad.place = Place::named;
    bad.named = *std::move(named);
    return true;
  }
  bad.place = Place::nodes;
  if (text == "clients") text = "clients:all";
  for (const auto& [prefix, place] : {std::pair<std::string_view, Place>{"to:", Place::to},
                                      {"from:", Place::from},
                                      {"clients:", Place::clients}}) {
    if (!text.starts_with(prefix)) continue;
    bad.place = place;
    text.remove_prefix(prefix.size());
  }
  const auto nodes = node_choice(text);
  if (text.empty() || !nodes) return false;
  bad.nodes = *nodes;
  return true;
}

std::optional<BadLinks> read_bad_links(std::string_view variant) {
  BadLinks bad;
  // No quality has a dash in it; places may.
  const std::size_t dash = variant.rfind('-');
  const auto quality =
      parse_packet_quality(dash == std::string_view::npos ? variant : variant.substr(dash + 1));
  if (!quality) return std::nullopt;
  bad.quality = *quality;
  if (dash != std::string_view::npos && !read_place(variant.substr(0, dash), bad)) return std::nullopt;
  return bad;
}

constexpr std::array<std::string_view, 10> kPacketRotation = {
    "delay:100ms~20ms",  "loss:20%",      "link-loss:60%",    "leader-delay:200ms~50ms~normal",
    "reorder:25%~20ms",  "duplicate:20%", "one-way-loss:80%", "corrupt:5%",
    "leader-rate:1mbit", "loss:10%~8"};

}  // namespace

extern const FaultPlugin packets_plugin;
const FaultPlugin packets_plugin = {
    "packets",
    "makes links between nodes slow, lossy or narrow; proved by probes that measure delay, loss, duplicates, "
    "order and rate",
    "packets",
    "delay:100ms, delay:100ms~20ms, delay:100ms~20ms~normal (or exponential), loss:5%, loss:5%~8 (in bursts "
    "of 8), duplicate:1%, reorder:10%~5ms, corrupt:1%, rate:10mbit, several joined by +; on every link, or "
    "before it leader-, n1+n2-, to:leader-, from:n3-, link- (one, both ways), one-way-, n1>n2-, clients- "
    "(between clients and nodes), clients:leader-",
    kPacketRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.packets() == nullptr) {
        return "packets between its nodes can't be touched (hosts need root, and netem or iptables with "
               "NFQUEUE)";
      }
      if (target.node_names().size() < 2) return "links need at least two nodes";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      auto bad = read_bad_links(variant.empty() ? kPacketRotation.front() : variant);
      return bad ? std::make_unique<PacketFault>(variant, *std::move(bad)) : nullptr;
    },
};

}  // namespace assay::nemesis
