// Whether each process can explain what it read by an order of its own: the writes of all processes, in an
// order that keeps a base order, such that every read of the process returns the last write before it. With
// sessions and the process' own reads-from as base this is PRAM (Lipton & Sandberg 1988; Wei et al.,
// "Verifying PRAM consistency over read/write traces of data replicas", TPDS 2013); with the whole causal
// order it is causal memory (Ahamad et al. 1995).
//
// For each process the smallest relation "happened before" is built that contains the base, and w2 before w1
// whenever a read of the process returns w1's value of a key and w2, which wrote the key too, happened before
// the read. An order exists if and only if that has no cycle and no read of the initial state follows a write
// of its key: the bad patterns CyclicHB and WriteHBInitRead (Bouajjani, Enea, Guerraoui & Hamza, "On
// verifying causal consistency", POPL 2017, section 4): take for each read of the process what happened
// before it and is not placed yet. Only what the process read from has a past that the rule extends, so one
// clock for each of those suffices.
//
// Thread safety: none. Complexity: n * k for each round of n mops and k sessions; two rounds where nothing
// odd is found.
#pragma once

#include <vector>

#include "checkers/transactions/causal_scan.h"

namespace assay::checkers {

enum class ViewLevel : std::uint8_t { pram, causal_memory };
std::string_view view_level_name(ViewLevel level);

// `before` must be before `after` in the view, for `reader` read `after`'s value of the key though `before`
// is in its past.
struct ViewEdge {
  TransactionId before = kNobody;
  TransactionId after = kNobody;
  TransactionId reader = kNobody;
  KeyId key = 0;
};

struct ViewViolation {
  SessionId session = 0;
  bool initial = false;  // reader read the initial value of the key, which `writer` overwrote before
  TransactionId writer = kNobody;  // initial: see above; else a transaction that must be before itself
  TransactionId reader = kNobody;
  KeyId key = 0;
  std::vector<ViewEdge> edges;  // what the rule gave, each following from those before it
};

class ProcessViews : private CausalScan {
 public:
  // `order` as in CausalScan; not used for pram. The graph of `inference` is not touched.
  ProcessViews(const RegisterHistory& history, const std::vector<TransactionId>& order, ViewLevel level,
               Inference& inference)
      : CausalScan(history, order, true, inference), level_(level) {}

  // False when the budget is spent. Finds at most one violation for each session, and at most `most`.
  bool run(std::size_t most, std::vector<ViewViolation>& found);
  std::uint64_t rounds() const { return rounds_; }

 private:
  // A transaction that the process read from; its past, itself not included, is a row of pasts_.
  struct Node {
    std::size_t column = 0;
    Count after = 0;   // writes of its session up to its end
    Count before = 0;  // and up to its beginning
    TransactionId id = kNobody;
  };

  bool look_at(SessionId session, std::vector<ViewViolation>& found);
  void gather_nodes(std::span<const ReadEvent> reads);
  bool one_round(std::span<const ReadEvent> reads, bool& changed, ViewViolation& violation);
  bool judge_view(const ReadEvent& read, bool& changed, ViewViolation& violation);
  void widen_view(std::size_t column, Count to);
  void merge_view(const Count* past);
  bool close(Count* past);
  const Node* latest_node(std::size_t column, Count count) const;
  Count* past_of(const Node& node) {
    return pasts_.data() + static_cast<std::size_t>(&node - nodes_.data()) * width_;
  }
  const Count* past_of(const Node& node) const {
    return pasts_.data() + static_cast<std::size_t>(&node - nodes_.data()) * width_;
  }
  bool find_cycle(ViewViolation& violation) const;

  ViewLevel level_;
  std::uint64_t rounds_ = 0;
  std::vector<Node> nodes_;                // by column, then by place in the session
  std::vector<std::uint32_t> node_begin_;  // by column
  std::vector<std::uint32_t> node_of_;     // by transaction
  std::vector<std::uint32_t> by_read_;     // nodes in the order in which the process read from them
  std::vector<Count> looked_up_;
  std::vector<Count> pasts_;
  std::vector<std::uint32_t> passed_;  // by column: nodes that are in view
  std::vector<ViewEdge> edges_;
};

}  // namespace assay::checkers
