// What a replica does when nobody asks: gossip, hints, anti-entropy.
#include <algorithm>

#include "targets/refdb/leaderless/leaderless_replica.h"

namespace assay::refdb::leaderless {

namespace {
constexpr std::size_t kHintsAtOnce = 256;
}

// ---- replicas' side of writes, repairs and hints

void LeaderlessReplica::handle_put(PeerId from, Message& message) {
  if (bugs_.put_overwrites && cell_of(message.key) != nullptr && from != config_.self) {
    Cell& cell = cells_[message.key];
    const std::uint64_t before = cell.digest();
    cell = message.cell;
    changed(message.key);
    if (const auto tree = trees_.find(ring_.group_of(message.key)); tree != trees_.end()) {
      tree->second.change(message.key, before, cell.digest());
    }
  } else {
    store(message.key, message.cell);
  }
  if (message.hint_for && *message.hint_for < config_.cluster_size)
    remember_hint(*message.hint_for, message.key);
  Message answer;
  answer.kind = MessageKind::put_answer;
  answer.id = message.id;
  answer.key = message.key;
  send_when_persisted(from, std::move(answer));
}

void LeaderlessReplica::remember_hint(PeerId home, Key key) {
  if (home == config_.self || !hints_.emplace(home, key).second) return;
  ++counters_.hints_stored;
  dirty_hints_.emplace(home, key);
  hints_due_ = std::min(hints_due_, now_.monotonic + settings_.gossip);
}

// To homes that are back. A hint is kept until its home has acknowledged it.
void LeaderlessReplica::deliver_hints() {
  hints_sent_.clear();
  hints_due_ = hints_.empty() ? INT64_MAX : now_.monotonic + settings_.suspect_after;
  std::vector<Hint> due;
  for (const Hint& hint : hints_) {
    if (due.size() < kHintsAtOnce && !gossip_.suspects(hint.first, now_.monotonic)) due.push_back(hint);
  }
  for (const Hint& hint : due) {
    const Cell* cell = cell_of(hint.second);
    if (cell == nullptr) continue;
    Message message;
    message.kind = MessageKind::put;
    message.id = next_id_++;
    message.key = hint.second;
    message.cell = *cell;
    hints_sent_.emplace(message.id, hint);
    if (bugs_.hint_dropped_unread) {
      hints_.erase(hint);
      dirty_hints_.insert(hint);
    }
    send(hint.first, std::move(message));
  }
}

void LeaderlessReplica::hint_acknowledged(std::uint64_t id) {
  const auto found = hints_sent_.find(id);
  if (found == hints_sent_.end()) return;
  ++counters_.hints_delivered;
  hints_.erase(found->second);
  dirty_hints_.insert(found->second);
  hints_sent_.erase(found);
}

// ---- gossip

void LeaderlessReplica::tick_gossip() {
  if (now_.monotonic < gossip_due_) return;
  gossip_due_ = now_.monotonic + settings_.gossip;
  const auto to = gossip_.round(rng_);
  if (!to) return;
  Message message;
  message.kind = MessageKind::gossip;
  message.beats = gossip_.table();
  send(*to, std::move(message));
}

// ---- anti-entropy

// With one other replica of one group, by turns of chance.
void LeaderlessReplica::start_comparison() {
  comparison_due_ = now_.monotonic + settings_.anti_entropy;
  if (settings_.tombstone_life > 0) drop_old_tombstones();
  if (trees_.empty() || settings_.replicas < 2) return;
  auto tree = trees_.begin();
  std::advance(tree, static_cast<std::ptrdiff_t>(rng_.below(trees_.size())));
  const std::vector<PeerId> preference = ring_.preference(tree->first);
  const PeerId other = preference[rng_.below(settings_.replicas)];
  if (other == config_.self) return;
  ++counters_.tree_comparisons;
  ++counters_.tree_hashes_sent;
  Message message;
  message.kind = MessageKind::tree;
  message.group = tree->first;
  message.hashes = {{MerkleTree::kRoot, tree->second.hash(MerkleTree::kRoot)}};
  send(other, std::move(message));
}

// Answers with the halves of what differs, down to the leaves, whose keys are exchanged.
void LeaderlessReplica::compare_trees(PeerId from, const Message& message) {
  const auto tree = trees_.find(message.group);
  if (tree == trees_.end() || !ring_.holds(from, message.group)) {
    ++counters_.dropped.nonsense;
    return;
  }
  Message answer;
  answer.kind = MessageKind::tree;
  answer.group = message.group;
  for (const auto& [node, hash] : message.hashes) {
    if (!MerkleTree::exists(node)) {
      ++counters_.dropped.nonsense;
      return;
    }
    if (tree->second.hash(node) == hash) continue;
    if (MerkleTree::is_leaf(node)) {
      send_leaf(from, message.group, MerkleTree::leaf_number(node), true);
      continue;
    }
    for (const std::uint32_t child : {2 * node, 2 * node + 1}) {
      if (bugs_.tree_skips_half && child == 3) continue;
      if (answer.hashes.size() < kHashesMax) answer.hashes.emplace_back(child, tree->second.hash(child));
    }
  }
  if (answer.hashes.empty()) return;
  counters_.tree_hashes_sent += static_cast<std::int64_t>(answer.hashes.size());
  send(from, std::move(answer));
}

void LeaderlessReplica::send_leaf(PeerId to, Group group, std::uint32_t leaf, bool wants_back) {
  Message message;
  message.kind = MessageKind::cells;
  message.group = group;
  message.leaf = leaf;
  message.wants_back = wants_back;
  for (const Key key : leaves_[group][leaf]) {
    if (message.cells.size() == kCellsMax) break;
    message.cells.emplace_back(key, cells_[key]);
  }
  counters_.tree_cells_sent += static_cast<std::int64_t>(message.cells.size());
  send(to, std::move(message));
}

void LeaderlessReplica::take_cells(PeerId from, const Message& message) {
  if (!trees_.contains(message.group) || message.leaf >= MerkleTree::kLeaves) {
    ++counters_.dropped.nonsense;
    return;
  }
  for (const auto& [key, cell] : message.cells) {
    if (ring_.group_of(key) == message.group) store(key, cell);
  }
  if (message.wants_back) send_leaf(from, message.group, message.leaf, false);
}

// A removed key is forgotten after its time. Who was away for longer brings it back: that is why the time has to be long.
void LeaderlessReplica::drop_old_tombstones() {
  std::vector<Key> old;
  for (const auto& [key, cell] : cells_) {
    const bool is_old = cell.latest().wall + settings_.tombstone_life < now_.wall;
    if (is_old && cell.result().is_nil() && !cell.empty()) old.push_back(key);
  }
  for (const Key key : old) {
    const Group group = ring_.group_of(key);
    if (const auto tree = trees_.find(group); tree != trees_.end()) {
      tree->second.change(key, cells_[key].digest(), 0);
      leaves_[group][MerkleTree::leaf_of(key)].erase(key);
    }
    cells_.erase(key);
    changed(key);
  }
}

}  // namespace assay::refdb::leaderless
