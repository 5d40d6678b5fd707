#include "targets/refdb/text/sequence.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"

namespace assay::refdb::text {

namespace {

const std::set<Dot> kNone;

}  // namespace

Dot Sequence::next_dot(ActorId actor) const {
  std::uint64_t last = 0;
  for (const auto* nodes : {&nodes_, &early_}) {
    const auto after = nodes->upper_bound({actor, ~std::uint64_t{0}});
    if (after != nodes->begin() && std::prev(after)->first.actor == actor) {
      last = std::max(last, std::prev(after)->first.counter);
    }
  }
  return {actor, last + 1};
}

std::size_t Sequence::place_of(const Dot& dot) const {
  return static_cast<std::size_t>(std::find(order_.begin(), order_.end(), dot) - order_.begin());
}

std::size_t Sequence::place_at(std::size_t position) const {
  for (std::size_t place = 0; place < order_.size(); ++place) {
    if (erased_.contains(order_[place])) continue;
    if (position == 0) return place;
    --position;
  }
  ASSAY_ASSERT(position == 0);
  return order_.size();
}

// The first byte goes to the right of its left neighbour, or, where something is there already, to the left of
// the node that follows; the others each to the right of the one before.
Sequence Sequence::insert(ActorId actor, std::size_t position, std::string_view bytes) {
  ASSAY_ASSERT(position <= visible_);
  Sequence delta;
  if (bytes.empty()) return delta;
  Node node;
  if (position > 0) node.parent = order_[place_at(position - 1)];
  const auto children = children_.find(node.parent);
  if (children != children_.end() && !children->second.right.empty()) {
    const std::size_t after = position > 0 ? place_of(node.parent) + 1 : 0;
    node = {order_[after], Side::left, 0};
  }
  Dot dot = next_dot(actor);
  for (const char byte : bytes) {
    node.byte = byte;
    delta.accept(dot, node);
    accept(dot, node);
    node = {dot, Side::right, 0};
    ++dot.counter;
  }
  return delta;
}

Sequence Sequence::erase(std::size_t position, std::size_t count) {
  ASSAY_ASSERT(position <= visible_ && count <= visible_ - position);
  Sequence delta;
  for (std::size_t place = place_at(position); delta.erased_.size() < count; ++place) {
    if (!erased_.contains(order_[place])) delta.erased_.insert(order_[place]);
  }
  merge(delta);
  return delta;
}

void Sequence::merge(const Sequence& other) {
  bool any = false;
  // In the order of names: of one actor a parent comes before its children.
  for (const auto* nodes : {&other.nodes_, &other.early_}) {
    for (const auto& [dot, node] : *nodes) any = accept(dot, node) || any;
  }
  if (any) place_early();
  for (const Dot& dot : other.erased_) {
    if (erased_.insert(dot).second && nodes_.contains(dot)) --visible_;
  }
}

// True when nodes that waited may have their parents now.
bool Sequence::accept(const Dot& dot, const Node& node) {
  if (nodes_.contains(dot)) return false;
  if (node.parent.counter > 0 && !nodes_.contains(node.parent)) {
    early_.emplace(dot, node);
    return false;
  }
  early_.erase(dot);
  place(dot, node);
  return !early_.empty();
}

void Sequence::place_early() {
  for (bool again = true; again;) {
    again = false;
    for (auto waiting = early_.begin(); waiting != early_.end();) {
      if (!nodes_.contains(waiting->second.parent)) {
        ++waiting;
        continue;
      }
      place(waiting->first, waiting->second);
      waiting = early_.erase(waiting);
      again = true;
    }
  }
}

// A new node has no children, so its place follows from its siblings: after everything below the one before it, or
// before everything below the one after it.
void Sequence::place(const Dot& dot, const Node& node) {
  Children& family = children_[node.parent];
  std::set<Dot>& siblings = node.side == Side::right ? family.right : family.left;
  const auto self = siblings.insert(dot).first;
  const auto below = [this](const Dot& of, Side side) -> const std::set<Dot>& {
    const auto found = children_.find(of);
    if (found == children_.end()) return kNone;
    return side == Side::right ? found->second.right : found->second.left;
  };
  std::size_t at = 0;
  if (node.side == Side::right && self != siblings.begin()) {
    Dot last = *std::prev(self);
    while (!below(last, Side::right).empty()) last = *below(last, Side::right).rbegin();
    at = place_of(last) + 1;
  } else if (node.side == Side::right) {
    at = node.parent.counter > 0 ? place_of(node.parent) + 1 : 0;
  } else if (std::next(self) != siblings.end()) {
    Dot first = *std::next(self);
    while (!below(first, Side::left).empty()) first = *below(first, Side::left).begin();
    at = place_of(first);
  } else {
    // The root has no place; what is to its left is before all that is to its right.
    at = place_of(node.parent);
  }
  order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(std::min(at, order_.size())), dot);
  nodes_.emplace(dot, node);
  if (!erased_.contains(dot)) ++visible_;
}

std::string Sequence::text() const {
  std::string result;
  result.reserve(visible_);
  for (const Dot& dot : order_) {
    if (!erased_.contains(dot)) result += nodes_.at(dot).byte;
  }
  return result;
}

bool operator==(const Sequence& a, const Sequence& b) {
  return a.nodes_ == b.nodes_ && a.early_ == b.early_ && a.erased_ == b.erased_ && a.order_ == b.order_;
}

void Sequence::write(wire::Writer& writer) const {
  writer.number(nodes_.size() + early_.size());
  for (const auto* nodes : {&nodes_, &early_}) {
    for (const auto& [dot, node] : *nodes) {
      clocks::write_dot(writer, dot);
      writer.number(node.parent.actor);
      writer.number(node.parent.counter);
      writer.byte(static_cast<std::uint8_t>(node.side));
      writer.byte(static_cast<std::uint8_t>(node.byte));
    }
  }
  writer.number(erased_.size());
  for (const Dot& dot : erased_) clocks::write_dot(writer, dot);
}

Sequence Sequence::read(wire::Reader& reader) {
  Sequence result;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const Dot dot = clocks::read_dot(reader);
    Node node;
    node.parent.actor = reader.number();
    node.parent.counter = reader.number();
    const std::uint8_t side = reader.byte();
    node.side = static_cast<Side>(side);
    node.byte = static_cast<char>(reader.byte());
    const bool root_has_a_name = node.parent.counter == 0 && node.parent.actor != 0;
    // The root has a right side only.
    const bool left_of_root = node.parent.counter == 0 && node.side == Side::left;
    if (side > 1 || root_has_a_name || left_of_root || node.parent == dot) reader.fail();
    if (reader.ok()) result.accept(dot, node);
  }
  result.place_early();
  const std::uint64_t erased = reader.number();
  for (std::uint64_t i = 0; i < erased && reader.ok(); ++i) {
    const Dot dot = clocks::read_dot(reader);
    if (!result.erased_.empty() && !(*result.erased_.rbegin() < dot)) reader.fail();
    if (reader.ok()) result.erased_.insert(dot);
  }
  if (!reader.ok()) return {};
  for (const Dot& dot : result.erased_) {
    if (result.nodes_.contains(dot)) --result.visible_;
  }
  return result;
}

}  // namespace assay::refdb::text
