// The checker "lock": a lock has one holder at a time. Each key is a lock of its own; who acquires it holds
// it surely from the return of the acquire to the invocation of its next release that did not fail, or to the
// end. No two sure holdings may overlap; that is also enough: holdings that do not overlap can be put in an
// order that fits every interval.
//
// An acquire of unknown outcome may never have happened: it holds nothing. A release of unknown outcome may
// have let go at once. A release that failed changed nothing.
//
// Fencing tokens, the integers that acquires return (Kleppmann, "How to do distributed locking", 2016): a
// token given out after another one returned is greater; no two acquires get the same; a release brings the
// token of its acquire.
//
// Writes by holders: an operation of a process that holds locks and writes other keys is done under its latest token. Where
// the storage knows tokens (micro-operation fence) or not, no write under a token may begin after one of the same key
// under a greater token was acknowledged: the lock was lost meanwhile, and two holders wrote. Reads and other keys are
// not looked at.
//
// Option `lease` = yes | no (default): whether a holder may lose the lock without a word, so that holdings
// may overlap and only the tokens count. Only the holder releases; locks without owners are those of the
// checker "linearizable".
//
// Complexity: n log n. Memory: about 60 bytes a holding.
#include <algorithm>
#include <map>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  bool lease = false;
};

constexpr OpId kNobody = UINT32_MAX;

struct Holding {
  Nanos invoked = 0;
  Nanos begin = 0;     // the acquire returned
  Nanos end = kNever;  // the release was invoked
  OpId acquire = 0;
  OpId release = kNobody;
  ProcessId process = 0;
  Value token;
};

class LockChecker {
 public:
  LockChecker(const Settings& settings, const History& history, const Budget& budget)
      : settings_(settings),
        history_(history),
        report_("lock", settings.lease ? "fenced lock" : "mutex", budget,
                {"double-hold", "stale-holder-write", "token-reused", "token-not-growing", "release-not-held",
                 "wrong-token"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * (sizeof(Holding) + 8))) return stopped(0);
    for (const Operation op : history_.operations()) {
      if (report_.spent()) return stopped(op.id);
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::acquire || mop.fn == Fn::release) {
          collect(op, mop);
        } else if (mop.fn == Fn::write) {
          collect_write(op, mop);
        } else if (mop.fn != Fn::read && mop.fn != Fn::fence) {
          return report_.nothing_to_judge("The history cannot be judged: operation " + std::to_string(op.id) +
                                          " is no acquire, no release and no write of a holder.");
        }
      }
    }
    for (std::uint32_t lock = 0; lock < locks_.size(); ++lock) {
      if (!settings_.lease && !judge_overlaps(lock)) return stopped(static_cast<OpId>(history_.size()));
      if (!judge_tokens(lock)) return stopped(static_cast<OpId>(history_.size()));
    }
    if (!judge_writes()) return stopped(static_cast<OpId>(history_.size()));
    report_.fact("locks", locks_.size());
    report_.fact("holder_writes", holder_writes_);
    report_.fact("acquired", acquired_);
    report_.fact("acquired_maybe", unsure_);
    report_.fact("tokens", tokens_);
    if (acquired_ == 0)
      return report_.nothing_to_judge("No lock was acquired for sure, so nothing was tested.");
    if (settings_.lease && tokens_ == 0) {
      return report_.nothing_to_judge("No acquire returned a fencing token, so nothing was tested.");
    }
    return report_.valid(counted(acquired_, "holding") + " of " + counted(locks_.size(), "lock") +
                         (settings_.lease ? " have growing tokens." : " never overlap."));
  }

 private:
  CheckResult stopped(OpId at) { return report_.stopped(counted(at, "operation")); }

  void collect(const Operation& op, const Mop& mop) {
    if (op.outcome == Outcome::fail) return;
    const std::uint32_t lock = keys_.add(mop.key);
    if (lock == locks_.size()) locks_.emplace_back(), current_.emplace_back();
    std::vector<Holding>& holdings = locks_[lock];
    if (mop.fn == Fn::acquire) {
      if (op.outcome == Outcome::info) {
        ++unsure_;
        return;
      }
      ++acquired_;
      // Who acquires a lock with a lease again has lost it meanwhile.
      if (settings_.lease) current_[lock][op.process].clear();
      current_[lock][op.process].push_back(static_cast<std::uint32_t>(holdings.size()));
      if (mop.result.is_integer()) token_of_[op.process] = {mop.result.as_integer(), op.id};
      Holding& holding = holdings.emplace_back();
      holding.invoked = op.invoked;
      holding.begin = op.completed;
      holding.acquire = op.id;
      holding.process = op.process;
      holding.token = mop.result;
      return;
    }
    release(op, mop, lock);
  }

  // Under the token that its process was given last, whether it still holds the lock or not.
  void collect_write(const Operation& op, const Mop& mop) {
    const auto token = token_of_.find(op.process);
    if (op.outcome != Outcome::ok || token == token_of_.end()) return;
    ++holder_writes_;
    writes_[mop.key].push_back({op.invoked, op.completed, op.id, token->second.first, token->second.second});
  }

  // In order of invocation, each write against the greatest token of those acknowledged by then.
  bool judge_writes() {
    for (const auto& [key, writes] : writes_) {
      std::vector<const HolderWrite*> by_completion;
      for (const HolderWrite& write : writes) by_completion.push_back(&write);
      std::stable_sort(
          by_completion.begin(), by_completion.end(),
          [](const HolderWrite* a, const HolderWrite* b) { return a->completed < b->completed; });
      std::size_t completed = 0;
      const HolderWrite* greatest = nullptr;
      for (const HolderWrite& write : writes) {
        if (report_.spent()) return false;
        for (; completed < by_completion.size() && by_completion[completed]->completed < write.invoked;
             ++completed) {
          const HolderWrite* const earlier = by_completion[completed];
          if (greatest == nullptr || earlier->token > greatest->token) greatest = earlier;
        }
        if (greatest != nullptr && write.token < greatest->token) late_write(key, *greatest, write);
      }
    }
    return true;
  }

  struct HolderWrite;
  void late_write(Key key, const HolderWrite& newer, const HolderWrite& late) {
    if (!report_.found("stale-holder-write")) return;
    const std::string name = "key " + history_.key_name(key);
    report_.accuse(
        {"stale-holder-write",
         name,
         "Two holders of the lock wrote " + name + ": the earlier one after the later one.",
         {naming(history_.at(late.acquire), "acquire") + " got the token " + std::to_string(late.token) +
              ", " + naming(history_.at(newer.acquire), "acquire") + " the token " +
              std::to_string(newer.token) + ", so that the first one had lost the lock.",
          naming(history_.at(newer.id), "write") + " under the token " + std::to_string(newer.token) +
              " was acknowledged.",
          naming(history_.at(late.id), "write") + " under the token " + std::to_string(late.token) +
              " was invoked after that, and was accepted all the same."},
         {late.acquire, newer.acquire, newer.id, late.id}});
  }

  void release(const Operation& op, const Mop& mop, std::uint32_t lock) {
    std::vector<std::uint32_t>& held = current_[lock][op.process];
    if (held.empty()) {
      if (op.outcome != Outcome::ok || settings_.lease) return;
      if (report_.found("release-not-held")) {
        report_.accuse({"release-not-held",
                        object(lock),
                        "A process released a lock that it did not hold.",
                        {naming(op, "release") + " succeeded.",
                         "Process " + std::to_string(op.process) +
                             " had not acquired the lock, or had released it already."},
                        {op.id}});
      }
      return;
    }
    for (const std::uint32_t each : held) {
      Holding& holding = locks_[lock][each];
      holding.end = op.invoked;
      holding.release = op.id;
      const bool wrong = op.outcome == Outcome::ok && !mop.argument.is_nil() && !holding.token.is_nil() &&
                         mop.argument != holding.token;
      if (!wrong || !report_.found("wrong-token")) continue;
      report_.accuse({"wrong-token",
                      object(lock),
                      "A release with another holding's token succeeded.",
                      {naming(history_.at(holding.acquire), "acquire") + " got the token " +
                           holding.token.to_string() + ".",
                       naming(op, "release") + " brought " + mop.argument.to_string() + " and succeeded."},
                      {holding.acquire, op.id}});
    }
    held.clear();
  }

  // In order of their beginning, a holding overlaps an earlier one if and only if it begins before the latest
  // end so far.
  bool judge_overlaps(std::uint32_t lock) {
    std::vector<Holding>& holdings = locks_[lock];
    std::stable_sort(holdings.begin(), holdings.end(),
                     [](const Holding& a, const Holding& b) { return a.begin < b.begin; });
    const Holding* latest = nullptr;
    for (const Holding& holding : holdings) {
      if (report_.spent()) return false;
      if (latest != nullptr && holding.begin < latest->end && latest->begin < holding.end) {
        overlap(lock, *latest, holding);
      }
      if (latest == nullptr || holding.end > latest->end) latest = &holding;
    }
    return true;
  }

  void overlap(std::uint32_t lock, const Holding& first, const Holding& second) {
    if (!report_.found("double-hold")) return;
    const auto until = [&](const Holding& holding) {
      return holding.release == kNobody
                 ? std::string(" and never released it.")
                 : " and kept it until " + naming(history_.at(holding.release), "release") + " was invoked.";
    };
    std::vector<OpId> witness{first.acquire, second.acquire};
    for (const Holding* holding : {&first, &second}) {
      if (holding->release != kNobody) witness.push_back(holding->release);
    }
    const bool same = first.process == second.process;
    report_.accuse(
        {"double-hold",
         object(lock),
         same ? "A process acquired a lock that it held already."
              : "Two processes held the lock at the same time.",
         {naming(history_.at(first.acquire), "acquire") + " succeeded" + until(first),
          naming(history_.at(second.acquire), "acquire") + " succeeded in the meantime" + until(second)},
         std::move(witness)});
  }

  // In order of invocation, each token against the greatest that had been returned by then.
  bool judge_tokens(std::uint32_t lock) {
    std::vector<const Holding*> by_invocation, by_completion;
    DenseIds<std::int64_t> tokens;
    std::vector<OpId> given_to;
    for (const Holding& holding : locks_[lock]) {
      if (report_.spent()) return false;
      if (!holding.token.is_integer()) continue;
      ++tokens_;
      by_invocation.push_back(&holding);
      const std::uint32_t id = tokens.add(holding.token.as_integer());
      if (id == given_to.size()) {
        given_to.push_back(holding.acquire);
      } else {
        bad_token(lock, "token-reused", given_to[id], holding.acquire,
                  "The token " + holding.token.to_string() + " was given out twice.");
      }
    }
    by_completion = by_invocation;
    std::stable_sort(by_invocation.begin(), by_invocation.end(),
                     [](const Holding* a, const Holding* b) { return a->invoked < b->invoked; });
    std::stable_sort(by_completion.begin(), by_completion.end(),
                     [](const Holding* a, const Holding* b) { return a->begin < b->begin; });
    std::size_t completed = 0;
    const Holding* greatest = nullptr;
    for (const Holding* holding : by_invocation) {
      if (report_.spent()) return false;
      for (; completed < by_completion.size() && by_completion[completed]->begin < holding->invoked;
           ++completed) {
        const Holding* earlier = by_completion[completed];
        if (greatest == nullptr || earlier->token > greatest->token) greatest = earlier;
      }
      if (greatest == nullptr || holding->token >= greatest->token) continue;
      bad_token(lock, "token-not-growing", greatest->acquire, holding->acquire,
                "The token " + holding->token.to_string() + " was given out after " +
                    greatest->token.to_string() + ".");
    }
    return true;
  }

  void bad_token(std::uint32_t lock, const char* anomaly, OpId first, OpId second, std::string summary) {
    if (!report_.found(anomaly)) return;
    const auto got = [&](OpId id) {
      const Operation op = history_.at(id);
      return naming(op, "acquire") + " got the token " + op.mops.front().result.to_string() + ".";
    };
    report_.accuse(
        {anomaly,
         object(lock),
         std::move(summary),
         {got(first), got(second), "A store that refuses old tokens would mistake one holder for the other."},
         {first, second}});
  }

  std::string object(std::uint32_t lock) const { return "lock " + history_.key_name(keys_[lock]); }

  Settings settings_;
  const History& history_;
  Report report_;
  DenseIds<Key> keys_;
  std::vector<std::vector<Holding>> locks_;
  std::vector<std::map<ProcessId, std::vector<std::uint32_t>>>
      current_;  // holdings without a release, by holder
  // An acknowledged write, the token under which it was made, and the acquire that returned it.
  struct HolderWrite {
    Nanos invoked = 0, completed = 0;
    OpId id = 0;
    std::int64_t token = 0;
    OpId acquire = 0;
  };
  std::map<ProcessId, std::pair<std::int64_t, OpId>> token_of_;
  std::map<Key, std::vector<HolderWrite>> writes_;
  std::uint64_t holder_writes_ = 0;
  std::uint64_t acquired_ = 0;
  std::uint64_t unsure_ = 0;
  std::uint64_t tokens_ = 0;
};

CheckResult check_lock(const Settings& settings, const History& history, const Budget& budget) {
  return LockChecker(settings, history, budget).run();
}

std::unique_ptr<Checker> make_lock(const CheckerOptions& options, std::string& error) {
  OptionReader reader("lock", options);
  Settings settings;
  settings.lease = reader.yes("lease", false);
  return checker_of(reader, settings, check_lock, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::acquire, Fn::release, Fn::read, Fn::write, Fn::fence) || shape.count(Fn::acquire) == 0)
    return "needs acquires and releases of locks";
  return {};
}

}  // namespace

extern const CheckerPlugin lock_plugin;
const CheckerPlugin lock_plugin = {"lock", "a lock has one holder at a time, and fencing tokens grow",
                                   make_lock, unsuited};

}  // namespace assay::checkers
