#include "checkers/isolation/decide.h"

#include "checkers/isolation/choosing.h"
#include "checkers/isolation/pruning.h"
#include "checkers/isolation/schedule.h"

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kTooMany = 200;  // transactions, for trying a stronger order first
constexpr std::uint64_t kSolverCallsOfStronger = 300;

// An upper bound of what the graph of a problem takes, before it is made.
std::size_t bytes_expected(const Problem& problem) {
  const std::size_t edges =
      problem.reads.size() * 2 + problem.writes.size() * 2 + problem.size() * 4 + problem.keys;
  const std::size_t nodes = problem.size() * 3 + problem.writes.size() + problem.keys;
  return edges * (sizeof(Edge) + 8) + nodes * 24 + (problem.writes.size() + problem.keys) * 40;
}

class Decider {
 public:
  Decider(const Problem& problem, const Model& model, Limits& limits, const Shortcuts& shortcuts)
      : limits_(limits),
        shortcuts_(shortcuts),
        charge_(limits),
        graph_(problem, model.level, model.order, false, charge_),
        pruning_(graph_, limits) {}

  // What is known, a lost update, and a schedule that happens to work; unknown if that does not decide it.
  Decision decide_quickly() {
    if (shortcuts_.schedule && !graph_.lost_update().empty()) {
      result_.verdict = Verdict::invalid;
      result_.reasons = graph_.lost_update();
      return result_;
    }
    if (!sort_events(graph_, order_)) return refuted();
    if (graph_is_all() && shortcuts_.schedule) return valid(order_);
    if (shortcuts_.schedule) scheduled(order_);
    return result_;
  }

  // The rest. Requires: decide_quickly() did not decide it.
  Decision decide_fully(std::uint64_t solver_calls) {
    if (limits_.spent() || !graph_.list_choices(limits_)) return std::move(result_);
    result_.choices = graph_.choices().size();
    const Outlook outlook = prune();
    if (outlook == Outlook::refuted) return refuted();
    if (outlook == Outlook::spent) return std::move(result_);
    if (!sort_events(graph_, order_)) return refuted();
    if (pruning_.forced() > 0 && shortcuts_.schedule && scheduled(order_)) return std::move(result_);
    return choose(order_, solver_calls);
  }

 private:
  // No key has two chains whose order is open.
  bool graph_is_all() const {
    const auto begin = graph_.chain_begin();
    for (std::size_t key = 0; key + 1 < begin.size(); ++key) {
      if (begin[key + 1] - begin[key] > 2) return false;
    }
    return true;
  }

  bool scheduled(const std::vector<Node>& order) {
    const std::size_t bytes = graph_.node_count() * 60;
    if (!limits_.fits(bytes)) return false;
    const Charge charge(limits_, bytes);
    std::vector<Node> schedule;
    // Snapshots are mostly taken early, and single events happen late.
    const Haste first = graph_.two_events() ? Haste::starts_when_invoked : Haste::starts_when_completed;
    const Haste second = graph_.two_events() ? Haste::starts_when_completed : Haste::starts_when_invoked;
    for (const Haste haste : {first, second}) {
      if (limits_.spent()) return false;
      if (!schedule_events(graph_, turns(graph_, order, haste), limits_, schedule)) continue;
      valid(schedule);
      return true;
    }
    return false;
  }

  Outlook prune() {
    if (shortcuts_.prune) {
      const Outlook outlook = pruning_.run();
      sides_ = pruning_.sides();
      result_.forced = pruning_.forced();
      result_.rounds = pruning_.rounds();
      return outlook;
    }
    sides_.assign(graph_.choices().size(), Pruning::kOpen);
    return Outlook::open;
  }

  Decision choose(const std::vector<Node>& order, std::uint64_t solver_calls) {
    const std::vector<Node> likely = likely_order(graph_, turns(graph_, order, Haste::starts_when_completed));
    Choosing choosing = choose_sides(graph_, sides_, likely, solver_calls, limits_);
    result_.solved = choosing.solved;
    result_.clauses = choosing.clauses;
    if (choosing.verdict == Verdict::valid) return valid(choosing.order);
    if (choosing.verdict == Verdict::invalid) {
      result_.verdict = Verdict::invalid;
      result_.reasons = pruning_.reasons_of(choosing.cycles);
    }
    return std::move(result_);
  }

  Decision valid(const std::vector<Node>& order) {
    result_.verdict = Verdict::valid;
    for (const Node node : order) {
      if (graph_.txn_of(node) != kNone) result_.order.push_back(graph_.txn_of(node));
    }
    return result_;
  }

  Decision refuted() {
    result_.verdict = Verdict::invalid;
    result_.reasons = pruning_.reasons();
    return std::move(result_);
  }

  Limits& limits_;
  Shortcuts shortcuts_;
  Charge charge_;
  EventGraph graph_;
  Pruning pruning_;
  std::vector<Node> order_;
  std::vector<std::int8_t> sides_;
  Decision result_;
};

}  // namespace

namespace {

// With the order of sessions kept. Who keeps it, as most do, is far easier to find valid, and that is enough; and what
// is impossible with it may be so without.
Decision decide_stronger(const Problem& problem, const Model& model, Limits& limits) {
  Decision decision;
  {
    Decider stronger(problem, {model.level, Order::session}, limits, {});
    decision = stronger.decide_quickly();
    if (decision.verdict == Verdict::unknown) decision = stronger.decide_fully(kSolverCallsOfStronger);
  }
  if (decision.verdict != Verdict::invalid) return decision;
  if (decision.reasons.size() <= problem.size() / 2 && !limits.spent()) {
    Decision of_part = decide(part_of(problem, decision.reasons), model, limits);
    if (of_part.verdict == Verdict::invalid) {
      for (Txn& txn : of_part.reasons) txn = decision.reasons[txn];
      decision.reasons = std::move(of_part.reasons);
      return decision;
    }
  }
  return {};
}

}  // namespace

Decision decide(const Problem& problem, const Model& model, Limits& limits, const Shortcuts& shortcuts) {
  if (limits.spent() || !limits.fits(bytes_expected(problem))) return {};
  Decider decider(problem, model, limits, shortcuts);
  Decision decision = decider.decide_quickly();
  if (decision.verdict != Verdict::unknown || limits.spent()) return decision;
  if (model.order == Order::none && shortcuts.schedule && problem.size() > kTooMany &&
      limits.fits(bytes_expected(problem))) {
    decision = decide_stronger(problem, model, limits);
    if (decision.verdict != Verdict::unknown || limits.spent()) return decision;
  }
  return decider.decide_fully(UINT64_MAX);
}

}  // namespace assay::checkers::isolation
