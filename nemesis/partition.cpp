// Fault "partition": cuts the network between nodes. Shapes as in Jepsen's nemesis: halves, one node, the
// leader, every node seeing a different majority (majorities-ring), two halves joined by one node (bridge),
// and one-way (a group can be heard but hears nothing from the rest). "nodes-2", "nodes-n1+n3", "nodes-follower" cut those off
// from the rest; "groups:n1+n2/n3+n4+n5" separates the groups that are given, and those from the nodes that are in none.
// Clients keep their connections: one that is connected to an isolated leader still reaches it.
//
// A budget of nodes counts the fewest nodes without which all others reach each other.
//
// Verified by probes: over every cut link a probe must be lost, over every other link it must arrive.
#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>

#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

constexpr std::array<std::string_view, 6> kShapes = {"halves",          "one",    "leader",
                                                     "majorities-ring", "bridge", "one-way"};

// A leader that was cut off is what tells most.
constexpr std::array<std::string_view, 7> kPartitionRotation = {
    "leader", "halves", "leader", "majorities-ring", "bridge", "one-way", "one"};

using Order = std::vector<NodeId>;

void cut_between(std::vector<Link>& links, NodeId a, NodeId b) {
  links.push_back({a, b});
  links.push_back({b, a});
}

std::vector<Link> separate(const Order& order, std::size_t size) {
  std::vector<Link> links;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = size; j < order.size(); ++j) cut_between(links, order[i], order[j]);
  }
  return links;
}

// Each node keeps its nearest neighbours on a ring, a majority with itself; no two nodes see the same
// majority.
std::vector<Link> majorities_ring(const Order& order) {
  std::vector<Link> links;
  const std::size_t count = order.size();
  const std::size_t reach = (count / 2 + 1) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i + 1; j < count; ++j) {
      const std::size_t distance = std::min(j - i, count - (j - i));
      if (distance > reach) cut_between(links, order[i], order[j]);
    }
  }
  return links;
}

// The node in the middle of the order sees both sides, which do not see each other.
std::vector<Link> bridge(const Order& order) {
  std::vector<Link> links;
  const std::size_t middle = order.size() / 2;
  for (std::size_t i = 0; i < middle; ++i) {
    for (std::size_t j = middle + 1; j < order.size(); ++j) cut_between(links, order[i], order[j]);
  }
  return links;
}

std::vector<Link> one_way(const Order& order, std::size_t size) {
  std::vector<Link> links;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = size; j < order.size(); ++j) links.push_back({order[j], order[i]});
  }
  return links;
}

// "n1+n2/n3" as lists of names; nothing when that is no list of groups.
std::optional<std::vector<NodeChoice>> read_groups(std::string_view text) {
  std::vector<NodeChoice> groups;
  while (true) {
    const std::size_t end = text.find('/');
    const auto group = node_choice(text.substr(0, end));
    if (!group || group->names.empty()) return std::nullopt;
    groups.push_back(*group);
    if (end == std::string_view::npos) return groups;
    text.remove_prefix(end + 1);
  }
}

// Nodes of no group are a group together.
std::vector<Link> between_groups(const std::vector<std::size_t>& group_of) {
  std::vector<Link> links;
  for (std::size_t i = 0; i < group_of.size(); ++i) {
    for (std::size_t j = i + 1; j < group_of.size(); ++j) {
      if (group_of[i] != group_of[j]) cut_between(links, static_cast<NodeId>(i), static_cast<NodeId>(j));
    }
  }
  return links;
}

class Partition final : public Fault {
 public:
  explicit Partition(std::string_view shape) : shape_(shape) {}
  // The nodes of each choice apart from all others.
  Partition(std::string_view shape, std::vector<NodeChoice> groups)
      : shape_(shape), groups_(std::move(groups)) {}

  std::optional<std::string> refusal(Target& target) const override {
    for (const NodeChoice& group : groups_) {
      if (auto reason = refuse_choice(target, group)) return reason;
    }
    return std::nullopt;
  }

  Injection inject(Target& target, Rng& rng) override {
    Order order(target.node_names().size());
    std::iota(order.begin(), order.end(), NodeId{0});
    rng.shuffle(order);
    links_ = choose(target, rng, order);
    const std::vector<NodeId> counted = keep_to_budget(target, order);
    std::sort(links_.begin(), links_.end());
    target.network()->cut(links_);

    Injection injection;
    std::set<NodeId> touched;
    std::vector<Value> shown;
    for (const Link& link : links_) {
      touched.insert(link.to);
      shown.push_back(Value::text(target.node_names()[link.from] + ">" + target.node_names()[link.to]));
    }
    injection.nodes.assign(touched.begin(), touched.end());
    injection.counted = counted;
    injection.value = {{"shape", Value::text(shape_)}, {"cut", Value::list(std::move(shown))}};
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence lost = target.network()->probe(links_, false);
    const Evidence open = target.network()->probe(uncut_links(target), true);
    lost.proved = lost.proved && open.proved;
    for (const Fact& fact : open.facts) lost.facts.push_back({"open_" + fact.name, fact.value});
    return lost;
  }

  Evidence heal(Target& target) override {
    target.network()->heal();
    return target.network()->probe(links_, true);
  }

 private:
  std::vector<Link> choose(Target& target, Rng& rng, Order& order) const {
    const std::size_t count = order.size();
    if (!groups_.empty()) return separate_groups(target, rng);
    if (shape_ == "one") return separate(order, 1);
    if (shape_ == "leader") {
      if (const auto leader = ask_leader(target)) {
        std::iter_swap(order.begin(), std::find(order.begin(), order.end(), *leader));
      }
      return separate(order, 1);
    }
    // With fewer than four nodes the ring connects everybody; halves are then the nearest thing.
    if (shape_ == "majorities-ring" && count >= 4) return majorities_ring(order);
    if (shape_ == "bridge" && count >= 3) return bridge(order);
    if (shape_ == "one-way") return one_way(order, 1 + rng.below(count - 1));
    return separate(order, count / 2);
  }

  // Without a budget, nothing is counted. Where the shape would cost more nodes than may be hurt, as many as may be are separated from the rest instead, those
  // first that are hurt already. Returns what the partition costs.
  std::vector<NodeId> keep_to_budget(Target& target, Order order) {
    const ChoiceTerms* terms = target.choice_terms();
    if (terms == nullptr || terms->hurt_max >= order.size()) return {};
    const auto is_hurt = [terms](NodeId node) {
      return std::binary_search(terms->hurt.begin(), terms->hurt.end(), node);
    };
    std::vector<Link> dear = links_;
    std::erase_if(dear, [&](const Link& link) { return is_hurt(link.from) || is_hurt(link.to); });
    std::vector<NodeId> counted = fewest_to_spare(dear, order.size());
    if (counted.size() + terms->hurt.size() <= terms->hurt_max) return counted;
    std::stable_partition(order.begin(), order.end(), is_hurt);
    links_ = separate(order, terms->hurt_max);
    order.resize(terms->hurt_max);
    std::sort(order.begin(), order.end());
    return order;
  }

  std::vector<Link> separate_groups(Target& target, Rng& rng) const {
    std::vector<std::size_t> group_of(target.node_names().size(), 0);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      for (const NodeId node : choose_nodes(target, rng, groups_[i])) group_of[node] = i + 1;
    }
    return between_groups(group_of);
  }

  std::vector<Link> uncut_links(Target& target) const {
    std::vector<Link> open;
    const auto count = static_cast<NodeId>(target.node_names().size());
    for (NodeId from = 0; from < count; ++from) {
      for (NodeId to = 0; to < count; ++to) {
        if (from != to && !std::binary_search(links_.begin(), links_.end(), Link{from, to}))
          open.push_back({from, to});
      }
    }
    return open;
  }

  std::string shape_;
  std::vector<NodeChoice> groups_;
  std::vector<Link> links_;
};

std::unique_ptr<Fault> make_partition(std::string_view variant) {
  if (variant.starts_with("groups:")) {
    auto groups = read_groups(variant.substr(7));
    return groups ? std::make_unique<Partition>(variant, *std::move(groups)) : nullptr;
  }
  if (variant.starts_with("nodes-") && variant.size() > 6) {
    const auto choice = node_choice(variant.substr(6));
    return choice ? std::make_unique<Partition>(variant, std::vector<NodeChoice>{*choice}) : nullptr;
  }
  if (!variant.empty() && std::find(kShapes.begin(), kShapes.end(), variant) == kShapes.end()) return nullptr;
  return std::make_unique<Partition>(variant);
}

}  // namespace

extern const FaultPlugin partition_plugin;
const FaultPlugin partition_plugin = {
    "partition",
    "cuts the network between nodes; proved by probes that are lost on every cut link and arrive on every "
    "other",
    "network",
    "leader, halves, majorities-ring, bridge, one-way, one, nodes-follower, nodes-2, nodes-n1+n3, "
    "groups:n1+n2/n3+n4+n5",
    kPartitionRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.network() == nullptr) return "its network can't be reached";
      if (target.node_names().size() < 2) return "a partition needs at least two nodes";
      return std::nullopt;
    },
    make_partition,
};

}  // namespace assay::nemesis
