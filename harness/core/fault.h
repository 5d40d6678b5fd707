// A fault: one way to hurt a database. Each lives in one file of nemesis/, exported as a FaultPlugin. A Fault
// object serves one fault window and keeps what it chose between inject and heal.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/rng.h"
#include "harness/core/target.h"

namespace assay {

// Which nodes to hurt. `any` lets the fault choose; `follower` is one that runs and does not lead, `followers` are
// all of those.
enum class Selector : std::uint8_t { any, one, minority, majority, leader, follower, followers, all };
std::string_view selector_name(Selector selector);
std::optional<Selector> selector_from_name(std::string_view name);

// What a variant may say about nodes: a selector, how many ("2"), which ("n3", "n1+n4"), or the role that they play in the database
// ("role:sync-follower").
struct NodeChoice {
  Selector selector = Selector::any;
  std::size_t count = 0;           // not 0: so many, at random
  std::vector<std::string> names;  // not empty: these
  std::string role;                // not empty: those
};

struct Injection {
  std::vector<NodeId> nodes;  // hurt
  Facts value;                // what was chosen, for the history
  // What counts against a budget of nodes, when that is not `nodes`: those of a partition are all that lost a link.
  std::optional<std::vector<NodeId>> counted = {};
};

class Fault {
 public:
  virtual ~Fault() = default;
  // Why this variant can't hurt this target ("it has no node n9"); nothing when it can. Asked before anything starts.
  virtual std::optional<std::string> refusal(Target&) const { return std::nullopt; }
  // Chooses by `rng` and brings the fault into force. An empty `nodes` means that there was nothing to hurt.
  virtual Injection inject(Target& target, Rng& rng) = 0;
  // Measures the effect. Called right after inject().
  virtual Evidence verify(Target& target) = 0;
  // Undoes it and measures that it is gone. Idempotent; also called when inject() or verify() threw.
  virtual Evidence heal(Target& target) = 0;
};

struct FaultPlugin {
  std::string_view name;
  std::string_view summary;
  // Two windows of the same resource never overlap: "network", "process", "clock".
  std::string_view resource;
  // Shapes and selectors that --nemesis accepts after the name, e.g. "partition-leader"; for help.
  std::string_view variants;
  // What a bare name goes through in one run: the first, which tells most, first of all, then all in random order, again
  // and again. Empty: the fault chooses by itself.
  std::span<const std::string_view> rotation;
  // Why this target can't be hurt so; nothing when it can.
  std::optional<std::string> (*unavailable)(Target& target);
  // `variant` is the text after "name-", empty for the fault's own choice. Null: no such variant.
  std::unique_ptr<Fault> (*make)(std::string_view variant);
  // A schedule may put several windows of this resource in force at once, each healing what it hurt itself.
  bool may_overlap = false;
};

// Nothing when the text is no choice of nodes; Selector::any for the empty text.
std::optional<NodeChoice> node_choice(std::string_view variant);

// `leader` falls back to one random node when no leader is known; a role that nobody plays gives no node. Sorted. Keeps to the
// target's choice_terms(): of more nodes than may be hurt some are left out at random, those first that are not hurt yet.
std::vector<NodeId> choose_nodes(Target& target, Rng& rng, const NodeChoice& choice);

// As Target::leader() and nodes_in_role(), but a window that is repeated is told what it was told the first time. Faults ask
// in this way.
std::optional<NodeId> ask_leader(Target& target);
std::vector<NodeId> ask_role(Target& target, const std::string& role);

// The fewest nodes without which no two others are kept from each other by these links: what a partition costs. Sorted.
// Complexity: exact up to 16 nodes (2^nodes); beyond that by taking the node with most links again and again.
std::vector<NodeId> fewest_to_spare(const std::vector<Link>& cut, std::size_t nodes);

// Why this target can't offer that choice ("it has no node n9"); nothing when it can.
std::optional<std::string> refuse_choice(const Target& target, const NodeChoice& choice);

}  // namespace assay
