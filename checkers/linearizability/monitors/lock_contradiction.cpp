// A lock whose tokens are out of order, or a stretch of time with more acquires than releases can explain (or
// the other way round): acquires and releases take turns.
//
// Where acquires got tokens, their order is known, which narrows the time in which each can have taken effect: not
// before one of a lower token was invoked, nor after one of a greater token returned. Whatever narrows one that lies within
// a stretch lies within it too, so a stretch shows alone what it shows in the whole.
#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "checkers/linearizability/contradiction.h"
#include "checkers/linearizability/sweep.h"

namespace assay::checkers {

namespace {

class LockContradiction {
 public:
  LockContradiction(const History& history, std::span<const OpId> ids, bool fenced) : history_(history) {
    ops_.reserve(ids.size());
    for (const OpId id : ids) {
      const Operation op = history.at(id);
      const Mop& mop = op.mops.front();
      const bool acquires = mop.fn == Fn::acquire;
      const Value& token = acquires ? mop.result : mop.argument;
      Turn turn{op.invoked, op.completed, op.invoked, op.completed, id, op.process, acquires, false, 0};
      turn.has_token = fenced && op.outcome == Outcome::ok && token.is_integer();
      if (turn.has_token) turn.token = token.as_integer();
      any_unknown_ = any_unknown_ || (acquires && op.outcome == Outcome::info);
      ops_.push_back(turn);
    }
  }

  Contradiction find(OpId stuck_at) {
    if (!tokens_contradict() && stuck_at != kNone) {
      too_many();
      if (found_.witness.size() > kEasy || found_.witness.empty()) two_holders();
    }
    std::sort(found_.witness.begin(), found_.witness.end());
    return std::move(found_);
  }

 private:
  static constexpr std::size_t kEasy = 4;                      // as many operations are understood at once
  static constexpr std::size_t kStepsShown = 12;               // more are counted
  static constexpr std::size_t kStretchStepsMax = 10'000'000;  // then the shortest found so far

  struct Turn {
    Nanos invoked, completed;
    Nanos earliest, latest;  // when it can have taken effect, as far as the tokens tell
    OpId id;
    ProcessId process;
    bool acquires;
    bool has_token;
    std::int64_t token;
  };

  std::string text(OpId id) const { return operation_text(history_, id); }

  bool tell(std::string summary, std::initializer_list<OpId> witness, std::vector<std::string> steps) {
    found_ = {witness, std::move(summary), std::move(steps)};
    return true;
  }

  bool tokens_contradict() {
    std::vector<Turn*> acquires;
    for (Turn& op : ops_) {
      if (op.acquires && op.has_token) acquires.push_back(&op);
    }
    std::sort(acquires.begin(), acquires.end(), [](const Turn* a, const Turn* b) {
      return a->token != b->token ? a->token < b->token : a->invoked < b->invoked;
    });
    const Turn* latest = nullptr;  // of those with lower tokens, the one that was invoked last
    for (std::size_t i = 0; i < acquires.size(); ++i) {
      const Turn& op = *acquires[i];
      if (i > 0 && acquires[i - 1]->token == op.token && op.token != INT64_MIN) {
        return tell("Two holders of a lock got the same token.", {acquires[i - 1]->id, op.id},
                    {text(acquires[i - 1]->id) + " got a token.",
                     text(op.id) + " got the same one, but every token is greater than all before."});
      }
      if (latest != nullptr && op.completed < latest->invoked) {
        return tell("The token of a lock's holder is less than that of one before.", {op.id, latest->id},
                    {text(op.id) + " got a token and returned.",
                     text(latest->id) + " began after that and got a token that is not greater."});
      }
      if (latest == nullptr || op.invoked > latest->invoked) latest = &op;
    }
    if (releases_contradict(acquires)) return true;
    narrow(acquires);
    return false;
  }

  // By order of tokens.
  static void narrow(const std::vector<Turn*>& acquires) {
    for (std::size_t i = 1; i < acquires.size(); ++i) {
      acquires[i]->earliest = std::max(acquires[i]->earliest, acquires[i - 1]->earliest);
    }
    for (std::size_t i = acquires.size(); i-- > 1;) {
      acquires[i - 1]->latest = std::min(acquires[i - 1]->latest, acquires[i]->latest);
    }
  }

  // A release names the token of who holds the lock.
  bool releases_contradict(const std::vector<Turn*>& acquires) {
    for (const Turn& release : ops_) {
      if (release.acquires || !release.has_token) continue;
      const auto holder =
          std::lower_bound(acquires.begin(), acquires.end(), release.token,
                           [](const Turn* a, std::int64_t token) { return a->token < token; });
      if (holder == acquires.end() || (*holder)->token != release.token) {
        if (any_unknown_) continue;
        return tell("A lock was released with a token that nobody got.", {release.id},
                    {text(release.id) + " named a token.", "No acquire that may have happened got it."});
      }
      if (release.completed < (*holder)->invoked) {
        return tell("A lock was released before it was acquired.", {release.id, (*holder)->id},
                    {text(release.id) + " named a token and returned.",
                     text((*holder)->id) + " got that token, but began after the release had returned."});
      }
      for (auto next = holder + 1; next != acquires.end() && next < holder + 3; ++next) {
        if ((*next)->completed >= release.invoked) continue;
        return tell("A lock was acquired before the holder with the lower token released it.",
                    {(*holder)->id, (*next)->id, release.id},
                    {text((*holder)->id) + " held the lock until the release that names its token.",
                     text((*next)->id) + " got a greater token and returned.",
                     text(release.id) + " names the first token, but began only after that."});
      }
    }
    return false;
  }

  // Where every process releases what it acquired itself, and nothing else, there is often a simpler way to
  // see it: two of them held the lock at once.
  void two_holders() {
    struct Holding {
      const Turn* acquire;
      const Turn* release;  // null: never
      Nanos end;
    };
    std::vector<Holding> holdings;
    std::unordered_map<ProcessId, std::size_t> open;
    for (const Turn& op : ops_) {
      if (op.acquires && op.completed == kNever) continue;  // does not surely hold
      const auto held = open.find(op.process);
      if ((held != open.end()) == op.acquires) return;
      if (op.acquires) {
        open[op.process] = holdings.size();
        holdings.push_back({&op, nullptr, kNever});
      } else {
        holdings[held->second].release = &op;
        holdings[held->second].end = op.invoked;
        open.erase(held);
      }
    }
    std::erase_if(holdings, [](const Holding& one) { return one.acquire->completed >= one.end; });
    std::stable_sort(holdings.begin(), holdings.end(), [](const Holding& a, const Holding& b) {
      return a.acquire->completed < b.acquire->completed;
    });
    for (std::size_t i = 0; i + 1 < holdings.size(); ++i) {
      const Holding &first = holdings[i], &second = holdings[i + 1];
      if (second.acquire->completed >= first.end) continue;
      found_ = {};
      found_.summary = "Two processes held a lock at once, " + std::to_string(first.acquire->process) +
                       " and " + std::to_string(second.acquire->process) + ".";
      for (const Holding* one : {&first, &second}) {
        found_.witness.push_back(one->acquire->id);
        found_.steps.push_back(text(one->acquire->id) + " returned: it holds the lock.");
        if (one->release != nullptr) found_.witness.push_back(one->release->id);
      }
      for (const Holding* one : {&first, &second}) {
        found_.steps.push_back(one->release == nullptr
                                   ? "Process " + std::to_string(one->acquire->process) +
                                         " never released it."
                                   : text(one->release->id) + " began only after both had acquired it.");
      }
      return;
    }
  }

  // A stretch of time with two more of one kind in it than there are of the other kind that can have come between them.
  struct Stretch {
    bool acquires = false;  // of which there are too many
    bool from_start = false;
    Nanos begin = 0, end = 0;
    std::size_t count = SIZE_MAX, others = 0;
  };

  // Of one kind: by `earliest`, those that surely took effect; and when the other kind can have, both ends by themselves.
  struct Kinds {
    std::vector<const Turn*> own, other;
    std::vector<Nanos> other_earliest, other_latest;

    std::size_t others_by(Nanos end) const {
      return static_cast<std::size_t>(std::upper_bound(other_earliest.begin(), other_earliest.end(), end) -
                                      other_earliest.begin());
    }
    std::size_t others_before(Nanos begin) const {
      return static_cast<std::size_t>(std::lower_bound(other_latest.begin(), other_latest.end(), begin) -
                                      other_latest.begin());
    }
  };

  Kinds kinds(bool acquires) const {
    Kinds result;
    for (const Turn& op : ops_) {
      if (op.acquires != acquires) {
        result.other.push_back(&op);
        result.other_earliest.push_back(op.earliest);
        result.other_latest.push_back(op.latest);
      } else if (op.latest != kNever) {
        result.own.push_back(&op);
      }
    }
    const auto by_earliest = [](const Turn* a, const Turn* b) { return a->earliest < b->earliest; };
    std::stable_sort(result.own.begin(), result.own.end(), by_earliest);
    std::stable_sort(result.other.begin(), result.other.end(), by_earliest);
    std::sort(result.other_earliest.begin(), result.other_earliest.end());
    std::sort(result.other_latest.begin(), result.other_latest.end());
    return result;
  }

  // For every end, as far back as a shorter one than the best can reach.
  static void shortest_within(const Kinds& kinds, bool acquires, Stretch& best) {
    std::size_t steps = 0;
    for (const Turn* last : kinds.own) {
      const Nanos end = last->latest;
      const std::size_t others_by_end = kinds.others_by(end);
      auto from = std::upper_bound(kinds.own.begin(), kinds.own.end(), end,
                                   [](Nanos at, const Turn* op) { return at < op->earliest; });
      for (std::size_t count = 0; from != kinds.own.begin() && count + 1 < best.count;) {
        if (++steps > kStretchStepsMax) return;
        --from;
        if ((*from)->latest > end) continue;
        const Nanos begin = (*from)->earliest;
        const std::size_t others = others_by_end - kinds.others_before(begin);
        if (++count >= others + 2) {
          best = {acquires, false, begin, end, count, others};
          break;
        }
      }
    }
  }

  // At the very start the lock is free, so one release more than acquires is too many already.
  static void shortest_from_start(const Kinds& releases, Stretch& best) {
    std::vector<Nanos> ends;
    for (const Turn* op : releases.own) ends.push_back(op->latest);
    std::sort(ends.begin(), ends.end());
    for (std::size_t count = 1; count <= ends.size() && count < best.count; ++count) {
      const std::size_t others = releases.others_by(ends[count - 1]);
      if (count > others) best = {false, true, INT64_MIN, ends[count - 1], count, others};
    }
  }

  bool too_many() {
    Stretch best;
    const Kinds of_acquires = kinds(true), of_releases = kinds(false);
    shortest_within(of_acquires, true, best);
    shortest_within(of_releases, false, best);
    shortest_from_start(of_releases, best);
    if (best.count == SIZE_MAX) return false;
    const Kinds& found = best.acquires ? of_acquires : of_releases;
    std::vector<const Turn*> inside, between;
    for (const Turn* op : found.own) {
      if (op->earliest >= best.begin && op->latest <= best.end) inside.push_back(op);
    }
    for (const Turn* op : found.other) {
      if (op->latest >= best.begin && op->earliest <= best.end) between.push_back(op);
    }
    return tell_too_many(best, inside, between);
  }

  bool tell_too_many(const Stretch& stretch, const std::vector<const Turn*>& inside,
                     const std::vector<const Turn*>& between) {
    const bool acquires = stretch.acquires, from_start = stretch.from_start;
    const std::string one = acquires ? "acquire" : "release", other = acquires ? "release" : "acquire";
    const std::size_t count = inside.size(), others = between.size();
    const bool all = count + others <= kStepsShown;
    for (const Turn* op : inside) {
      found_.witness.push_back(op->id);
      if (all || op == inside.front() || op == inside.back())
        found_.steps.push_back(text(op->id) + (from_start ? " returned." : " took its turn in this time."));
    }
    for (const Turn* op : between) {
      found_.witness.push_back(op->id);
      if (all) found_.steps.push_back(text(op->id) + " may have come between them.");
    }
    if (!all) {
      found_.steps.push_back("So did " + std::to_string(count - 2) + " more; " + std::to_string(others) +
                             " " + other + "s may have come between them.");
    }
    found_.steps.push_back((from_start ? "At first the lock was free. "
                                       : "Between any two of these the lock was " +
                                             std::string(acquires ? "released. " : "acquired. ")) +
                           "No other " + other + " can have taken effect before the last of them returned" +
                           (from_start ? "." : " and after the first of them began."));
    found_.summary =
        std::to_string(count) + " " + one + "s of a lock, and " +
        (others == 0 ? "no " + other : std::to_string(others) + " " + other + (others == 1 ? "" : "s")) +
        " that can have come between them.";
    return true;
  }

  const History& history_;
  bool any_unknown_ = false;
  std::vector<Turn> ops_;
  Contradiction found_;
};

}  // namespace

Contradiction contradict_lock(const History& history, std::span<const OpId> ids, bool fenced, OpId stuck_at) {
  return LockContradiction(history, ids, fenced).find(stuck_at);
}

}  // namespace assay::checkers
