#include "checkers/sequential/explain.h"

#include <algorithm>
#include <numeric>

#include "checkers/linearizability/step_witness.h"
#include "checkers/sequential/saturation.h"
#include "checkers/sequential/search.h"

namespace assay::checkers {

namespace {

constexpr std::uint64_t kConfigurationsPerCheck = 20'000;
constexpr std::uint64_t kConfigurationsToExplain = 200'000;
constexpr std::size_t kStepsShown = 8;

// A part of a case as a case of its own: objects stay what they are.
struct PartCase {
  std::vector<std::uint32_t> object_of;
  std::vector<OpId> all;
  SequentialCase the_case;

  PartCase(const SequentialCase& whole, const History& part, const std::vector<OpId>& ids)
      : all(ids.size()), the_case{whole.model, part, object_of, whole.initial} {
    std::iota(all.begin(), all.end(), 0);
    for (const OpId id : ids) object_of.push_back(whole.object_of[id]);
  }
  PartCase(const PartCase&) = delete;
  PartCase& operator=(const PartCase&) = delete;
};

class SequentialJudge final : public WitnessJudge {
 public:
  SequentialJudge(const SequentialCase& the_case, Limits& limits) : case_(the_case), limits_(limits) {}
  bool is_invalid(const std::vector<OpId>& ids) override {
    return decide_sequential(case_, ids, kConfigurationsPerCheck, limits_) == Verdict::invalid;
  }
  bool is_invalid_part(const History& part, const std::vector<OpId>& ids) override {
    const PartCase the_part(case_, part, ids);
    return decide_sequential(the_part.the_case, the_part.all, kConfigurationsPerCheck, limits_) ==
           Verdict::invalid;
  }
  bool real_time() const override { return false; }

 private:
  const SequentialCase& case_;
  Limits& limits_;
};

std::string text(const CutWitness& shown, OpId id) {
  std::string words = operation_text(shown, id);
  words[0] = 'o';
  return words;
}

std::string capital(std::string sentence) {
  sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence;
}

std::string sentence(const CutWitness& shown, const SequentialProblem& problem, const Forced& edge) {
  const std::string from = text(shown, problem.ops[edge.from].id);
  const std::string to = text(shown, problem.ops[edge.to].id);
  const bool initially = edge.reader >= problem.ops.size();
  const std::string other = initially ? "" : text(shown, problem.ops[edge.reader].id);
  switch (edge.why) {
    case Forced::Why::process:
      return capital(from + " comes before " + to + ": one process made both, in this order.");
    case Forced::Why::read:
      return capital(from + " comes before " + to + ", which read what it wrote.");
    case Forced::Why::overwritten:
      return capital(from + " comes before " + to + ": " + other +
                     " comes after the first, and still read what the second wrote.");
    case Forced::Why::put_before:
      return capital(from + " comes before " + to + ": what it took out was put in before " + other + ".");
    case Forced::Why::taken_before:
      return capital(from + " comes before " + to + ": what it put in was taken out before " + other + ".");
    case Forced::Why::never_taken:
      return capital(from + " comes before " + to +
                     ": what it put in was taken out, what the other put in never was.");
    case Forced::Why::empty_after:
      return capital(from + " comes before " + to + ", which found nothing, but follows " + other + ".");
    case Forced::Why::empty_before:
      return capital(from + " comes before " + to + ": it found nothing, and what the other put in " +
                     (initially ? "was never taken out." : "was taken out after that, by " + other + "."));
    default:
      return capital(from + " comes before " + to + ": it read what " +
                     (initially ? "was there at first" : other + " wrote") +
                     ", which the second overwrites.");
  }
}

void describe_cycle(const CutWitness& shown, const SequentialProblem& problem, const Saturation& found,
                    std::vector<std::string>& steps) {
  if (found.unwritten != kNone) {
    steps.push_back(capital(text(shown, problem.ops[found.unwritten].id) +
                            " saw what no operation of the history wrote."));
    return;
  }
  for (const Forced& edge : found.cycle) steps.push_back(sentence(shown, problem, edge));
  steps.push_back("So " + text(shown, problem.ops[found.cycle.front().from].id) +
                  " would have to come before itself.");
}

void describe_search(const CutWitness& shown, const SequentialResult& found,
                     std::vector<std::string>& steps) {
  const std::size_t skipped = found.order.size() > kStepsShown ? found.order.size() - kStepsShown : 0;
  if (skipped > 0) steps.push_back(std::to_string(skipped) + " operations took effect before these.");
  for (std::size_t i = skipped; i < found.order.size(); ++i)
    steps.push_back(capital(text(shown, found.order[i])) + " can have taken effect next.");
  steps.push_back(
      "No operation that its process would make next can follow, and all other orders were tried (" +
      std::to_string(found.configurations) + " configurations): none gets further.");
}

}  // namespace

Verdict decide_sequential(const SequentialCase& the_case, std::span<const OpId> ids,
                          std::uint64_t configurations_max, Limits& limits) {
  const SequentialProblem problem = make_sequential_problem(the_case.model, the_case.history, ids,
                                                            the_case.object_of, the_case.initial, limits);
  if (limits.spent()) return Verdict::unknown;
  if (problem.has_parts || problem.has_elements) {
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
  ModelWitness search(the_case.model, the_case.history, ids, judge, limits);
  finding.witness = search.find(verdict);
  CutWitness shown = whole_witness(the_case.history, finding.witness);
  shown.minimal = search.is_minimal();
  if (the_case.model.has_steps()) shown = cut_to_steps(the_case.history, finding.witness, judge, limits);
  finding.witness = shown.ids;
  finding.anomaly = "non-sequential";
  finding.model = "sequential";
  finding.object = "history";
  finding.summary = "No order of " + std::to_string(finding.witness.size()) +
                    " operations that keeps each process's own explains what they saw.";
  const PartCase part(the_case, shown.part, shown.ids);
  const SequentialProblem problem =
      make_sequential_problem(the_case.model, shown.part, part.all, part.object_of, the_case.initial, limits);
  Saturation rules;
  if (problem.has_parts || problem.has_elements) rules = saturate(problem, limits);
  if (rules.unwritten != kNone || !rules.cycle.empty()) {
    if (rules.unwritten != kNone) finding.anomaly = "phantom-read";
    if (problem.has_elements)
      the_case.model.name_violation(shown.part, part.all, finding.anomaly, finding.summary);
    describe_cycle(shown, problem, rules, finding.steps);
  } else {
    the_case.model.name_violation(shown.part, part.all, finding.anomaly, finding.summary);
    describe_search(shown, search_sequential(problem, kConfigurationsToExplain, limits), finding.steps);
  }
  tell_cut(shown, finding);
  finding.details.push_back({"witness_operations", Value(static_cast<std::int64_t>(finding.witness.size()))});
  return finding;
}

}  // namespace assay::checkers
