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
// verifying causal consistency", POPL 2017, section 4): take for each operation of the process what happened
// before it and is not placed yet.
//
// Each transaction has a stage: the first operation of the process that it happened before. Relations lead to
// the same stage or a later one, so stages only ever go down while relations are found, and cycles lie within
// one. A write needs one relation for its key only: to the source of the first read from its stage on that
// returns something else, for the sources of later reads follow from that one in turn. And a cycle has to go
// back in the order of invocation somewhere, so only what goes back is looked at.
//
// Thread safety: none. Complexity: n * k for n mops and k sessions, times the logarithm of the reads of a key by
// one process, as long as stages do not go down often. Memory: 16 bytes a transaction, 24 a relation of one
// process.
#pragma once

#include <vector>

#include "checkers/common/limits.h"
#include "checkers/transactions/commit_graph.h"

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

class ProcessViews {
 public:
  // Requires: for causal memory, sessions and reads-from have no cycle.
  ProcessViews(const RegisterHistory& history, ViewLevel level, Limits& limits)
      : history_(history), level_(level), limits_(limits), charge_(limits) {}

  // False when the budget is spent. Finds at most one violation for each session, and at most `most`. With
  // `orders`, and where nothing is found: by session an order that explains it, of all writes and its own
  // operations, for causal memory of everything.
  bool run(std::size_t most, std::vector<ViewViolation>& found,
           std::vector<std::vector<TransactionId>>* orders = nullptr);
  std::uint64_t inferred() const { return inferred_; }

 private:
  static constexpr std::uint32_t kNoStage = ~std::uint32_t{0};
  struct Place {
    std::uint32_t stage = kNoStage;  // positions in the session
    std::uint32_t edge = kNobody;    // the last of those that lead here
  };
  struct OwnRead {
    std::uint32_t stage = 0;
    TransactionId source = kNobody;
    std::uint32_t other = 0;  // the next read of the key that returns something else; the row's end: none
  };
  struct Work {
    TransactionId id = kNobody;
    std::uint32_t stage = 0;
  };

  void find_previous();
  bool look_at(SessionId session);
  void gather_reads();
  bool lower(TransactionId first, std::uint32_t stage);
  void lower_causes(TransactionId id, std::uint32_t stage);
  void note_write(TransactionId id, KeyId key, std::uint32_t visible_from);
  bool find_cycle();
  bool visit(TransactionId root, std::uint32_t stage, std::vector<TransactionId>* order);
  bool make_order(std::vector<TransactionId>& order);
  bool failed() const { return violation_.writer != kNobody; }
  bool keeps(TransactionId id) const {
    return session_ == history_.session(id) || level_ == ViewLevel::causal_memory;
  }

  // Calls with everything that comes right before a transaction.
  template <class Visit>
  void each_before(TransactionId id, Visit visit_one) const {
    if (previous_[id] != kNobody) visit_one(previous_[id]);
    if (keeps(id)) {
      for (const RegisterMop& mop : history_.mops(id)) {
        if (reads_from_other(mop, id)) visit_one(mop.source);
      }
    }
    for (std::uint32_t at = places_[id].edge; at != kNobody; at = next_[at]) visit_one(edges_[at].before);
  }

  const RegisterHistory& history_;
  ViewLevel level_;
  Limits& limits_;
  Charge charge_;
  std::uint64_t inferred_ = 0;
  std::size_t steps_ = 0;
  std::vector<TransactionId> previous_;  // in its session, that counts
  std::vector<std::uint32_t> rows_;      // by key: its row, kNobody where the session does not read it

  // Of the session at hand.
  SessionId session_ = 0;
  std::vector<Place> places_;             // by transaction
  std::vector<std::uint32_t> row_begin_;  // reads by key, in order
  std::vector<OwnRead> reads_;
  std::vector<ViewEdge> edges_;
  std::vector<std::uint32_t> next_;       // of an edge: the one before it that leads to the same
  std::vector<TransactionId> backwards_;  // what follows something that was invoked later
  std::vector<Work> work_;
  std::vector<std::uint8_t> colors_;  // by transaction, while cycles are looked for or an order is made
  ViewViolation violation_;
};

}  // namespace assay::checkers
