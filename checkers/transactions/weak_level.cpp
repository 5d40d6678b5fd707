#include "checkers/transactions/weak_level.h"

#include <algorithm>
#include <set>

#include "checkers/transactions/causal_scan.h"
#include "checkers/transactions/register_checker.h"
#include "checkers/transactions/weak_explain.h"

namespace assay::checkers {

namespace {

class WeakLevelChecker final : public Checker {
 public:
  WeakLevelChecker(std::string checker, WeakLevel level, RegisterOptions options)
      : checker_(std::move(checker)), level_(level), options_(std::move(options)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    return check_registers(checker_, history, options_, budget,
                           [&](const RegisterHistory& registers, Limits& limits, Charge& charge,
                               CheckResult& result) { judge(registers, limits, charge, result); });
  }

 private:
  void judge(const RegisterHistory& registers, Limits& limits, Charge& charge, CheckResult& result) const {
    std::uint64_t bad = 0;
    const bool repeatable = level_ != WeakLevel::read_committed;
    const bool all_read =
        report_bad_reads(registers, repeatable, weak_level_name(level_), limits, result, bad);
    CommitGraph graph(registers, charge);
    Inference inference{graph, limits, {}, 0};
    std::vector<TransactionId> order;
    std::vector<std::vector<TransactionId>> cycles;
    bool decided = all_read && infer(registers, inference, order, cycles);
    if (decided && cycles.empty()) {
      decided = graph.order(limits, kRegisterFindingsMax, order, cycles) || !cycles.empty();
    }
    add_fact(result, "inferred_edges", graph.inferred());
    for (const InitialRead& read : inference.initial_reads) {
      if (result.findings.size() >= kRegisterFindingsMax) break;
      result.findings.push_back(explain_initial_read(registers, level_, read, limits));
    }
    explain_cycles(registers, graph, cycles, limits, result);
    if (!result.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.reason = "The history is not " + std::string(weak_level_name(level_)) + ": " +
                      counted(bad, "bad read") + ", " + counted(inference.initial_read_count, "read") +
                      " of an initial value that was overwritten, " + counted(cycles.size(), "cycle") +
                      " of the commit order were found.";
    } else if (!decided) {
      result.reason = "Not decided: " + limits.why() + " before the commit order was known.";
    } else {
      result.verdict = Verdict::valid;
      result.reason = "All " + counted(order.size(), "transaction") + " can commit in one order that is " +
                      std::string(weak_level_name(level_)) + ".";
      if (options_.certificate && level_ != WeakLevel::weak_causal) certify(std::move(order), result);
    }
  }

  // False when the budget is spent. The causal rule needs an order to begin with; cycles are returned if
  // there is none.
  bool infer(const RegisterHistory& registers, Inference& inference, std::vector<TransactionId>& order,
             std::vector<std::vector<TransactionId>>& cycles) const {
    if (level_ == WeakLevel::read_committed) return infer_read_committed(registers, inference);
    if (level_ == WeakLevel::read_atomic) return infer_read_atomic(registers, inference);
    if (!inference.graph.order(inference.limits, kRegisterFindingsMax, order, cycles)) return !cycles.empty();
    return CausalScan(registers, order, level_ == WeakLevel::weak_causal, inference).run();
  }

  void explain_cycles(const RegisterHistory& registers, const CommitGraph& graph,
                      const std::vector<std::vector<TransactionId>>& cycles, Limits& limits,
                      CheckResult& result) const {
    constexpr std::size_t kTriesMax = 8;
    std::set<std::vector<OpId>> seen;
    for (const std::vector<TransactionId>& cycle : cycles) {
      if (result.findings.size() >= kRegisterFindingsMax) return;
      std::vector<TransactionId> shortest = cycle;
      for (std::size_t i = 0; i < std::min(cycle.size(), kTriesMax); ++i) {
        const TransactionId through = cycle[i * cycle.size() / std::min(cycle.size(), kTriesMax)];
        std::vector<TransactionId> other = graph.shortest_cycle(limits, through);
        if (!other.empty() && other.size() < shortest.size()) shortest = std::move(other);
      }
      Finding finding = explain_cycle(registers, level_, shortest, limits);
      if (seen.insert(finding.witness).second) result.findings.push_back(std::move(finding));
    }
  }

  void certify(std::vector<TransactionId> order, CheckResult& result) const {
    Certificate certificate;
    certificate.claim = weak_level_name(level_);
    certificate.options["initial"] = options_.initial.to_string();
    certificate.objects.push_back({0, std::move(order)});
    result.certificate = std::move(certificate);
  }

  std::string checker_;
  WeakLevel level_;
  RegisterOptions options_;
};

}  // namespace

std::unique_ptr<Checker> make_weak_level_checker(std::string checker, WeakLevel level,
                                                 RegisterOptions options) {
  return std::make_unique<WeakLevelChecker>(std::move(checker), level, std::move(options));
}

}  // namespace assay::checkers
