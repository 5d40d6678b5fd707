// Depth-first search for a linearization of one object, "just in time": an operation takes effect only when
// some operation returns that needs it.
//
// A configuration is the object's state, what is still owed by the operations in flight, and which operations
// of unknown outcome were spent. Walking the time line (sweep.h), a configuration only branches where an
// operation returns that it still owes ("forced"): there it tries the sequences of effects that end with the
// forced one. Any linearization can be delayed until it has this shape (Lowe, "Testing for linearizability",
// 2017, section 4), so nothing is lost. Every configuration is remembered with the return at which it was met
// (Wing & Gong 1993, with Lowe's memo), and one that another dominates, that is, which owes more and spent
// more in the same state, is dropped. Since only operations in flight appear in a configuration, a moment
// without any splits the history by itself: all that crosses it is a state.
//
// What an effect is, and which effects are worth trying, is up to the Rules (register_rules.h,
// transaction_rules.h).
//
// Thread safety: none; one search per object and thread. Errors: none; a spent budget ends in `unknown`.
// Complexity: linear in operations for histories whose concurrency does not mislead it; in the worst case
// exponential in the operations in flight (the problem is NP-complete, Gibbons & Korach 1997).
// Memory: 48 bytes a configuration at up to 64 operations in flight, and 16 for those with several
// successors; 4 bytes an operation for the memo.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/slot_bits.h"
#include "checkers/linearizability/sweep.h"
#include "harness/core/assert.h"
#include "harness/core/checker.h"

namespace assay::checkers {

template <std::size_t Words>
struct Configuration {
  std::uint32_t state = 0;
  std::uint32_t infos = 0;  // number of a set of spent info operations (info_sets.h)
  SlotBits<Words> open;     // in flight, and still owed: must take effect before its return
  SlotBits<Words> used;     // in flight, not owed, and no longer available as a source of its value
};

// Operations that took effect, visibly, just before the return at `position`; kNone where there is none.
// `first` is a write that set the scene for `second`, or stands alone.
struct Effect {
  std::uint32_t position = 0;
  std::uint32_t first = kNone;
  std::uint32_t second = kNone;
};

struct SearchResult {
  Verdict verdict = Verdict::unknown;
  std::uint64_t configurations = 0;
  // The way to the end when valid; else to one of the configurations that got furthest.
  std::vector<Effect> effects;
  // When not valid: the operation whose return no configuration got past, or kNone. When invalid, the
  // operations that returned before it can be linearized, and with it they cannot.
  std::uint32_t stuck_at = kNone;
};

struct SearchOptions {
  std::uint64_t configurations_max = UINT64_MAX;
  bool want_effects = false;
};

template <typename Rules, std::size_t Words>
class JitSearch {
 public:
  using Config = Configuration<Words>;

  JitSearch(const Sweep& sweep, Rules& rules, Limits& limits)
      : sweep_(sweep), rules_(rules), limits_(limits), charge_(limits), heads_(sweep.slot_of.size(), kNone) {
    charge_.grow(heads_.size() * sizeof(std::uint32_t));
    // Chunks of an eighth of the operations, but not larger than a mebibyte.
    const auto most = static_cast<std::uint32_t>(std::bit_width((std::size_t{1} << 20) / sizeof(Node)) - 1);
    chunk_bits_ = std::clamp<std::uint32_t>(
        static_cast<std::uint32_t>(std::bit_width(sweep.slot_of.size() / 8)), 4, std::clamp(most, 4u, 12u));
  }

  SearchResult run(const SearchOptions& options) {
    SearchResult result;
    push(Pending{rules_.initial(), {}, kNone, true});
    bool root = true;
    std::uint64_t steps = 0;
    while (!stack_.empty() || !others_.empty()) {
      if (starved_ || ((steps++ & 127) == 0 && limits_.spent()))
        return finish(result, Verdict::unknown, options);
      if (nodes_ >= options.configurations_max) return finish(result, Verdict::unknown, options);
      if (stack_.empty() || (!others_.empty() && others_.back().stacked == stack_.size())) {
        push_others();
        continue;
      }
      Pending next = stack_.back();
      stack_.pop_back();
      move_to(next.effect.position);
      if (next.satisfied) {
        if (!root) step_over_return(next.config);
        root = false;
        if (!advance(next.config)) {
          last_ = {next.parent, next.effect};
          return finish(result, Verdict::valid, options);
        }
      }
      const std::uint32_t forced = sweep_.events[cursor_] >> 1;
      const std::uint32_t node = remember(next, forced);
      if (node != kNone) expand(next.config, node, forced);
    }
    return finish(result, starved_ ? Verdict::unknown : Verdict::invalid, options);
  }

 private:
  struct Node {
    Config config;
    std::uint32_t parent;
    std::uint32_t next;      // of the same level
    std::uint32_t position;  // where the effect took place: the parent's level
    std::uint32_t first, second;
  };
  struct Pending {
    Config config;
    Effect effect;
    std::uint32_t parent;
    bool satisfied;  // what was forced at effect.position is done
  };

  // The successors of a node but the first: found again when they are wanted, which is seldom, rather than
  // kept.
  struct Others {
    std::uint32_t node;
    std::uint32_t position;  // the return that it was met at
    std::size_t stacked;     // how many were pending below them
  };

  Node& node_at(std::uint32_t index) {
    return chunks_[index >> chunk_bits_][index & ((std::uint32_t{1} << chunk_bits_) - 1)];
  }

  void push(const Pending& pending) {
    if (!make_room(stack_, 1, limits_, charge_)) {
      starved_ = true;
      return;
    }
    stack_.push_back(pending);
  }

  // Moves the cursor, without a configuration: only the Rules' view of what is in flight follows.
  void move_to(std::uint32_t position) {
    while (cursor_ > position) {
      const std::uint32_t event = sweep_.events[--cursor_];
      if ((event & 1) != 0) {
        rules_.enter(event >> 1);
      } else {
        rules_.leave(event >> 1);
      }
    }
    ASSAY_ASSERT(cursor_ == position);
  }

  void step_over_return(Config& config) {
    const std::uint32_t op = sweep_.events[cursor_] >> 1;
    rules_.depart(config, op);
    config.open.clear(sweep_.slot_of[op]);
    config.used.clear(sweep_.slot_of[op]);
    rules_.leave(op);
    ++cursor_;
  }

  // To the next return of an operation that is still owed, or may still be wanted; false when there is none.
  bool advance(Config& config) {
    while (cursor_ < sweep_.events.size()) {
      const std::uint32_t event = sweep_.events[cursor_];
      if ((event & 1) == 0) {
        rules_.enter(event >> 1);
        rules_.invoke(config, event >> 1);
        ++cursor_;
        continue;
      }
      if (config.open.test(sweep_.slot_of[event >> 1])) return true;
      if (rules_.last_chance(config, event >> 1)) return true;
      step_over_return(config);
    }
    return false;
  }

  // The number of the new node, or kNone if one like it or better was met before.
  std::uint32_t remember(const Pending& found, std::uint32_t forced) {
    std::uint32_t previous = kNone;
    for (std::uint32_t at = heads_[forced]; at != kNone;) {
      Node& known = node_at(at);
      if (known.config.state == found.config.state && rules_.dominates(known.config, found.config, cursor_)) {
        // What was useful once is likely to be again: to the front with it.
        if (previous != kNone) {
          node_at(previous).next = known.next;
          known.next = heads_[forced];
          heads_[forced] = at;
        }
        return kNone;
      }
      previous = at;
      at = known.next;
    }
    if ((nodes_ & ((std::uint32_t{1} << chunk_bits_) - 1)) == 0) {
      if (!limits_.fits(sizeof(Node) << chunk_bits_)) {
        starved_ = true;
        return kNone;
      }
      charge_.grow((sizeof(Node) << chunk_bits_) + sizeof(void*));
      chunks_.push_back(std::make_unique_for_overwrite<Node[]>(std::size_t{1} << chunk_bits_));
    }
    const auto index = static_cast<std::uint32_t>(nodes_++);
    node_at(index) = Node{found.config,          found.parent,       heads_[forced],
                          found.effect.position, found.effect.first, found.effect.second};
    heads_[forced] = index;
    if (furthest_ == kNone || cursor_ > furthest_position_) {
      furthest_ = index;
      furthest_position_ = cursor_;
    }
    return index;
  }

  // The Rules offer the most promising first: that one is pending, the others come later.
  void expand(const Config& config, std::uint32_t node, std::uint32_t forced) {
    const std::size_t bottom = stack_.size();
    bool first = true;
    bool more = false;
    rules_.successors(config, forced, cursor_,
                      [&](const Config& next, std::uint32_t one, std::uint32_t two, bool satisfied) {
                        if (first) push(Pending{next, {cursor_, one, two}, node, satisfied});
                        more = !first;
                        first = false;
                      });
    if (!more) return;
    if (!make_room(others_, 1, limits_, charge_)) {
      starved_ = true;
      return;
    }
    others_.push_back({node, cursor_, bottom});
  }

  void push_others() {
    const Others others = others_.back();
    others_.pop_back();
    move_to(others.position);
    const Config config = node_at(others.node).config;
    bool first = true;
    rules_.successors(config, sweep_.events[cursor_] >> 1, cursor_,
                      [&](const Config& next, std::uint32_t one, std::uint32_t two, bool satisfied) {
                        if (!first) push(Pending{next, {cursor_, one, two}, others.node, satisfied});
                        first = false;
                      });
    // The stack gives back the last.
    std::reverse(stack_.begin() + static_cast<std::ptrdiff_t>(others.stacked), stack_.end());
  }

  SearchResult finish(SearchResult& result, Verdict verdict, const SearchOptions& options) {
    result.verdict = verdict;
    result.configurations = nodes_;
    std::uint32_t at = furthest_;
    if (verdict == Verdict::valid) {
      at = last_.first;
      if (at != kNone && options.want_effects) result.effects.push_back(last_.second);
    } else if (furthest_ != kNone) {
      result.stuck_at = sweep_.events[furthest_position_] >> 1;
    }
    if (!options.want_effects) return std::move(result);
    for (; at != kNone && node_at(at).parent != kNone; at = node_at(at).parent) {
      result.effects.push_back({node_at(at).position, node_at(at).first, node_at(at).second});
    }
    std::reverse(result.effects.begin(), result.effects.end());
    return std::move(result);
  }

  const Sweep& sweep_;
  Rules& rules_;
  Limits& limits_;
  Charge charge_;
  std::vector<std::uint32_t> heads_;  // by operation: the nodes at its return
  std::vector<std::unique_ptr<Node[]>> chunks_;
  std::uint32_t chunk_bits_ = 0;
  std::uint64_t nodes_ = 0;
  bool starved_ = false;  // something was not remembered, as there is no memory left for it
  std::vector<Pending> stack_;
  std::vector<Others> others_;
  std::uint32_t cursor_ = 0;  // the events before it have happened
  std::uint32_t furthest_ = kNone;
  std::uint32_t furthest_position_ = 0;
  std::pair<std::uint32_t, Effect> last_{kNone, {}};
};

}  // namespace assay::checkers
