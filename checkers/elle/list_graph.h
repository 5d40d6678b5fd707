// The dependencies of a history of lists, one call an edge: ww from a version to the next, wr from a version to those who
// read it, rw from them to the next version.
//
// When several transactions appended to a key and nobody saw it, their order is unknown, but all of them come after what
// was seen. Two chains of virtual nodes over these appends say so with a linear number of edges: one chain reaches all
// appends from a place on, the other all up to a place, so that a transaction which appended unseen itself precedes all
// others but not itself.
//
// Thread safety: const. Complexity: linear in reads and versions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "checkers/elle/edge.h"
#include "checkers/elle/list_history.h"

namespace assay::checkers::elle {

class ListGraph {
 public:
  explicit ListGraph(const ListHistory& lists) : lists_(lists) {
    operations_ = lists.times.size();
    if (lists.open_tails > 0) {
      tail_base_.resize(lists.keys.size());
      for (std::size_t key = 0; key < lists.keys.size(); ++key) {
        const ListHistory::KeyRow& row = lists.keys[key];
        tail_base_[key] = tail_slots_;
        if (row.tail_is_open) tail_slots_ += row.slot_end - lists.ordered_end(row);
      }
    }
    if (!lists.gaps) return;
    next_known_.resize(lists.writer.size());
    previous_known_.resize(lists.writer.size());
    for (const ListHistory::KeyRow& row : lists.keys) {
      std::uint32_t known = kNoSlot;
      for (std::uint32_t slot = row.slot_begin; slot < row.slot_end; ++slot) {
        if (lists.writer[slot] != kNoOp) known = slot;
        previous_known_[slot] = known;
      }
      known = row.slot_end;
      for (std::uint32_t slot = row.slot_end; slot-- > row.slot_begin;) {
        if (lists.writer[slot] != kNoOp) known = slot;
        next_known_[slot] = known;
      }
    }
  }

  // Operations first, then virtual nodes.
  std::uint32_t operations() const { return operations_; }
  std::uint32_t nodes() const { return operations_ + 2 * tail_slots_; }

  // Not fewer than there are edges.
  std::size_t edges_max() const {
    return lists_.writer.size() + lists_.reads.size() * 3 + std::size_t{tail_slots_} * 6;
  }

  // visit(edge): its detail is the slot of the version that `to` wrote, or read for wr.
  template <class Visit>
  void visit_edges(const Visit& visit) const {
    for (std::uint32_t key = 0; key < lists_.keys.size(); ++key) visit_writes(key, visit);
    std::size_t misfit = 0;
    for (std::uint32_t i = 0; i < lists_.reads.size(); ++i) {
      if (misfit < lists_.misfits.size() && lists_.misfits[misfit] == i) {
        ++misfit;
        continue;
      }
      visit_read(lists_.reads[i], visit);
    }
  }

 private:
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  static Edge edge(std::uint32_t from, std::uint32_t to, EdgeKind kind, std::uint32_t key,
                   std::uint32_t slot) {
    return {from, to, kind, Evidence::observed, Strength::plain, key, slot};
  }

  std::uint32_t from_here_on(std::uint32_t key, std::uint32_t slot) const {
    return operations_ + tail_base_[key] + slot - lists_.ordered_end(lists_.keys[key]);
  }
  std::uint32_t up_to_here(std::uint32_t key, std::uint32_t slot) const {
    return from_here_on(key, slot) + tail_slots_;
  }

  template <class Visit>
  void visit_writes(std::uint32_t key, const Visit& visit) const {
    const ListHistory::KeyRow& row = lists_.keys[key];
    const std::uint32_t end = lists_.ordered_end(row);
    OpId before = kNoOp;
    for (std::uint32_t slot = row.slot_begin; slot < end; ++slot) {
      const OpId writer = lists_.writer[slot];
      if (writer == kNoOp) continue;
      if (before != kNoOp && before != writer) visit(edge(before, writer, EdgeKind::ww, key, slot));
      before = writer;
    }
    if (!row.tail_is_open) return;
    if (before != kNoOp) visit_tail(before, EdgeKind::ww, key, visit);
    for (std::uint32_t slot = end; slot < row.slot_end; ++slot) {
      visit(edge(from_here_on(key, slot), lists_.writer[slot], EdgeKind::pass, key, slot));
      visit(edge(up_to_here(key, slot), lists_.writer[slot], EdgeKind::pass, key, slot));
      if (slot + 1 == row.slot_end) break;
      visit(edge(from_here_on(key, slot), from_here_on(key, slot + 1), EdgeKind::pass, key, slot));
      visit(edge(up_to_here(key, slot + 1), up_to_here(key, slot), EdgeKind::pass, key, slot));
    }
  }

  // Edges from an operation to all others that appended to the key unseen.
  template <class Visit>
  void visit_tail(OpId from, EdgeKind kind, std::uint32_t key, const Visit& visit) const {
    const ListHistory::KeyRow& row = lists_.keys[key];
    const std::uint32_t begin = lists_.ordered_end(row);
    // Unseen appends are in the order of their operations.
    const auto first = lists_.writer.begin() + begin;
    const auto last = lists_.writer.begin() + row.slot_end;
    const auto [own, after] = std::equal_range(first, last, from);
    const auto own_begin = begin + static_cast<std::uint32_t>(own - first);
    const auto own_end = begin + static_cast<std::uint32_t>(after - first);
    if (own == after) {
      visit(edge(from, from_here_on(key, begin), kind, key, begin));
      return;
    }
    if (own_begin > begin) visit(edge(from, up_to_here(key, own_begin - 1), kind, key, own_begin - 1));
    if (own_end < row.slot_end) visit(edge(from, from_here_on(key, own_end), kind, key, own_end));
  }

  template <class Visit>
  void visit_read(const ListHistory::Read& read, const Visit& visit) const {
    const ListHistory::KeyRow& row = lists_.keys[read.key];
    std::uint32_t next = row.slot_begin + read.length;
    if (read.length > 0) {
      const std::uint32_t seen = lists_.gaps ? previous_known_[next - 1] : next - 1;
      if (seen != kNoSlot && lists_.writer[seen] != read.op) {
        visit(edge(lists_.writer[seen], read.op, EdgeKind::wr, read.key, seen));
      }
    }
    if (lists_.gaps && next < row.slot_end) next = next_known_[next];
    if (next >= row.slot_end) return;
    if (next >= lists_.ordered_end(row)) {
      visit_tail(read.op, EdgeKind::rw, read.key, visit);
    } else if (lists_.writer[next] != read.op) {
      visit(edge(read.op, lists_.writer[next], EdgeKind::rw, read.key, next));
    }
  }

  const ListHistory& lists_;
  std::uint32_t operations_ = 0;
  std::uint32_t tail_slots_ = 0;
  std::vector<std::uint32_t> tail_base_;   // of each key with an open tail
  std::vector<std::uint32_t> next_known_;  // at or after a slot, of the same key; slot_end when there is none
  std::vector<std::uint32_t> previous_known_;  // at or before a slot
};

}  // namespace assay::checkers::elle
