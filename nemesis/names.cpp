// Fault "names": nodes find one another by name, and looking the names up goes wrong.
//   missing, missing-leader        there are no such names
//   silent, silent-minority        nobody answers for these names
//   wrong, wrong-n1+n3             they lead to another node: the next one, but not the one that asks where there is a third
//   nowhere, nowhere-follower      they lead to an address where nobody is
//   silent-at-leader, wrong-at-n2  for the nodes said, all names of others are in trouble; for the rest none is
//   missing-leader:reset           and the connections for which these names are needed are reset, so that they are needed at once
//
// A name is needed where a connection is made: what is connected stays. Without ":reset" nothing happens to a database until
// its nodes or connections do, which makes this a fault to be combined with others.
//
// Verified by looking the names up on the nodes, as programs there do.
//
// A budget of nodes counts those chosen: they may be out of reach for the others, or the others for them.
#include <array>
#include <utility>

#include "nemesis/links.h"

namespace assay::nemesis {

namespace {

struct Confusion {
  NameTrouble trouble = NameTrouble::missing;
  bool at = false;  // of all names at the nodes, instead of the nodes' names everywhere
  bool reset = false;
  NodeChoice nodes{.selector = Selector::all};
};

class ConfusedNames final : public Fault {
 public:
  ConfusedNames(std::string_view variant, Confusion confusion)
      : variant_(variant), confusion_(std::move(confusion)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (target.node_names().size() < 2) return "names between nodes need at least two of them";
    if (confusion_.reset && target.connections() == nullptr)
      return "connections can't be reset there: without \":reset\" names can be in trouble, too";
    return refuse_choice(target, confusion_.nodes);
  }

  Injection inject(Target& target, Rng& rng) override {
    const std::vector<NodeId> nodes = choose_nodes(target, rng, confusion_.nodes);
    const std::size_t count = target.node_names().size();
    links_ = links_at(nodes, every_link(count), confusion_.at, !confusion_.at);
    for (const Link& link : links_)
      names_.push_back({link, confusion_.trouble, instead_of(link, static_cast<NodeId>(count))});
    target.names()->trouble(names_);
    if (confusion_.reset) {
      ended_before_ = target.connections()->ended();
      target.connections()->reset(links_, 0);
    }
    return {nodes, {{"variant", Value::text(variant_)}, {"names", links_text(target, links_)}}};
  }

  Evidence verify(Target& target) override {
    Evidence evidence = target.names()->look_up_troubled(names_);
    evidence.facts.push_back({"mechanism", Value::text(target.names()->mechanism())});
    if (confusion_.reset) {
      const std::int64_t ended = target.connections()->ended() - ended_before_;
      evidence.proved = evidence.proved && ended > 0;
      evidence.facts.push_back({"connections-ended", ended});
    }
    misled_by_probes_ = target.names()->misled();
    return evidence;
  }

  Evidence heal(Target& target) override {
    // What came after the proof was asked by the database.
    const std::int64_t misled = target.names()->misled() - misled_by_probes_;
    target.names()->heal();
    Evidence evidence{true, {}};
    if (!links_.empty()) evidence = target.names()->look_up(links_);
    evidence.facts.push_back({"questions-of-the-database", std::max<std::int64_t>(misled, 0)});
    return evidence;
  }

 private:
  static NodeId instead_of(const Link& link, NodeId count) {
    NodeId other = (link.to + 1) % count;
    if (other == link.from) other = (other + 1) % count;
    return other == link.to ? link.from : other;
  }

  std::string variant_;
  Confusion confusion_;
  LinkList links_;
  std::vector<TroubledName> names_;
  std::int64_t misled_by_probes_ = 0;
  std::int64_t ended_before_ = 0;  // by somebody else
};

std::optional<Confusion> read_confusion(std::string_view variant) {
  constexpr std::string_view kReset = ":reset";
  Confusion confusion;
  if (variant.ends_with(kReset)) {
    confusion.reset = true;
    variant.remove_suffix(kReset.size());
  }
  const std::string_view word = variant.substr(0, variant.find('-'));
  constexpr std::array<std::string_view, 4> kWords = {"missing", "silent", "wrong", "nowhere"};
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  confusion.trouble = static_cast<NameTrouble>(found - kWords.begin());
  variant.remove_prefix(word.size());
  if (variant.empty()) return confusion;
  variant.remove_prefix(1);
  if (variant.starts_with("at-")) {
    confusion.at = true;
    variant.remove_prefix(3);
  }
  if (variant.empty()) return std::nullopt;
  const auto nodes = node_choice(variant);
  if (!nodes) return std::nullopt;
  confusion.nodes = *nodes;
  return confusion;
}

constexpr std::array<std::string_view, 5> kNameRotation = {"missing-leader:reset", "wrong-at-one:reset",
                                                           "nowhere-minority:reset", "silent-at-leader:reset",
                                                           "silent"};

}  // namespace

extern const FaultPlugin names_plugin;
const FaultPlugin names_plugin = {
    "names",
    "the names by which nodes find one another can't be found, get no answer, or lead to another node or to "
    "nobody, "
    "everywhere or at some nodes; proved by looking them up at the nodes",
    "names",
    "missing, silent, wrong (another node's address), nowhere (nobody's); each also of chosen nodes' names: "
    "missing-leader, wrong-n1+n3; of all names at chosen nodes: silent-at-leader; and after resetting the "
    "connections that need them: missing-leader:reset",
    kNameRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.names() == nullptr)
        return "its nodes don't find one another by name (refdb and etcd on hosts do with --option "
               "addressing=name)";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      auto confusion = read_confusion(variant.empty() ? kNameRotation.front() : variant);
      return confusion ? std::make_unique<ConfusedNames>(variant, *std::move(confusion)) : nullptr;
    },
};

}  // namespace assay::nemesis
