#include "checkers/linearizability/register_order.h"

#include <algorithm>

namespace assay::checkers {

namespace {

class OrderBuilder {
 public:
  explicit OrderBuilder(const RegisterObject& object) : object_(object) {}

  void invoke(std::uint32_t op) {
    const RegisterOp& what = object_.ops[op];
    if (what.is_info()) return;
    flying_.push_back({op, kNowhere});
    settle(flying_.back());
    drop_placed();
  }

  // Requires: the operation was placed, or is covered.
  void finish(std::uint32_t op) {
    for (std::size_t i = 0; i < flying_.size(); ++i) {
      if (flying_[i].op != op) continue;
      // Where the register has its value anyway, it may as well take effect: that covers the others.
      const RegisterOp& what = object_.ops[op];
      if (what.kind == RegisterOp::Kind::write && what.value == state_) return take_effect(op);
      if (flying_[i].covered_at != kNowhere) placed_.push_back({flying_[i].covered_at, op});
      flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }

  // A visible write or compare-and-set.
  void take_effect(std::uint32_t op) {
    const RegisterOp& what = object_.ops[op];
    std::erase_if(flying_, [op](const Flying& flying) { return flying.op == op; });
    if (what.kind == RegisterOp::Kind::write) {
      for (Flying& flying : flying_) {
        const bool hidden = object_.ops[flying.op].kind == RegisterOp::Kind::write;
        if (hidden && flying.covered_at == kNowhere) flying.covered_at = 2 * next_ - 1;
      }
    }
    state_ = what.value;
    place(op);
    for (Flying& flying : flying_) settle(flying);
    drop_placed();
  }

  std::vector<std::uint32_t> build() {
    for (const Flying& flying : flying_) {
      if (flying.covered_at != kNowhere) placed_.push_back({flying.covered_at, flying.op});
    }
    std::stable_sort(placed_.begin(), placed_.end(),
                     [](const Placed& a, const Placed& b) { return a.where < b.where; });
    std::vector<std::uint32_t> order;
    order.reserve(placed_.size());
    for (const Placed& placed : placed_) order.push_back(placed.op);
    return order;
  }

 private:
  static constexpr std::uint64_t kNowhere = UINT64_MAX;
  static constexpr std::uint64_t kPlaced = UINT64_MAX - 1;
  struct Flying {
    std::uint32_t op;
    std::uint64_t covered_at;
  };
  struct Placed {
    std::uint64_t where;  // even: in its own right; odd: a write that nobody sees, in between
    std::uint32_t op;
  };

  void place(std::uint32_t op) { placed_.push_back({2 * next_++, op}); }

  // A read of the present value is placed; a write of it can be put here.
  void settle(Flying& flying) {
    const RegisterOp& what = object_.ops[flying.op];
    if (what.kind == RegisterOp::Kind::cas || what.value != state_) return;
    if (what.kind == RegisterOp::Kind::read) {
      place(flying.op);
      flying.covered_at = kPlaced;
    } else if (flying.covered_at == kNowhere) {
      flying.covered_at = 2 * next_ - 1;
    }
  }

  void drop_placed() {
    std::erase_if(flying_, [](const Flying& flying) { return flying.covered_at == kPlaced; });
  }

  const RegisterObject& object_;
  std::uint32_t state_ = RegisterObject::kInitial;
  std::uint64_t next_ = 1;
  std::vector<Flying> flying_;
  std::vector<Placed> placed_;
};

}  // namespace

std::vector<std::uint32_t> order_from_effects(const RegisterObject& object, const Sweep& sweep,
                                              const std::vector<Effect>& effects, std::uint32_t end) {
  OrderBuilder builder(object);
  auto effect = effects.begin();
  for (std::uint32_t position = 0; position < sweep.events.size(); ++position) {
    for (; effect != effects.end() && effect->position == position; ++effect) {
      if (effect->first != kNone) builder.take_effect(effect->first);
      if (effect->second != kNone) builder.take_effect(effect->second);
    }
    if (position == end) break;
    const std::uint32_t event = sweep.events[position];
    if ((event & 1) == 0) {
      builder.invoke(event >> 1);
    } else {
      builder.finish(event >> 1);
    }
  }
  return builder.build();
}

}  // namespace assay::checkers
