#include "checkers/sequential/explain.h"

#include <algorithm>

#include "checkers/linearizability/model_witness.h"
#include "checkers/sequential/saturation.h"
#include "checkers/sequential/search.h"

namespace assay::checkers {

namespace {

constexpr std::uint64_t kConfigurationsPerCheck = 20'000;
constexpr std::uint64_t kConfigurationsToExplain = 200'000;
constexpr std::size_t kStepsShown = 8;

class SequentialJudge final : public WitnessJudge {
 public:
  SequentialJudge(const SequentialCase& the_case, Limits& limits) : case_(the_case), limits_(limits) {}
  bool is_invalid(const std::vector<OpId>& ids) override {
    return decide_sequential(case_, ids, kConfigurationsPerCheck, limits_) == Verdict::invalid;
  }
  bool real_time() const override { return false; }

 private:
  const SequentialCase& case_;
  Limits& limits_;
};

std::string text(const History& history, OpId id) {
  return "operation " + std::to_string(id) + " (" + describe(history.at(id)) + ")";
}

std::string capital(std::string sentence) {
  sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence;
}

std::string sentence(const History& history, const SequentialProblem& problem, const Forced& edge) {
  const std::string from = text(history, problem.ops[edge.from].id);
  const std::string to = text(history, problem.ops[edge.to].id);
  const bool initially = edge.reader >= problem.ops.size();
  const std::string other = initially ? "" : text(history, problem.ops[edge.reader].id);
  switch (edge.why) {
    case Forced::Why::process:
      return capital(from + " comes before " + to + ": one process made both, in this order.");
    case Forced::Why::read:
      return capital(from + " comes before " + to + ", which read what it wrote.");
    case Forced::Why::overwritten:
      return capital(from + " comes before " + to + ": " + other +
                     " comes after the first, and still read what the second wrote.");
    default:
      return capital(from + " comes before " + to + ": it read what " +
                     (initially ? "was there at first" : other + " wrote") +
                     ", which the second overwrites.");
  }
}

void describe_cycle(const History& history, const SequentialProblem& problem, const Saturation& found,
                    std::vector<std::string>& steps) {
  if (found.unwritten != kNone) {
    steps.push_back(capital(text(history, problem.ops[found.unwritten].id) +
                            " saw what no operation of the history wrote."));
    return;
  }
  for (const Forced& edge : found.cycle) steps.push_back(sentence(history, problem, edge));
  steps.push_back("So " + text(history, problem.ops[found.cycle.front().from].id) +
                  " would have to come before itself.");
}

void describe_search(const History& history, const SequentialResult& found, std::vector<std::string>& steps) {
  const std::size_t skipped = found.order.size() > kStepsShown ? found.order.size() - kStepsShown : 0;
  if (skipped > 0) steps.push_back(std::to_string(skipped) + " operations took effect before these.");
  for (std::size_t i = skipped; i < found.order.size(); ++i)
    steps.push_back(capital(text(history, found.order[i])) + " can have taken effect next.");
  steps.push_back(
      "No operation that its process would make next can follow, and all other orders were tried (" +
      std::to_string(found.configurations) + " configurations): none gets further.");
}

}  // namespace

Verdict decide_sequential(const SequentialCase& the_case, std::span<const OpId> ids,
                          std::uint64_t configurations_max, Limits& limits) {
  const SequentialProblem problem = make_sequential_problem(the_case.model, the_case.history, ids,
                                                            the_case.object_of, the_case.initial, limits);
  if (problem.has_parts) {
    const Saturation found = saturate(problem, limits);
    if (found.unwritten != kNone || !found.cycle.empty()) return Verdict::invalid;
  }
  return search_sequential(problem, configurations_max, limits).verdict;
}

Finding explain_sequential(const SequentialCase& the_case, std::span<const OpId> ids,
                           const std::vector<OpId>& conflict, Limits& limits) {
  SequentialJudge judge(the_case, limits);
  ObjectVerdict verdict;
  verdict.conflict = conflict;
  Finding finding;
  finding.witness = ModelWitness(the_case.model, the_case.history, ids, judge, limits).find(verdict);
  finding.anomaly = "non-sequential";
  finding.model = "sequential";
  finding.object = "history";
  finding.summary = "No order of " + std::to_string(finding.witness.size()) +
                    " operations that keeps each process's own explains what they saw.";
  const SequentialProblem problem = make_sequential_problem(the_case.model, the_case.history, finding.witness,
                                                            the_case.object_of, the_case.initial, limits);
  Saturation rules;
  if (problem.has_parts) rules = saturate(problem, limits);
  if (rules.unwritten != kNone || !rules.cycle.empty()) {
    if (rules.unwritten != kNone) finding.anomaly = "phantom-read";
    describe_cycle(the_case.history, problem, rules, finding.steps);
  } else {
    the_case.model.name_violation(the_case.history, finding.witness, finding.anomaly, finding.summary);
    describe_search(the_case.history, search_sequential(problem, kConfigurationsToExplain, limits),
                    finding.steps);
  }
  finding.details.push_back({"witness_operations", Value(static_cast<std::int64_t>(finding.witness.size()))});
  return finding;
}

}  // namespace assay::checkers
