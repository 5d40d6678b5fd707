// Fault "partition": cuts the network between nodes. Shapes as in Jepsen's nemesis: halves, one node, the
// leader, every node seeing a different majority (majorities-ring), two halves joined by one node (bridge),
// and one-way (a group can be heard but hears nothing from the rest). "nodes-2", "nodes-n1+n3", "nodes-follower" cut those off
// from the rest; "groups:n1+n2/n3+n4+n5" separates the groups that are given, and those from the nodes that are in none.
//   deaf-leader, mute-n1+n2    those hear nothing, or are not heard; the other direction stays open
//   links:n1>n2+n3>n1          just these directions
//   random, random:30%         each pair of nodes for itself, with that chance (usually half of them)
//   datacenters                each apart from the others
//   clients-leader             clients can't reach these nodes, which see each other
//   flapping, flapping-leader:500ms   cut for half of the time, in turns of that length (usually a second)
//   swizzle, swizzle:200ms     nodes are cut off one by one, so far apart, and come back one by one in another order; again and
//                              again
// But for clients-, clients keep their connections: one that is connected to an isolated leader still reaches it.
//
// A budget of nodes counts the fewest nodes without which all others reach each other.
//
// Verified by probes: over every cut link a probe must be lost, over every other link it must arrive. Of what changes by itself,
// the links that are cut first are probed, and all changes are counted.
#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>

#include "harness/core/units.h"
#include "nemesis/links.h"

namespace assay::nemesis {

namespace {

constexpr std::array<std::string_view, 6> kShapes = {"halves",          "one",    "leader",
                                                     "majorities-ring", "bridge", "one-way"};

// A leader that was cut off is what tells most.
constexpr std::array<std::string_view, 7> kPartitionRotation = {
    "leader", "halves", "leader", "majorities-ring", "bridge", "one-way", "one"};

using Order = std::vector<NodeId>;

std::vector<Link> separate(const Order& order, std::size_t size) {
  std::vector<Link> links;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = size; j < order.size(); ++j) add_both_ways(links, order[i], order[j]);
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
      if (distance > reach) add_both_ways(links, order[i], order[j]);
    }
  }
  return links;
}

// The node in the middle of the order sees both sides, which do not see each other.
std::vector<Link> bridge(const Order& order) {
  std::vector<Link> links;
  const std::size_t middle = order.size() / 2;
  for (std::size_t i = 0; i < middle; ++i) {
    for (std::size_t j = middle + 1; j < order.size(); ++j) add_both_ways(links, order[i], order[j]);
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
      if (group_of[i] != group_of[j]) add_both_ways(links, static_cast<NodeId>(i), static_cast<NodeId>(j));
    }
  }
  return links;
}

// What a variant says beyond one of kShapes.
struct PartitionShape {
  std::string name;                // as the user wrote it
  std::vector<NodeChoice> groups;  // apart from each other; of kinds that take nodes: those
  enum class Kind : std::uint8_t {
    plain,
    groups,
    deaf,
    mute,
    links,
    random,
    datacenters,
    clients,
    flapping,
    swizzle
  };
  Kind kind = Kind::plain;
  std::vector<NamedLink> links;
  std::int64_t chance_ppm = 500'000;
  Nanos period = 0;
};

class Partition final : public Fault {
 public:
  using Kind = PartitionShape::Kind;
  explicit Partition(PartitionShape shape) : shape_(std::move(shape)) {}

  std::optional<std::string> refusal(Target& target) const override {
    for (const NodeChoice& group : shape_.groups) {
      if (auto reason = refuse_choice(target, group)) return reason;
    }
    if (shape_.kind == Kind::datacenters && target.datacenters().size() < 2)
      return "it has no datacenters (see the option --datacenters of mode multi-leader)";
    return refuse_links(target, shape_.links);
  }

  Injection inject(Target& target, Rng& rng) override {
    Order order(target.node_names().size());
    std::iota(order.begin(), order.end(), NodeId{0});
    rng.shuffle(order);
    if (shape_.kind == Kind::swizzle) {
      script_ = swizzle(order, rng);
      for (const TimedCut& timed : script_) links_.push_back(timed.link);
    } else {
      links_ = choose(target, rng, order);
    }
    const ChoiceTerms* terms = target.choice_terms();
    const bool limited = terms != nullptr && terms->hurt_max < order.size();
    const std::vector<NodeId> counted =
        shape_.kind == Kind::clients ? nodes_hurt_by(links_) : keep_to_budget(target, order);
    std::sort(links_.begin(), links_.end());
    links_.erase(std::unique(links_.begin(), links_.end()), links_.end());
    const auto turns = static_cast<Nanos>(2 * order.size() + 1);
    const Nanos round = shape_.kind == Kind::swizzle ? turns * shape_.period : shape_.period;
    // A swizzle cuts off everybody in turn; where only some may be hurt, it is those, again and again.
    if (shape_.kind == Kind::flapping || (shape_.kind == Kind::swizzle && limited)) {
      script_.clear();
      for (const Link& link : links_) script_.push_back({link, 0, round / 2});
    }
    if (script_.empty()) {
      target.network()->cut(links_);
    } else {
      target.network()->play(script_, round);
    }
    return {.nodes = nodes_hurt_by(links_),
            .value = {{"shape", Value::text(shape_.name)}, {"cut", links_text(target, links_)}},
            .counted = counted};
  }

  Evidence verify(Target& target) override {
    if (!script_.empty()) return verify_script(target);
    Evidence lost = target.network()->probe(links_, false);
    lost.proved = lost.proved && !links_.empty();
    const LinkList uncut = uncut_links(target);
    const Evidence open = uncut.empty() ? Evidence{true, {}} : target.network()->probe(uncut, true);
    lost.proved = lost.proved && open.proved;
    for (const Fact& fact : open.facts) lost.facts.push_back({"open_" + fact.name, fact.value});
    return lost;
  }

  Evidence heal(Target& target) override {
    const std::int64_t played = script_.empty() ? 0 : target.network()->played();
    target.network()->heal();
    if (links_.empty()) return {true, {}};
    Evidence evidence = target.network()->probe(links_, true);
    if (!script_.empty()) evidence.facts.push_back({"changes", played});
    return evidence;
  }

 private:
  std::vector<Link> choose(Target& target, Rng& rng, Order& order) const {
    const std::size_t count = order.size();
    switch (shape_.kind) {
      case Kind::groups:
        return separate_groups(target, rng);
      case Kind::deaf:
      case Kind::mute: {
        const bool mute = shape_.kind == Kind::mute;
        return links_away_from(choose_nodes(target, rng, shape_.groups[0]), count, mute, !mute);
      }
      case Kind::links:
        return chosen_links(target, rng, shape_.links);
      case Kind::random:
        return random_links(order, rng);
      case Kind::datacenters:
        return between_datacenters(target);
      case Kind::clients:
        return client_links(choose_nodes(target, rng, shape_.groups[0]));
      case Kind::flapping:
        if (!shape_.groups.empty())
          return links_away_from(choose_nodes(target, rng, shape_.groups[0]), count, true, true);
        return separate(order, count / 2);
      case Kind::plain:
      case Kind::swizzle:
        return plain(target, rng, order);
    }
    return {};
  }

  std::vector<Link> plain(Target& target, Rng& rng, Order& order) const {
    const std::size_t count = order.size();
    if (shape_.name == "one") return separate(order, 1);
    if (shape_.name == "leader") {
      if (const auto leader = ask_leader(target)) {
        std::iter_swap(order.begin(), std::find(order.begin(), order.end(), *leader));
      }
      return separate(order, 1);
    }
    // With fewer than four nodes the ring connects everybody; halves are then the nearest thing.
    if (shape_.name == "majorities-ring" && count >= 4) return majorities_ring(order);
    if (shape_.name == "bridge" && count >= 3) return bridge(order);
    if (shape_.name == "one-way") return one_way(order, 1 + rng.below(count - 1));
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
    for (std::size_t i = 0; i < shape_.groups.size(); ++i) {
      for (const NodeId node : choose_nodes(target, rng, shape_.groups[i])) group_of[node] = i + 1;
    }
    return between_groups(group_of);
  }

  static std::vector<Link> between_datacenters(const Target& target) {
    std::vector<std::size_t> group_of(target.node_names().size(), 0);
    std::size_t number = 0;
    for (const std::vector<NodeId>& nodes : target.datacenters()) {
      for (const NodeId node : nodes) group_of[static_cast<std::size_t>(node)] = number;
      ++number;
    }
    return between_groups(group_of);
  }

  // At least one pair, so that there is something to see.
  std::vector<Link> random_links(const Order& order, Rng& rng) const {
    std::vector<Link> links;
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j) {
        if (rng.chance(static_cast<std::uint64_t>(shape_.chance_ppm), 1'000'000))
          add_both_ways(links, order[i], order[j]);
      }
    }
    if (links.empty()) add_both_ways(links, order[0], order[1]);
    return links;
  }

  // A link is cut when the first of its ends is cut off, and open again when both have come back.
  std::vector<TimedCut> swizzle(const Order& leaving, Rng& rng) const {
    Order returning = leaving;
    rng.shuffle(returning);
    const auto turn = [](const Order& order, NodeId node) {
      return static_cast<Nanos>(std::find(order.begin(), order.end(), node) - order.begin());
    };
    const auto count = static_cast<Nanos>(leaving.size());
    std::vector<TimedCut> script;
    for (const Link& link : every_link(leaving.size())) {
      const Nanos begin = std::min(turn(leaving, link.from), turn(leaving, link.to));
      const Nanos end = count + std::max(turn(returning, link.from), turn(returning, link.to));
      script.push_back({link, begin * shape_.period, end * shape_.period});
    }
    return script;
  }

  // It may have changed while it was looked at: look again.
  Evidence verify_script(Target& target) const {
    LinkList first;
    for (const TimedCut& timed : script_) {
      if (timed.begin == 0) first.push_back(timed.link);
    }
    Evidence evidence;
    for (int look = 0; look < 5 && !evidence.proved; ++look) evidence = target.network()->probe(first, false);
    evidence.facts.push_back({"changes", target.network()->played()});
    return evidence;
  }

  std::vector<Link> uncut_links(Target& target) const {
    LinkList open = every_link(target.node_names().size());
    std::erase_if(
        open, [this](const Link& link) { return std::binary_search(links_.begin(), links_.end(), link); });
    return open;
  }

  PartitionShape shape_;
  std::vector<Link> links_;
  std::vector<TimedCut> script_;
};

// "NAME", "NAME-NODES", "NAME:REST", "NAME-NODES:REST", taken apart.
struct VariantWords {
  std::string_view nodes;
  std::string_view rest;
};
std::optional<VariantWords> words_after(std::string_view name, std::string_view variant) {
  if (!variant.starts_with(name)) return std::nullopt;
  variant.remove_prefix(name.size());
  VariantWords words;
  const std::size_t colon = variant.find(':', variant.starts_with("-role:") ? 6 : 0);
  if (colon != std::string_view::npos) {
    words.rest = variant.substr(colon + 1);
    if (words.rest.empty()) return std::nullopt;
  }
  words.nodes = variant.substr(0, colon);
  if (words.nodes.empty()) return words;
  if (words.nodes[0] != '-' || words.nodes.size() == 1) return std::nullopt;
  words.nodes.remove_prefix(1);
  return words;
}

// deaf-, mute-, clients-: nodes are wanted, and nothing else.
bool read_nodes(const VariantWords& words, PartitionShape& shape) {
  const auto choice = node_choice(words.nodes);
  if (words.nodes.empty() || !words.rest.empty() || !choice) return false;
  shape.groups = {*choice};
  return true;
}

// flapping and swizzle: a time may be given, and nodes to the former.
bool read_turns(const VariantWords& words, Nanos usual, PartitionShape& shape) {
  const auto period = words.rest.empty() ? std::optional(usual) : parse_duration(words.rest);
  if (!period || *period < 10 * kMillisecond || *period > kMinute) return false;
  shape.period = *period;
  return words.nodes.empty() ||
         (shape.kind == PartitionShape::Kind::flapping && read_nodes({words.nodes, {}}, shape));
}

bool read_chance(const VariantWords& words, PartitionShape& shape) {
  if (!words.nodes.empty()) return false;
  if (words.rest.empty()) return true;
  const auto share = parse_packet_quality("loss:" + std::string(words.rest));
  if (!share || words.rest.find('~') != std::string_view::npos ||
      words.rest.find('+') != std::string_view::npos)
    return false;
  shape.chance_ppm = share->loss_ppm;
  return true;
}

// Nothing when it is none of the kinds that take more than a name.
std::optional<PartitionShape> read_kind(std::string_view variant) {
  using Kind = PartitionShape::Kind;
  constexpr std::array<std::pair<std::string_view, Kind>, 6> kShapeKinds = {{{"deaf", Kind::deaf},
                                                                             {"mute", Kind::mute},
                                                                             {"random", Kind::random},
                                                                             {"clients", Kind::clients},
                                                                             {"flapping", Kind::flapping},
                                                                             {"swizzle", Kind::swizzle}}};
  PartitionShape shape;
  shape.name = variant;
  for (const auto& [name, kind] : kShapeKinds) {
    const auto words = words_after(name, variant);
    if (!words) continue;
    shape.kind = kind;
    const bool nodes = kind == Kind::deaf || kind == Kind::mute || kind == Kind::clients;
    const bool read = nodes                   ? read_nodes(*words, shape)
                      : kind == Kind::random  ? read_chance(*words, shape)
                      : kind == Kind::swizzle ? read_turns(*words, 300 * kMillisecond, shape)
                                              : read_turns(*words, kSecond, shape);
    return read ? std::optional(shape) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<PartitionShape> read_shape(std::string_view variant) {
  using Kind = PartitionShape::Kind;
  PartitionShape shape;
  shape.name = variant;
  if (variant.empty() || std::find(kShapes.begin(), kShapes.end(), variant) != kShapes.end()) return shape;
  if (variant.starts_with("groups:")) {
    const auto groups = read_groups(variant.substr(7));
    shape.kind = Kind::groups;
    shape.groups = groups.value_or(std::vector<NodeChoice>());
    return groups ? std::optional(shape) : std::nullopt;
  }
  if (variant.starts_with("nodes-") && variant.size() > 6) {
    const auto choice = node_choice(variant.substr(6));
    shape.kind = Kind::groups;
    shape.groups = {choice.value_or(NodeChoice())};
    return choice ? std::optional(shape) : std::nullopt;
  }
  if (variant.starts_with("links:")) {
    const auto links = named_links(variant.substr(6));
    shape.kind = Kind::links;
    shape.links = links.value_or(std::vector<NamedLink>());
    return links ? std::optional(shape) : std::nullopt;
  }
  shape.kind = Kind::datacenters;
  return variant == "datacenters" ? std::optional(shape) : read_kind(variant);
}

std::unique_ptr<Fault> make_partition(std::string_view variant) {
  auto shape = read_shape(variant);
  return shape ? std::make_unique<Partition>(*std::move(shape)) : nullptr;
}

}  // namespace

extern const FaultPlugin partition_plugin;
const FaultPlugin partition_plugin = {
    "partition",
    "cuts the network between nodes, or between clients and nodes; proved by probes that are lost on every "
    "cut "
    "link and arrive on every other",
    "network",
    "leader, halves, majorities-ring, bridge, one-way, one, nodes-follower, nodes-2, nodes-n1+n3, "
    "groups:n1+n2/n3+n4+n5, deaf-leader (hears nothing), mute-n1+n2 (is not heard), links:n1>n2+n3>n1, "
    "random, "
    "random:30%, datacenters, clients-leader (clients can't reach it), flapping, flapping-leader:500ms, "
    "swizzle, swizzle:200ms (cut off one by one, back in another order)",
    kPartitionRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.network() == nullptr) return "its network can't be reached";
      if (target.node_names().size() < 2) return "a partition needs at least two nodes";
      return std::nullopt;
    },
    make_partition,
};

}  // namespace assay::nemesis
