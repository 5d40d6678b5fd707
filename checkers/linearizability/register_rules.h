// What the search (jit_search.h) must know about a register with read, write and compare-and-set.
//
// An operation in flight is *open* while it must still take effect. The reductions, each of which loses no
// linearization:
//  - A read is satisfied as soon as the register has its value: that changes nothing for the others.
//  - A write that nobody sees can be put just before any other plain write that takes effect while it is in
//    flight, or anywhere the register has its value already. So a visible plain write settles every other
//    write in flight: they owe nothing any more, yet stay available as sources of their values until they
//    return. Unused, they then vanish.
//  - So a write is made visible only for somebody: a read in flight, a compare-and-set that expects its
//    value, or its own forced return.
//  - Of equal writes (or compare-and-sets) in flight the one with the earliest return is used; one of unknown
//    outcome only when there is no other, oldest first.
//  - In the same state, owing less and having used less is at least as good.
//
// Thread safety: none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "checkers/linearizability/info_sets.h"
#include "checkers/linearizability/jit_search.h"
#include "checkers/linearizability/register_object.h"

namespace assay::checkers {

template <std::size_t Words>
class RegisterRules {
 public:
  using Config = Configuration<Words>;
  using Kind = RegisterOp::Kind;

  RegisterRules(const RegisterObject& object, const Sweep& sweep, Limits& limits)
      : object_(object), sweep_(sweep), infos_(limits), charge_(limits) {
    slot_op_.assign(sweep.slots, kNone);
    stamps_.assign(object.value_count, Stamp{});
    find_classes();
    find_wanted();
    charge_.grow(slot_op_.size() * 4 + stamps_.size() * sizeof(Stamp) + class_of_.size() * 4 +
                 wanted_after_.size() / 8);
  }

  Config initial() const {
    Config config;
    config.state = RegisterObject::kInitial;
    return config;
  }

  void enter(std::uint32_t op) { flight(op, true); }
  void leave(std::uint32_t op) { flight(op, false); }

  void invoke(Config& config, std::uint32_t op) const {
    const std::uint32_t slot = sweep_.slot_of[op];
    if (slot == kNone) return;
    const RegisterOp& what = object_.ops[op];
    if (what.kind == Kind::cas || what.value != config.state) config.open.set(slot);
  }

  // A write that returns unused where the register has its value takes effect now: that settles the others,
  // for nothing.
  void depart(Config& config, std::uint32_t op) const {
    const RegisterOp& what = object_.ops[op];
    if (what.kind != Kind::write || what.value != config.state) return;
    if (!config.used.test(sweep_.slot_of[op])) config.open = config.open.without(writes_);
  }

  // Whether a write that returns now, and owes nothing, may be wanted as the source of what is read later.
  bool last_chance(const Config& config, std::uint32_t op) const {
    const RegisterOp& what = object_.ops[op];
    if (what.kind != Kind::write || config.used.test(sweep_.slot_of[op])) return false;
    // Where the register has its value already, only to come back after something else in flight.
    if (what.value == config.state && (config.open.without(writes_) == SlotBits<Words>{})) return false;
    return wanted_after_[op] || read_waits(config, what.value);
  }

  bool dominates(const Config& a, const Config& b, std::uint32_t position) const {
    if (!a.open.subset_of(b.open) || !a.used.subset_of(b.used)) return false;
    if (!((a.open & cases_) == (b.open & cases_))) return false;
    return infos_.covers(a.infos, b.infos, class_needed_until_, position);
  }

  template <typename Offer>
  void successors(const Config& config, std::uint32_t forced, std::uint32_t position, Offer offer) {
    const RegisterOp& goal = object_.ops[forced];
    look_around(config, goal, position);
    const bool owed = config.open.test(sweep_.slot_of[forced]);
    if (!owed) offer(config, kNone, kNone, true);
    if (goal.kind != Kind::cas) offer_write(config, goal.value, true, offer);
    if (cases_ != SlotBits<Words>{} || !cas_classes_.empty()) offer_cases(config, forced, offer);
    for (const std::uint32_t value : wanted_) {
      if (goal.kind == Kind::cas || value != goal.value) offer_write(config, value, false, offer);
    }
  }

 private:
  struct InfoClass {
    Kind kind;
    std::uint32_t expected, value;
    std::vector<std::uint32_t> ops;  // in order of invocation
    std::uint32_t available = 0;     // invoked so far
  };
  // What is known about a value at the node being expanded; valid where round == round_.
  struct Stamp {
    std::uint64_t round = 0;
    std::uint32_t writer = kNone;  // op in flight with the earliest return
    bool wanted = false;           // a read in flight waits for it, or it is the goal
    bool expected = false;         // a compare-and-set in flight expects it
    std::uint32_t info_class = kNone;
    // info_class is fixed; the rest is per round.
  };

  void find_classes() {
    std::map<std::tuple<Kind, std::uint32_t, std::uint32_t>, std::uint32_t> numbers;
    std::vector<Nanos> needed;
    for (std::uint32_t op = 0; op < object_.ops.size(); ++op) {
      const RegisterOp& what = object_.ops[op];
      if (!what.is_info()) continue;
      if (class_of_.empty()) class_of_.assign(object_.ops.size(), kNone);
      const auto [found, fresh] = numbers.try_emplace(
          {what.kind, what.kind == Kind::cas ? what.expected : 0, what.value}, classes_.size());
      if (fresh) {
        classes_.push_back({what.kind, what.expected, what.value, {}});
        if (what.kind == Kind::write) {
          stamps_[what.value].info_class = found->second;
        } else {
          cas_classes_.push_back(found->second);
        }
        charge_.grow(sizeof(InfoClass) + 120);
      }
      class_of_[op] = found->second;
      classes_[found->second].ops.push_back(op);
      charge_.grow(8);
    }
    find_needs();
  }

  // Until which event somebody may still want the value that a class leaves.
  void find_needs() {
    std::vector<std::uint32_t> value_needed;
    class_needed_until_.assign(classes_.size(), 0);
    if (classes_.empty()) return;
    value_needed.assign(object_.value_count, 0);
    for (std::uint32_t op = 0; op < object_.ops.size(); ++op) {
      const RegisterOp& what = object_.ops[op];
      if (what.kind == Kind::write) continue;
      const std::uint32_t until = what.is_info() ? kNone : sweep_.return_of[op];
      value_needed[what.needs()] = std::max(value_needed[what.needs()], until);
    }
    for (std::size_t i = 0; i < classes_.size(); ++i)
      class_needed_until_[i] = value_needed[classes_[i].value];
  }

  // By write: whether somebody who was invoked after it returned can have seen it, before anything else that
  // was invoked after it returned must have overwritten it.
  void find_wanted() {
    wanted_after_.assign(object_.ops.size(), false);
    std::vector<std::uint32_t> next_reader(object_.value_count, kNone);  // where the next one is invoked
    std::uint32_t next_overwritten = kNone;  // the earliest return of what changes the register from here on
    for (auto position = static_cast<std::uint32_t>(sweep_.events.size()); position-- > 0;) {
      const std::uint32_t op = sweep_.events[position] >> 1;
      const RegisterOp& what = object_.ops[op];
      if ((sweep_.events[position] & 1) != 0) {
        if (what.kind == Kind::write) {
          const std::uint32_t reader = next_reader[what.value];
          wanted_after_[op] = reader != kNone && (next_overwritten == kNone || reader < next_overwritten);
        }
        continue;
      }
      if (what.kind != Kind::write) next_reader[what.needs()] = position;
      if (what.changes()) next_overwritten = std::min(next_overwritten, sweep_.return_of[op]);
    }
    // Of unknown outcome, a compare-and-set may look at any time after its invocation.
    for (const std::uint32_t info_class : cas_classes_) {
      const InfoClass& its = classes_[info_class];
      for (std::uint32_t op = 0; op < object_.ops.size(); ++op) {
        const RegisterOp& what = object_.ops[op];
        if (what.kind == Kind::write && what.value == its.expected) wanted_after_[op] = true;
      }
    }
  }

  bool read_waits(const Config& config, std::uint32_t value) const {
    bool waits = false;
    (reads_ & config.open).for_each([&](std::uint32_t slot) {
      waits = waits || object_.ops[slot_op_[slot]].value == value;
    });
    (cases_ & config.open).for_each([&](std::uint32_t slot) {
      waits = waits || object_.ops[slot_op_[slot]].expected == value;
    });
    return waits;
  }

  void flight(std::uint32_t op, bool in) {
    const std::uint32_t slot = sweep_.slot_of[op];
    if (slot == kNone) {
      InfoClass& its = classes_[class_of_[op]];
      its.available += in ? 1 : -1u;
      return;
    }
    const Kind kind = object_.ops[op].kind;
    SlotBits<Words>& set = kind == Kind::read ? reads_ : kind == Kind::write ? writes_ : cases_;
    if (in) {
      set.set(slot);
      slot_op_[slot] = op;
    } else {
      set.clear(slot);
    }
  }

  Stamp& stamp(std::uint32_t value) {
    Stamp& its = stamps_[value];
    if (its.round != round_) {
      its.round = round_;
      its.writer = kNone;
      its.wanted = its.expected = false;
    }
    return its;
  }

  bool available(const Config& config, std::uint32_t info_class) const {
    return classes_[info_class].available > infos_.spent(config.infos, info_class);
  }

  bool returns_before(std::uint32_t a, std::uint32_t b) const {
    return sweep_.return_of[a] < sweep_.return_of[b];
  }

  // Notes for every value who could write it and who waits for it.
  void look_around(const Config& config, const RegisterOp& goal, std::uint32_t) {
    ++round_;
    wanted_.clear();
    const auto want = [&](std::uint32_t value) {
      Stamp& its = stamp(value);
      if (its.wanted || value == config.state) return;
      its.wanted = true;
      wanted_.push_back(value);
    };
    writes_.without(config.used).for_each([&](std::uint32_t slot) {
      const std::uint32_t op = slot_op_[slot];
      Stamp& its = stamp(object_.ops[op].value);
      if (its.writer == kNone || returns_before(op, its.writer)) its.writer = op;
    });
    (reads_ & config.open).for_each([&](std::uint32_t slot) { want(object_.ops[slot_op_[slot]].value); });
    if (goal.kind != Kind::cas) stamp(goal.value).wanted = true;
    (cases_ & config.open).for_each([&](std::uint32_t slot) {
      stamp(object_.ops[slot_op_[slot]].expected).expected = true;
    });
    for (const std::uint32_t info_class : cas_classes_) {
      if (available(config, info_class)) stamp(classes_[info_class].expected).expected = true;
    }
  }

  // Makes a write of the value visible, if there is one. Returns its operation, or kNone.
  std::uint32_t apply_write(Config& config, std::uint32_t value) {
    const Stamp& its = stamp(value);
    std::uint32_t op = its.writer;
    if (op != kNone) {
      config.used.set(sweep_.slot_of[op]);
    } else {
      if (its.info_class == kNone || !available(config, its.info_class)) return kNone;
      op = classes_[its.info_class].ops[infos_.spent(config.infos, its.info_class)];
      config.infos = infos_.spend(config.infos, its.info_class);
    }
    config.state = value;
    config.open = config.open.without(writes_);
    satisfy_reads(config);
    return op;
  }

  void apply_cas(Config& config, std::uint32_t op) {
    const std::uint32_t slot = sweep_.slot_of[op];
    if (slot == kNone) {
      config.infos = infos_.spend(config.infos, class_of_[op]);
    } else {
      config.open.clear(slot);
    }
    config.state = object_.ops[op].value;
    satisfy_reads(config);
    (writes_ & config.open).for_each([&](std::uint32_t other) {
      if (object_.ops[slot_op_[other]].value == config.state) config.open.clear(other);
    });
  }

  void satisfy_reads(Config& config) const {
    (reads_ & config.open).for_each([&](std::uint32_t slot) {
      if (object_.ops[slot_op_[slot]].value == config.state) config.open.clear(slot);
    });
  }

  template <typename Offer>
  void offer_write(const Config& config, std::uint32_t value, bool satisfied, Offer& offer) {
    if (value == config.state) return;
    Config next = config;
    const std::uint32_t op = apply_write(next, value);
    if (op != kNone) offer(next, op, kNone, satisfied);
  }

  template <typename Offer>
  void offer_cas(const Config& config, std::uint32_t op, std::uint32_t forced, Offer& offer) {
    const std::uint32_t expected = object_.ops[op].expected;
    if (expected == config.state) {
      offer_cas(config, kNone, op, forced, offer);
      // Writing again what is there already settles the other writes, and later it will not be there any
      // more.
      if ((config.open & writes_) == SlotBits<Words>{}) return;
    }
    Config next = config;
    const std::uint32_t scene = apply_write(next, expected);
    if (scene != kNone) offer_cas(next, scene, op, forced, offer);
  }

  template <typename Offer>
  void offer_cas(Config next, std::uint32_t scene, std::uint32_t op, std::uint32_t forced, Offer& offer) {
    const RegisterOp& goal = object_.ops[forced];
    apply_cas(next, op);
    // A write that owes nothing once the register has its value may still be wanted as a source, after
    // something else.
    const bool satisfied = goal.kind == Kind::cas    ? op == forced
                           : goal.kind == Kind::read ? !next.open.test(sweep_.slot_of[forced])
                                                     : next.state == goal.value && !last_chance(next, forced);
    offer(next, scene, op, satisfied);
  }

  template <typename Offer>
  void offer_cases(const Config& config, std::uint32_t forced, Offer& offer) {
    cas_offers_.clear();
    (cases_ & config.open).for_each([&](std::uint32_t slot) {
      const std::uint32_t op = slot_op_[slot];
      for (std::uint32_t& other : cas_offers_) {
        if (!same_cas(op, other)) continue;
        if (returns_before(op, other)) other = op;
        return;
      }
      cas_offers_.push_back(op);
    });
    const std::size_t owed = cas_offers_.size();
    for (const std::uint32_t info_class : cas_classes_) {
      const InfoClass& its = classes_[info_class];
      if (!available(config, info_class)) continue;
      const Stamp& leaves = stamp(its.value);
      if (!leaves.wanted && !leaves.expected) continue;
      const std::uint32_t op = its.ops[infos_.spent(config.infos, info_class)];
      bool known = false;
      for (std::size_t i = 0; i < owed; ++i) known = known || same_cas(op, cas_offers_[i]);
      if (!known) cas_offers_.push_back(op);
    }
    for (const std::uint32_t op : cas_offers_) offer_cas(config, op, forced, offer);
  }

  bool same_cas(std::uint32_t a, std::uint32_t b) const {
    return object_.ops[a].expected == object_.ops[b].expected && object_.ops[a].value == object_.ops[b].value;
  }

  const RegisterObject& object_;
  const Sweep& sweep_;
  InfoSets infos_;
  Charge charge_;
  std::vector<std::uint32_t> slot_op_;
  SlotBits<Words> reads_, writes_, cases_;  // in flight
  std::vector<Stamp> stamps_;               // by value
  std::uint64_t round_ = 0;
  std::vector<std::uint32_t> class_of_;  // by operation; empty without info operations
  std::vector<InfoClass> classes_;
  std::vector<std::uint32_t> cas_classes_;
  std::vector<std::uint32_t> class_needed_until_;
  std::vector<bool> wanted_after_;
  std::vector<std::uint32_t> wanted_;
  std::vector<std::uint32_t> cas_offers_;
};

}  // namespace assay::checkers
