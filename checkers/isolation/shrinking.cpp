#include "checkers/isolation/shrinking.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kWorkMax = 400'000;  // transactions looked at in all
constexpr std::size_t kWorkPerDecision = 50;

class Shrinker {
 public:
  Shrinker(const Problem& problem, const Model& model, Limits& limits)
      : model_(model), limits_(limits), part_(problem), kept_(problem.size()) {
    std::iota(kept_.begin(), kept_.end(), 0);
  }

  // Goes on with these of the present part, or what a refutation of them needs, if they are impossible.
  bool keep(const std::vector<Txn>& candidates) {
    work_ += candidates.size() + kWorkPerDecision;
    Problem part = part_of(part_, candidates);
    Decision decision = decide(part, model_, limits_);
    if (decision.verdict != Verdict::invalid) return false;
    take(std::move(part), candidates);
    while (decision.reasons.size() < part_.size() && !exhausted()) {
      work_ += decision.reasons.size() + kWorkPerDecision;
      part = part_of(part_, decision.reasons);
      const std::vector<Txn> reasons = decision.reasons;
      decision = decide(part, model_, limits_);
      if (decision.verdict != Verdict::invalid) break;
      take(std::move(part), reasons);
    }
    return true;
  }

  void leave_out_pieces() {
    for (std::size_t piece = std::max<std::size_t>(part_.size() / 2, 1); piece > 0; piece /= 2) {
      bool again = true;
      while (again && !exhausted()) {
        again = false;
        for (std::size_t begin = 0; begin < part_.size() && part_.size() > 1 && !exhausted();) {
          // A piece that could be left out has moved what is behind it to its place.
          if (!keep(without(begin, piece))) {
            begin += piece;
          } else {
            again = true;
          }
        }
      }
      piece = std::min(piece, std::max<std::size_t>(part_.size(), 1));
    }
  }

  const std::vector<Txn>& kept() const { return kept_; }

 private:
  bool exhausted() const { return work_ > kWorkMax || limits_.spent(); }

  void take(Problem part, const std::vector<Txn>& candidates) {
    std::vector<Txn> kept;
    for (const Txn txn : candidates) kept.push_back(kept_[txn]);
    kept_ = std::move(kept);
    part_ = std::move(part);
  }

  std::vector<Txn> without(std::size_t begin, std::size_t count) const {
    std::vector<Txn> rest;
    for (Txn txn = 0; txn < part_.size(); ++txn) {
      if (txn < begin || txn >= begin + count) rest.push_back(txn);
    }
    return rest;
  }

  Model model_;
  Limits& limits_;
  Problem part_;
  std::vector<Txn> kept_;  // in the whole problem
  std::size_t work_ = 0;
};

// Whether a transaction saw what another one wrote: read it, or a list in which it stands.
bool saw(const Problem& problem, Txn reader, Txn writer) {
  for (const Problem::Read& read : problem.reads_of(reader)) {
    if (read.writer == writer) return true;
    const auto shown = problem.shown_of(read.key);
    const auto last = std::find(shown.begin(), shown.end(), read.writer);
    if (last != shown.end() && std::find(shown.begin(), last, writer) != last) return true;
  }
  return false;
}

// Those of unknown outcome of which nothing among these shows that they took effect.
std::vector<Txn> unobserved(const Problem& problem, const std::set<Txn>& kept) {
  std::vector<Txn> committed, open;
  for (const Txn txn : kept) {
    const bool known = problem.transactions[txn].completed != kNever;
    (known ? committed : open).push_back(txn);
  }
  for (std::size_t at = 0; at < committed.size(); ++at) {
    const auto seen = std::stable_partition(open.begin(), open.end(),
                                            [&](Txn txn) { return !saw(problem, committed[at], txn); });
    committed.insert(committed.end(), seen, open.end());
    open.erase(seen, open.end());
  }
  return open;
}

// A transaction of unknown outcome counts only if somebody saw it, so somebody who did belongs to the witness.
std::vector<Txn> with_observers(const Problem& problem, const std::vector<Txn>& transactions) {
  std::set<Txn> kept(transactions.begin(), transactions.end());
  const auto add_observer = [&](bool of_known_outcome) {
    for (const Txn writer : unobserved(problem, kept)) {
      for (Txn reader = 0; reader < problem.size(); ++reader) {
        const bool known = problem.transactions[reader].completed != kNever;
        if (known != of_known_outcome || kept.contains(reader) || !saw(problem, reader, writer)) continue;
        kept.insert(reader);
        return true;
      }
    }
    return false;
  };
  while (add_observer(true) || add_observer(false)) {
  }
  return {kept.begin(), kept.end()};
}

}  // namespace

std::vector<Txn> shrink(const Problem& problem, const Model& model, const std::vector<Txn>& reasons,
                        Limits& limits) {
  if (!limits.fits(problem.bytes())) return reasons;
  const Charge charge(limits, problem.bytes());
  Shrinker shrinker(problem, model, limits);
  if (!shrinker.keep(reasons) && limits.spent()) return with_observers(problem, reasons);
  shrinker.leave_out_pieces();
  return with_observers(problem, shrinker.kept());
}

}  // namespace assay::checkers::isolation
