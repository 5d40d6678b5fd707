// A text that replicas edit without a server: a sequence CRDT of the Fugue kind (Weidner & Kleppmann, "The art of the
// Fugue: minimizing interleaving in collaborative text editing", 2023). Every byte is a node of a tree, to the left or
// right of its parent, and named by a dot; the text is the tree in order. What two replicas type at one place
// concurrently stays together, instead of being interleaved byte by byte.
//
// An erased byte stays as a tombstone: others may hang their text on it. A delta is a set of new nodes and a set of
// erased ones; a node that arrives before its parent waits.
//
// Thread safety: none. Errors: decoding is total; a node that contradicts one that is there (same name, other
// content) is dropped. Complexity: linear in the nodes for an edit or a merge of few bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/clocks/version_vector.h"

namespace assay::refdb::text {

using clocks::ActorId;
using clocks::Dot;

class Sequence {
 public:
  // Each updates this and returns the delta that other replicas merge. Requires: the position (and position + count)
  // is within the text.
  Sequence insert(ActorId actor, std::size_t position, std::string_view bytes);
  Sequence erase(std::size_t position, std::size_t count);
  void merge(const Sequence& other);

  std::string text() const;
  std::size_t size() const { return visible_; }
  bool untouched() const { return nodes_.empty() && early_.empty() && erased_.empty(); }
  std::size_t tombstones() const { return nodes_.size() - visible_; }

  void write(wire::Writer& writer) const;
  static Sequence read(wire::Reader& reader);
  // The same nodes, erased ones and text.
  friend bool operator==(const Sequence& a, const Sequence& b);

 private:
  enum class Side : std::uint8_t { left, right };
  struct Node {
    Dot parent;  // of counter 0: the root
    Side side = Side::right;
    char byte = 0;
    friend bool operator==(const Node&, const Node&) = default;
  };
  struct Children {
    std::set<Dot> left, right;
  };

  Dot next_dot(ActorId actor) const;
  // In the order of the text; the index at which the node is.
  std::size_t place_of(const Dot& dot) const;
  // The index in order_ of the byte at that position; the end for the position after the last one.
  std::size_t place_at(std::size_t position) const;
  bool accept(const Dot& dot, const Node& node);
  void place(const Dot& dot, const Node& node);
  void place_early();

  std::map<Dot, Node> nodes_;
  std::map<Dot, Children> children_;
  std::vector<Dot> order_;     // every node of nodes_, as in the text
  std::map<Dot, Node> early_;  // their parents are not there yet
  std::set<Dot> erased_;       // may name nodes that are not there yet
  std::size_t visible_ = 0;
};

}  // namespace assay::refdb::text
