// What the search (jit_search.h) must know about any model, given as numbered states (state_space.h).
//
// An operation in flight is *open* until it takes effect. The reductions, which lose no linearization
// whatever the model:
//  - Operations that only read take effect as soon as they see what they saw: that changes nothing for the
//    others.
//  - Of operations in flight that do the same, the one with the earliest return goes first: in any
//    linearization, two of them can change places.
//  - Operations of unknown outcome are spent only where they change the state, oldest first among those that
//    do the same.
//  - In the same state with the same operations open, having fewer reads open and having spent less is at
//    least as good.
// An effect's `second` is the state it leads to, for models that may go several ways.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/linearizability/info_sets.h"
#include "checkers/linearizability/jit_search.h"
#include "checkers/linearizability/state_space.h"

namespace assay::checkers {

template <std::size_t Words>
class ModelRules {
 public:
  using Config = Configuration<Words>;

  ModelRules(StateSpace& space, const Sweep& sweep, Limits& limits)
      : space_(space), sweep_(sweep), infos_(limits), charge_(limits) {
    slot_op_.assign(sweep.slots, kNone);
    offered_.assign(space.label_count(), Offered{});
    find_classes();
    charge_.grow(slot_op_.size() * 4 + offered_.size() * sizeof(Offered) + class_of_.size() * 4 +
                 classes_.size() * sizeof(InfoClass));
  }

  Config initial() const {
    Config config;
    config.state = StateSpace::kInitialState;
    return config;
  }

  void enter(std::uint32_t op) { flight(op, true); }
  void leave(std::uint32_t op) { flight(op, false); }

  void invoke(Config& config, std::uint32_t op) {
    const std::uint32_t slot = sweep_.slot_of[op];
    if (slot == kNone) return;
    if (space_.ops()[op].reads_only && space_.next(config.state, op).state != kNone) return;
    config.open.set(slot);
  }

  void depart(Config&, std::uint32_t) const {}

  bool last_chance(const Config&, std::uint32_t) const { return false; }

  bool dominates(const Config& a, const Config& b, std::uint32_t position) const {
    if (!a.open.subset_of(b.open)) return false;
    if (!(a.open.without(reads_) == b.open.without(reads_))) return false;
    return infos_.covers(a.infos, b.infos, needed_until_, position);
  }

  template <typename Offer>
  void successors(const Config& config, std::uint32_t forced, std::uint32_t, Offer offer) {
    const std::uint32_t forced_slot = sweep_.slot_of[forced];
    ++round_;
    candidates_.clear();
    // The forced one returns first of all, so it stands for its like.
    if (!reads_.test(forced_slot)) consider(forced);
    config.open.without(reads_).for_each([&](std::uint32_t slot) {
      if (slot != forced_slot) consider(slot_op_[slot]);
    });
    for (const std::uint32_t op : candidates_) take(config, op, forced_slot, offer);
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      const std::uint32_t spent = infos_.spent(config.infos, i);
      if (classes_[i].available <= spent) continue;
      const std::uint32_t op = classes_[i].ops[spent];
      // Where one that is known to happen does the same, that one goes first.
      const StateSpace::Next next = space_.next(config.state, op);
      if (next.state == kNone || (!next.several && next.state == config.state)) continue;
      Config after = config;
      after.infos = infos_.spend(config.infos, i);
      offer_each(after, next, op, forced_slot, offer, config.state);
    }
  }

 private:
  struct InfoClass {
    std::vector<std::uint32_t> ops;
    std::uint32_t available = 0;
  };
  // By label: the place of its candidate, where round == round_.
  struct Offered {
    std::uint64_t round = 0;
    std::uint32_t candidate = 0;
  };

  void find_classes() {
    const auto& ops = space_.ops();
    std::vector<std::uint32_t> class_of_label;
    for (std::uint32_t op = 0; op < ops.size(); ++op) {
      if (!ops[op].is_info() || ops[op].reads_only) continue;
      if (class_of_label.empty()) {
        class_of_label.assign(space_.label_count(), kNone);
        class_of_.assign(ops.size(), kNone);
      }
      std::uint32_t& its = class_of_label[ops[op].label];
      if (its == kNone) {
        its = static_cast<std::uint32_t>(classes_.size());
        classes_.emplace_back();
      }
      class_of_[op] = its;
      classes_[its].ops.push_back(op);
      charge_.grow(8);
    }
    needed_until_.assign(classes_.size(), kNone);
  }

  void flight(std::uint32_t op, bool in) {
    const std::uint32_t slot = sweep_.slot_of[op];
    if (slot == kNone) {
      if (!class_of_.empty() && class_of_[op] != kNone) classes_[class_of_[op]].available += in ? 1 : -1u;
      return;
    }
    slot_op_[slot] = op;
    if (in && space_.ops()[op].reads_only) {
      reads_.set(slot);
    } else {
      reads_.clear(slot);
    }
  }

  void consider(std::uint32_t op) {
    Offered& like = offered_[space_.ops()[op].label];
    if (like.round != round_) {
      like = {round_, static_cast<std::uint32_t>(candidates_.size())};
      candidates_.push_back(op);
    } else if (sweep_.return_of[op] < sweep_.return_of[candidates_[like.candidate]]) {
      candidates_[like.candidate] = op;
    }
  }

  template <typename Offer>
  void take(const Config& config, std::uint32_t op, std::uint32_t forced_slot, Offer& offer) {
    const StateSpace::Next next = space_.next(config.state, op);
    if (next.state == kNone) return;
    Config after = config;
    after.open.clear(sweep_.slot_of[op]);
    offer_each(after, next, op, forced_slot, offer, kNone);
  }

  template <typename Offer>
  void offer_each(Config after, StateSpace::Next next, std::uint32_t op, std::uint32_t forced_slot,
                  Offer& offer, std::uint32_t except) {
    const auto reach = [&](std::uint32_t state) {
      if (state == except) return;
      Config reached = after;
      reached.state = state;
      settle_reads(reached);
      offer(reached, op, state, !reached.open.test(forced_slot));
    };
    if (!next.several) return reach(next.state);
    for (const std::uint32_t state : space_.list(next.state)) reach(state);
  }

  void settle_reads(Config& config) {
    (reads_ & config.open).for_each([&](std::uint32_t slot) {
      if (space_.next(config.state, slot_op_[slot]).state != kNone) config.open.clear(slot);
    });
  }

  StateSpace& space_;
  const Sweep& sweep_;
  InfoSets infos_;
  Charge charge_;
  std::vector<std::uint32_t> slot_op_;
  SlotBits<Words> reads_;
  std::vector<std::uint32_t> class_of_;  // by operation; empty without info operations
  std::vector<InfoClass> classes_;
  std::vector<std::uint32_t> needed_until_;
  std::vector<Offered> offered_;
  std::uint64_t round_ = 0;
  std::vector<std::uint32_t> candidates_;
};

}  // namespace assay::checkers
