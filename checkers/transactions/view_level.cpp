#include "checkers/transactions/view_level.h"

#include "checkers/transactions/register_checker.h"
#include "checkers/transactions/weak_explain.h"

namespace assay::checkers {

namespace {

class ViewLevelChecker final : public Checker {
 public:
  ViewLevelChecker(ViewLevel level, RegisterOptions options) : level_(level), options_(std::move(options)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    return check_registers(std::string(view_level_name(level_)), history, options_, budget,
                           [&](const RegisterHistory& registers, Limits& limits, Charge& charge,
                               CheckResult& result) { judge(registers, limits, charge, result); });
  }

 private:
  void judge(const RegisterHistory& registers, Limits& limits, Charge& charge, CheckResult& result) const {
    std::uint64_t bad = 0;
    bool decided = report_bad_reads(registers, true, view_level_name(level_), limits, result, bad);
    CommitGraph graph(registers, charge);
    std::vector<TransactionId> order;
    std::vector<std::vector<TransactionId>> cycles;
    if (decided && level_ == ViewLevel::causal_memory) {
      decided = graph.order(limits, kRegisterFindingsMax, order, cycles) || !cycles.empty();
      for (const std::vector<TransactionId>& cycle : cycles) {
        std::vector<TransactionId> shortest = graph.shortest_cycle(limits, cycle.front());
        result.findings.push_back(
            explain_cycle(registers, WeakLevel::causal, shortest.empty() ? cycle : shortest, limits));
        result.findings.back().model = view_level_name(level_);
      }
    }
    std::vector<ViewViolation> violations;
    std::vector<std::vector<TransactionId>> orders;
    if (decided && cycles.empty()) {
      ProcessViews views(registers, level_, limits);
      decided = views.run(kRegisterFindingsMax, violations, options_.certificate ? &orders : nullptr);
      add_fact(result, "inferred_edges", views.inferred());
    }
    for (const ViewViolation& violation : violations) {
      result.findings.push_back(explain_view(registers, level_, violation, limits));
    }
    if (!result.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.reason = counted(bad, "bad read") + ", " + counted(cycles.size(), "circle") + " of causes and " +
                      counted(violations.size(), "session") + " without a view of its own were found.";
    } else if (!decided) {
      result.reason = "Not decided: " + limits.why() + " while the views of processes were made.";
    } else {
      result.verdict = Verdict::valid;
      result.reason = "Each of " + counted(registers.session_count(), "session") +
                      " has an order of all writes that explains its reads.";
      if (options_.certificate) certify(registers, std::move(orders), result);
    }
  }

  void certify(const RegisterHistory& registers, std::vector<std::vector<TransactionId>> orders,
               CheckResult& result) const {
    Certificate certificate;
    certificate.claim = view_level_name(level_);
    certificate.options["initial"] = options_.initial.to_string();
    for (SessionId session = 0; session < orders.size(); ++session)
      certificate.objects.push_back({registers.process(session), std::move(orders[session])});
    result.certificate = std::move(certificate);
  }

  ViewLevel level_;
  RegisterOptions options_;
};

}  // namespace

std::unique_ptr<Checker> make_view_level_checker(ViewLevel level, RegisterOptions options) {
  return std::make_unique<ViewLevelChecker>(level, std::move(options));
}

}  // namespace assay::checkers
