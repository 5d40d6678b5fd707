// A lock whose tokens are out of order, or a stretch of time with more acquires than releases can explain (or
// the other way round): acquires and releases take turns.
#include <algorithm>
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
      Turn turn{op.invoked, op.completed, id, op.process, acquires, false, 0};
      turn.has_token = fenced && op.outcome == Outcome::ok && token.is_integer();
      if (turn.has_token) turn.token = token.as_integer();
      any_unknown_ = any_unknown_ || (acquires && op.outcome == Outcome::info);
      ops_.push_back(turn);
    }
  }

  Contradiction find(OpId stuck_at) {
    if (!tokens_contradict() && stuck_at != kNone) {
      too_many(history_.at(stuck_at));
      if (found_.witness.size() > kEasy || found_.witness.empty()) two_holders();
    }
    std::sort(found_.witness.begin(), found_.witness.end());
    return std::move(found_);
  }

 private:
  static constexpr std::size_t kEasy = 4;         // as many operations are understood at once
  static constexpr std::size_t kStepsShown = 12;  // more are counted

  struct Turn {
    Nanos invoked, completed;
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
    std::vector<const Turn*> acquires;
    for (const Turn& op : ops_) {
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
    return releases_contradict(acquires);
  }

  // A release names the token of who holds the lock.
  bool releases_contradict(const std::vector<const Turn*>& acquires) {
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

  // The shortest stretch of time that ends where one could not be placed, has n + 2 of its kind in it, and
  // only n of the other kind that can have come between them. At the very start the lock is free, so one
  // release more than acquires is too many already.
  bool too_many(const Operation& stuck) {
    const bool acquires = stuck.mops.front().fn == Fn::acquire;
    std::vector<const Turn*> inside, between;  // latest first
    for (const Turn& op : ops_) {
      if (op.acquires == acquires && op.completed <= stuck.completed) inside.push_back(&op);
      if (op.acquires != acquires && op.invoked <= stuck.completed) between.push_back(&op);
    }
    std::stable_sort(inside.begin(), inside.end(),
                     [](const Turn* a, const Turn* b) { return a->invoked > b->invoked; });
    std::stable_sort(between.begin(), between.end(),
                     [](const Turn* a, const Turn* b) { return a->completed > b->completed; });
    std::size_t others = 0;
    for (std::size_t count = 1; count <= inside.size(); ++count) {
      const Nanos begin = inside[count - 1]->invoked;
      while (others < between.size() && between[others]->completed >= begin) ++others;
      if (count >= others + 2) return tell_too_many(acquires, inside, count, between, others, false);
    }
    if (!acquires && inside.size() > between.size())
      return tell_too_many(acquires, inside, inside.size(), between, between.size(), true);
    return false;
  }

  bool tell_too_many(bool acquires, std::vector<const Turn*>& inside, std::size_t count,
                     std::vector<const Turn*>& between, std::size_t others, bool from_start) {
    const std::string one = acquires ? "acquire" : "release", other = acquires ? "release" : "acquire";
    inside.resize(count);
    between.resize(others);
    for (auto* some : {&inside, &between}) std::reverse(some->begin(), some->end());
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
