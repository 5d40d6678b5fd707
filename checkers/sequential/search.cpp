#include "checkers/sequential/search.h"

#include <algorithm>
#include <unordered_set>

namespace assay::checkers {

namespace {

struct Fingerprint {
  std::uint64_t a = 0, b = 0;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
struct FingerprintHash {
  std::size_t operator()(const Fingerprint& print) const { return print.a; }
};

std::uint64_t mix(std::uint64_t key) {
  key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9u;
  key = (key ^ key >> 27) * 0x94d049bb133111ebu;
  return key ^ key >> 31;
}

class Search {
 public:
  Search(const SequentialProblem& problem, Limits& limits)
      : problem_(problem),
        limits_(limits),
        charge_(limits),
        positions_(problem.processes.size(), 0),
        states_(problem.spaces.size(), StateSpace::kInitialState),
        current_(problem.initial_part) {
    for (const SequentialOp& op : problem.ops) left_ += op.info ? 0 : 1;
    if (problem.has_parts) note_parts();
    charge_.grow(problem.ops.size() * (sizeof(Taken) + 8));
  }

  SequentialResult run(std::uint64_t configurations_max) {
    SequentialResult result;
    std::uint64_t steps = 0;
    bool fresh = true;
    for (;;) {
      if ((steps++ & 255) == 0 && limits_.spent()) break;
      if (fresh) {
        take_reads();
        if (left_ == 0) {
          result.verdict = Verdict::valid;
          break;
        }
        if (seen_.size() >= configurations_max) break;
        if (remember()) open_frame();
      }
      fresh = next_choice();
      if (frames_.empty() && !fresh) {
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

  std::uint64_t place(std::uint64_t what, std::uint64_t value, std::uint64_t salt) const {
    return mix((what << 33 ^ value) + salt);
  }
  void toggle_position(std::uint32_t process) {
    print_.a ^= place(2 * process, positions_[process], 0x1234567);
    print_.b ^= place(2 * process, positions_[process], 0x9e3779b97f4a7c15u);
  }
  void toggle_state(std::uint32_t object) {
    print_.a ^= place(2 * object + 1, states_[object], 0x1234567);
    print_.b ^= place(2 * object + 1, states_[object], 0x9e3779b97f4a7c15u);
  }

  StateSpace::Next next_of(std::uint32_t op) const {
    const SequentialOp& what = problem_.ops[op];
    return problem_.spaces[what.object]->next(states_[what.object], what.in_object);
  }

  // False, and nothing done, if it would overwrite what is still needed.
  bool take(std::uint32_t op, std::uint32_t state) {
    const SequentialOp& what = problem_.ops[op];
    Taken taken{op, positions_[what.process], states_[what.object], 0};
    toggle_position(what.process);
    toggle_state(what.object);
    positions_[what.process] = what.position + 1;
    states_[what.object] = state;
    toggle_position(what.process);
    toggle_state(what.object);
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
    toggle_position(what.process);
    toggle_state(what.object);
    positions_[what.process] = taken.position;
    states_[what.object] = taken.state;
    toggle_position(what.process);
    toggle_state(what.object);
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
        std::uint32_t& position = positions_[problem_.ops[ops.front()].process];
        while (position < ops.size()) {
          const SequentialOp& what = problem_.ops[ops[position]];
          if (what.info || !what.reads_only || next_of(ops[position]).state == kNone) break;
          take(ops[position], states_[what.object]);
          more = true;
        }
      }
    }
  }

  bool remember() {
    if (!seen_.insert(print_).second) return false;
    // A node of the table and its place in it.
    charge_.grow(40);
    return true;
  }

  void open_frame() {
    frames_.push_back({trail_.size(), choices_.size()});
    const auto add = [&](std::uint32_t op) {
      const SequentialOp& what = problem_.ops[op];
      const StateSpace::Next next = next_of(op);
      if (next.state == kNone) return;
      const StateSpace& space = *problem_.spaces[what.object];
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
  Fingerprint print_;
  std::unordered_set<Fingerprint, FingerprintHash> seen_;
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
