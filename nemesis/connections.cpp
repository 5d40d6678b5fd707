// Fault "connections": breaks connections that are established, while the network goes on carrying new ones.
//   reset, reset-leader, reset:500ms   both ends learn of it; with a time, again and again, so far apart
//   clients, clients-leader:500ms      the same with the connections of clients
//   half-open, half-open-n1+n2         a node forgets its connections without a word; who is at the other end goes on believing
//                                      in them until the end of the window
//   half-open-clients-leader           the same with the connections of clients
//   slow-close, slow-close-leader      a node closes its connections as programs do; what would tell the other end (FIN, reset)
//   slow-close-clients-leader          is withheld until the end of the window: one end waits in FIN_WAIT, the other believes
//
// In simulation nodes exchange datagrams: there a reset loses what is under way, and what is sent on a connection that the
// receiver has forgotten or closed is lost.
//
// Verified by how many connections the kernel (or the simulation) has ended, and of slow ends by packets that were withheld.
//
// A budget of nodes does not count those at its ends: nobody is lost.
#include <array>
#include <utility>

#include "harness/core/units.h"
#include "nemesis/links.h"

namespace assay::nemesis {

namespace {

struct Breaking {
  enum class How : std::uint8_t { reset, half_open, slow_close };
  How how = How::reset;
  bool clients = false;
  NodeChoice nodes{.selector = Selector::all};
  Nanos period = 0;
};

class BrokenConnections final : public Fault {
 public:
  BrokenConnections(std::string_view variant, Breaking breaking)
      : variant_(variant), breaking_(std::move(breaking)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (!breaking_.clients && target.node_names().size() < 2)
      return "connections between nodes need at least two of them";
    if (breaking_.how == Breaking::How::slow_close) {
      if (auto lack = target.connections()->lack_of_slow_close()) return lack;
    }
    return refuse_choice(target, breaking_.nodes);
  }

  Injection inject(Target& target, Rng& rng) override {
    const std::vector<NodeId> nodes = choose_nodes(target, rng, breaking_.nodes);
    LinkList& links = links_;
    ended_before_ = target.connections()->ended();
    if (breaking_.clients) {
      for (const NodeId node : nodes) links.push_back({node, kClients});
    } else {
      links = links_at(nodes, every_link(target.node_names().size()), true,
                       breaking_.how == Breaking::How::reset);
    }
    switch (breaking_.how) {
      case Breaking::How::reset:
        target.connections()->reset(links, breaking_.period);
        break;
      case Breaking::How::half_open:
        target.connections()->forget(links);
        break;
      case Breaking::How::slow_close:
        target.connections()->close_slowly(links);
        break;
    }
    return {nodes,
            {{"variant", Value::text(variant_)}, {"links", links_text(target, links)}},
            std::vector<NodeId>()};
  }

  Evidence verify(Target& target) override {
    const std::int64_t ended = target.connections()->ended() - ended_before_;
    Evidence evidence{
        ended > 0,
        {{"mechanism", Value::text(target.connections()->mechanism())}, {"connections-ended", ended}}};
    if (breaking_.how == Breaking::How::slow_close) add_lingering(target, evidence);
    return evidence;
  }

  Evidence heal(Target& target) override {
    const std::int64_t ended = target.connections()->ended() - ended_before_;
    const bool was_slow = breaking_.how == Breaking::How::slow_close;
    const std::int64_t withheld = was_slow ? target.connections()->lingering().withheld : 0;
    target.connections()->heal();
    Evidence evidence{true, {{"connections-ended-in-all", ended}}};
    if (was_slow) evidence.facts.push_back({"ends-withheld-in-all", withheld});
    if (target.network() == nullptr || links_.empty()) return evidence;
    // Said, not demanded: a partition may be in force at the same time.
    const Evidence open = target.network()->probe(links_, true);
    evidence.facts.insert(evidence.facts.end(), open.facts.begin(), open.facts.end());
    return evidence;
  }

 private:
  static void add_lingering(Target& target, Evidence& evidence) {
    const Connections::Lingering lingering = target.connections()->lingering();
    evidence.proved = evidence.proved && lingering.withheld > 0;
    evidence.facts.push_back({"ends-withheld", lingering.withheld});
    evidence.facts.push_back({"connections-closing", lingering.closing});
  }

  std::string variant_;
  Breaking breaking_;
  LinkList links_;
  std::int64_t ended_before_ = 0;  // by somebody else
};

std::optional<Breaking> read_breaking(std::string_view variant) {
  Breaking breaking;
  const std::size_t colon = variant.rfind(':');
  if (colon != std::string_view::npos && !variant.substr(0, colon).ends_with("role")) {
    const auto period = parse_duration(variant.substr(colon + 1));
    if (!period || *period < 50 * kMillisecond || *period > kMinute) return std::nullopt;
    breaking.period = *period;
    variant = variant.substr(0, colon);
  }
  const auto take = [&variant](std::string_view word) {
    if (!variant.starts_with(word)) return false;
    variant.remove_prefix(word.size());
    return variant.empty() || variant[0] == '-';
  };
  for (const auto& [word, how] : {std::pair(std::string_view("half-open"), Breaking::How::half_open),
                                  std::pair(std::string_view("slow-close"), Breaking::How::slow_close)}) {
    if (variant.starts_with(word)) breaking.how = how;
  }
  if (breaking.how != Breaking::How::reset) {
    if (!take(breaking.how == Breaking::How::half_open ? "half-open" : "slow-close") || breaking.period > 0)
      return std::nullopt;
    breaking.clients = variant.starts_with("-clients") && take("-clients");
  } else if (variant.starts_with("clients")) {
    breaking.clients = true;
    if (!take("clients")) return std::nullopt;
  } else if (!take("reset")) {
    return std::nullopt;
  }
  if (variant.empty()) return breaking;
  if (variant[0] != '-' || variant.size() == 1) return std::nullopt;
  const auto nodes = node_choice(variant.substr(1));
  if (!nodes) return std::nullopt;
  breaking.nodes = *nodes;
  return breaking;
}

constexpr std::array<std::string_view, 8> kConnectionRotation = {"reset:500ms",
                                                                 "clients",
                                                                 "half-open-leader",
                                                                 "reset-leader",
                                                                 "half-open-clients-leader",
                                                                 "clients-leader:500ms",
                                                                 "slow-close-leader",
                                                                 "slow-close-clients-leader"};

}  // namespace

extern const FaultPlugin connections_plugin;
const FaultPlugin connections_plugin = {
    "connections",
    "breaks established connections, between nodes or of clients, at both ends or at one only (half-open), "
    "or closes them so that "
    "the other end learns of it late (slow-close); proved by how many were ended, and by packets that would "
    "have told of it",
    "connections",
    "reset, reset-leader, reset:500ms (again and again), clients, clients-leader:500ms, half-open, "
    "half-open-n1+n2, half-open-clients, half-open-clients-leader, slow-close, "
    "slow-close-leader, slow-close-clients, slow-close-clients-leader",
    kConnectionRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.connections() == nullptr)
        return "its connections can't be broken (hosts need root, nft or iptables, and ss with SOCK_DESTROY)";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      auto breaking = read_breaking(variant.empty() ? kConnectionRotation.front() : variant);
      return breaking ? std::make_unique<BrokenConnections>(variant, *std::move(breaking)) : nullptr;
    },
};

}  // namespace assay::nemesis
