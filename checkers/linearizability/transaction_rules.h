// What the search (jit_search.h) must know about transactions on a few keys.
//
// Transactions that only read take effect as soon as they see what they saw; any other operation in flight that can take
// effect is tried. An operation of unknown outcome may be spent, oldest first among equal ones.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/linearizability/info_sets.h"
#include "checkers/linearizability/jit_search.h"
#include "checkers/linearizability/transaction_object.h"

namespace assay::checkers {

template <std::size_t Words>
class TransactionRules {
 public:
  using Config = Configuration<Words>;

  TransactionRules(TransactionObject& object, const Sweep& sweep, Limits& limits)
      : object_(object), sweep_(sweep), infos_(limits), charge_(limits) {
    slot_op_.assign(sweep.slots, kNone);
    find_classes();
    charge_.grow(slot_op_.size() * 4 + class_of_.size() * 4 + classes_.size() * sizeof(InfoClass));
  }

  Config initial() const {
    Config config;
    config.state = TransactionObject::kInitialState;
    return config;
  }

  void enter(std::uint32_t op) { flight(op, true); }
  void leave(std::uint32_t op) { flight(op, false); }

  void invoke(Config& config, std::uint32_t op) {
    const std::uint32_t slot = sweep_.slot_of[op];
    if (slot == kNone) return;
    if (object_.ops()[op].reads_only && object_.apply(config.state, op) != kNone) return;
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
    offer_slot(config, forced_slot, forced_slot, offer);
    config.open.without(reads_).for_each([&](std::uint32_t slot) {
      if (slot != forced_slot) offer_slot(config, slot, forced_slot, offer);
    });
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      const std::uint32_t spent = infos_.spent(config.infos, i);
      if (classes_[i].available <= spent) continue;
      Config next = config;
      const std::uint32_t op = classes_[i].ops[spent];
      if (!apply(next, op) || next.state == config.state) continue;
      next.infos = infos_.spend(config.infos, i);
      offer(next, op, kNone, !next.open.test(forced_slot));
    }
  }

 private:
  struct InfoClass {
    std::vector<std::uint32_t> ops;
    std::uint32_t available = 0;
  };

  void find_classes() {
    const auto& ops = object_.ops();
    class_of_.assign(ops.size(), kNone);
    for (std::uint32_t op = 0; op < ops.size(); ++op) {
      if (!ops[op].is_info()) continue;
      std::uint32_t its = 0;
      while (its < classes_.size() && !object_.same_steps(classes_[its].ops.front(), op)) ++its;
      if (its == classes_.size()) classes_.emplace_back();
      class_of_[op] = its;
      classes_[its].ops.push_back(op);
    }
    needed_until_.assign(classes_.size(), kNone);
  }

  void flight(std::uint32_t op, bool in) {
    const std::uint32_t slot = sweep_.slot_of[op];
    if (slot == kNone) {
      classes_[class_of_[op]].available += in ? 1 : -1u;
      return;
    }
    slot_op_[slot] = op;
    if (in && object_.ops()[op].reads_only) {
      reads_.set(slot);
    } else {
      reads_.clear(slot);
    }
  }

  bool apply(Config& config, std::uint32_t op) {
    const std::uint32_t state = object_.apply(config.state, op);
    if (state == kNone) return false;
    config.state = state;
    (reads_ & config.open).for_each([&](std::uint32_t slot) {
      if (object_.apply(state, slot_op_[slot]) != kNone) config.open.clear(slot);
    });
    return true;
  }

  template <typename Offer>
  void offer_slot(const Config& config, std::uint32_t slot, std::uint32_t forced_slot, Offer& offer) {
    if (reads_.test(slot)) return;
    Config next = config;
    if (!apply(next, slot_op_[slot])) return;
    next.open.clear(slot);
    offer(next, slot_op_[slot], kNone, !next.open.test(forced_slot));
  }

  TransactionObject& object_;
  const Sweep& sweep_;
  InfoSets infos_;
  Charge charge_;
  std::vector<std::uint32_t> slot_op_;
  SlotBits<Words> reads_;
  std::vector<std::uint32_t> class_of_;
  std::vector<InfoClass> classes_;
  std::vector<std::uint32_t> needed_until_;
};

}  // namespace assay::checkers
