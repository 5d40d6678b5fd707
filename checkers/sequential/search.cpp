#include "checkers/sequential/search.h"

#include <algorithm>

#include "checkers/sequential/configuration_set.h"

namespace assay::checkers {

namespace {

class Search {
 public:
  Search(const SequentialProblem& problem, Limits& limits)
      : problem_(problem),
        limits_(limits),
        charge_(limits),
        positions_(problem.processes.size(), 0),
        states_(problem.spaces.size(), StateSpace::kInitialState),
        current_(problem.initial_part),
        seen_(problem.processes.size() + problem.spaces.size(), limits) {
    std::size_t uses = 0, parts_left = 0;
    for (const SequentialOp& op : problem.ops) {
      left_ += op.info ? 0 : 1;
      uses += op.needs.size() + op.leaves.size();
      parts_left += op.leaves.size();
    }
    const std::size_t count = problem.ops.size();
    const std::size_t bytes = count * (sizeof(Taken) + sizeof(Frame) + sizeof(OpId)) + parts_left * 4 +
                              uses * (sizeof(LastUse) + 16) + problem.part_count * 2 * sizeof(needed_[0]);
    if (!limits.fits(bytes)) {
      starved_ = true;
      return;
    }
    charge_.grow(bytes);
    trail_.reserve(count);
    frames_.reserve(count + 1);
    furthest_.reserve(count);
    old_parts_.reserve(parts_left);
    if (problem.has_parts) note_parts();
  }

  SequentialResult run(std::uint64_t configurations_max) {
    SequentialResult result;
    std::uint64_t steps = 0;
    bool fresh = true;
    for (;;) {
      if (starved_ || ((steps++ & 255) == 0 && limits_.spent())) break;
      if (fresh) {
        take_reads();
        if (left_ == 0) {
          result.verdict = Verdict::valid;
          break;
        }
        if (seen_.size() >= configurations_max) break;
        if (seen_.insert()) open_frame();
      }
      fresh = next_choice();
      if (frames_.empty() && !fresh && !starved_) {
        result.verdict = Verdict::invalid;
        break;
      }
    }
    result.configurations = seen_.size();
    if (result.verdict == Verdict::valid) note_furthest();
    result.order = std::move(furthest_);
    return result;
  }

 private:
  struct Taken {
    std::uint32_t op;
    std::uint32_t position;  // of the process, before
    std::uint32_t state;     // of the object, before
    std::uint32_t parts;     // how many entries of old_parts_ are its own
  };
  struct Choice {
    std::uint32_t op, state;
  };
  struct Frame {
    std::size_t trail;    // how long it was
    std::size_t choices;  // its own begin here, the best last
  };
  struct LastUse {
    std::uint32_t process, position;
  };

  void note_parts() {
    needed_.resize(problem_.part_count);
    left_by_.resize(problem_.part_count);
    const auto note = [](std::vector<LastUse>& uses, const SequentialOp& op) {
      for (LastUse& use : uses) {
        if (use.process == op.process) {
          use.position = op.position;
          return;
        }
      }
      uses.push_back({op.process, op.position});
    };
    for (const SequentialOp& op : problem_.ops) {
      if (!op.info) {
        for (const PartUse& use : op.needs) note(needed_[use.part], op);
      }
      for (const PartUse& use : op.leaves) note(left_by_[use.part], op);
    }
  }

  bool any_left(const std::vector<LastUse>& uses) const {
    return std::any_of(uses.begin(), uses.end(),
                       [&](const LastUse& use) { return positions_[use.process] <= use.position; });
  }

  void set_position(std::uint32_t process, std::uint32_t position) {
    positions_[process] = position;
    seen_.set(process, position);
  }
  void set_state(std::uint32_t object, std::uint32_t state) {
    states_[object] = state;
    seen_.set(positions_.size() + object, state);
  }

  StateSpace::Next next_of(std::uint32_t op) const {
    const SequentialOp& what = problem_.ops[op];
    return problem_.spaces[what.object]->next(states_[what.object], what.in_object);
  }

  // False, and nothing done, if it would overwrite what is still needed.
  bool take(std::uint32_t op, std::uint32_t state) {
    const SequentialOp& what = problem_.ops[op];
    Taken taken{op, positions_[what.process], states_[what.object], 0};
    set_position(what.process, what.position + 1);
    set_state(what.object, state);
    left_ -= what.info ? 0 : 1;
    bool fits = true;
    if (problem_.has_parts) {
      for (const PartUse& use : what.leaves) {
        const std::uint32_t before = current_[use.key];
        if (before != use.part && any_left(needed_[before]) && !any_left(left_by_[before])) fits = false;
        old_parts_.push_back(before);
        current_[use.key] = use.part;
      }
      taken.parts = static_cast<std::uint32_t>(what.leaves.size());
    }
    trail_.push_back(taken);
    if (!fits) undo();
    return fits;
  }

  void undo() {
    const Taken taken = trail_.back();
    trail_.pop_back();
    noted_ = std::min(noted_, trail_.size());
    const SequentialOp& what = problem_.ops[taken.op];
    set_position(what.process, taken.position);
    set_state(what.object, taken.state);
    left_ += what.info ? 0 : 1;
    for (std::uint32_t i = taken.parts; i-- > 0;) {
      current_[what.leaves[i].key] = old_parts_.back();
      old_parts_.pop_back();
    }
  }

  void take_reads() {
    for (bool more = true; more;) {
      more = false;
      for (const auto& ops : problem_.processes) {
        const std::uint32_t& position = positions_[problem_.ops[ops.front()].process];
        while (position < ops.size()) {
          const SequentialOp& what = problem_.ops[ops[position]];
          if (what.info || !what.reads_only || next_of(ops[position]).state == kNone) break;
          take(ops[position], states_[what.object]);
          more = true;
        }
      }
    }
  }

  void open_frame() {
    frames_.push_back({trail_.size(), choices_.size()});
    const auto add = [&](std::uint32_t op) {
      const SequentialOp& what = problem_.ops[op];
      const StateSpace::Next next = next_of(op);
      if (next.state == kNone) return;
      const StateSpace& space = *problem_.spaces[what.object];
      const std::size_t several = next.several ? space.list(next.state).size() : 1;
      if (!make_room(choices_, several, limits_, charge_)) {
        starved_ = true;
        return;
      }
      if (!next.several) {
        choices_.push_back({op, next.state});
      } else {
        for (const std::uint32_t state : space.list(next.state)) choices_.push_back({op, state});
      }
      // Of unknown outcome and without effect: it need not have happened.
      if (what.info && choices_.back().state == states_[what.object]) choices_.pop_back();
    };
    for (std::size_t process = 0; process < positions_.size(); ++process) {
      const auto& ops = problem_.processes[process];
      for (std::uint32_t i = positions_[process]; i < ops.size(); ++i) {
        add(ops[i]);
        if (!problem_.ops[ops[i]].info) break;
      }
    }
    std::sort(choices_.begin() + static_cast<std::ptrdiff_t>(frames_.back().choices), choices_.end(),
              [&](const Choice& a, const Choice& b) {
                const bool a_info = problem_.ops[a.op].info, b_info = problem_.ops[b.op].info;
                if (a_info != b_info) return a_info;
                return a.op != b.op ? a.op > b.op : a.state > b.state;
              });
  }

  // Goes back to the last frame with a choice left, and makes it. False if there is none.
  bool next_choice() {
    while (!frames_.empty()) {
      const Frame& frame = frames_.back();
      if (trail_.size() > frame.trail && trail_.size() > furthest_.size()) note_furthest();
      while (trail_.size() > frame.trail) undo();
      while (choices_.size() > frame.choices) {
        const Choice choice = choices_.back();
        choices_.pop_back();
        if (take(choice.op, choice.state)) return true;
      }
      frames_.pop_back();
    }
    return false;
  }

  // Only what is not noted yet: what was undone since is no longer the same.
  void note_furthest() {
    furthest_.resize(noted_);
    for (; noted_ < trail_.size(); ++noted_) furthest_.push_back(problem_.ops[trail_[noted_].op].id);
  }

  const SequentialProblem& problem_;
  Limits& limits_;
  Charge charge_;
  std::vector<std::uint32_t> positions_;  // by process: the next of its operations
  std::vector<std::uint32_t> states_;     // by object
  std::vector<std::uint32_t> current_;    // by key: the part it holds
  std::vector<std::uint32_t> old_parts_;
  std::vector<std::vector<LastUse>> needed_, left_by_;  // by part
  std::size_t left_ = 0;                                // operations of outcome ok
  ConfigurationSet seen_;                               // positions, then states
  bool starved_ = false;                                // no memory is left for what must be remembered
  std::vector<Taken> trail_;
  std::vector<Choice> choices_;
  std::vector<Frame> frames_;
  std::vector<OpId> furthest_;
  std::size_t noted_ = 0;  // how much of the trail stands in furthest_ already
};

}  // namespace

SequentialResult search_sequential(const SequentialProblem& problem, std::uint64_t configurations_max,
                                   Limits& limits) {
  return Search(problem, limits).run(configurations_max);
}

}  // namespace assay::checkers
