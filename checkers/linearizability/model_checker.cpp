// One object under any model: the monitor that the model may have, else the search; and words for a
// violation.
#include <algorithm>
#include <numeric>

#include "checkers/linearizability/model_search.h"
#include "checkers/linearizability/model_witness.h"
#include "checkers/linearizability/object_checker.h"
#include "checkers/linearizability/step_witness.h"

namespace assay::checkers {

namespace {

constexpr std::uint64_t kConfigurationsToExplain = 100'000;
constexpr std::size_t kStepsShown = 8;
constexpr std::size_t kContextMax = 12;

constexpr std::uint64_t kConfigurationsPerCheck = 50'000;
constexpr std::uint64_t kConfigurationsOfAllChecks = 600'000;

class LinearizabilityJudge final : public WitnessJudge {
 public:
  LinearizabilityJudge(const ObjectModel& model, const History& history, Limits& limits)
      : model_(model), history_(history), limits_(limits) {}

  bool is_invalid(const std::vector<OpId>& ids) override { return decide(history_, ids); }
  bool is_invalid_part(const History& part, const std::vector<OpId>& ids) override {
    std::vector<OpId> all(ids.size());
    std::iota(all.begin(), all.end(), 0);
    return decide(part, std::move(all));
  }
  bool exhausted() const override { return left_ == 0; }
  bool real_time() const override { return true; }

 private:
  bool decide(const History& history, std::vector<OpId> useful) {
    model_.drop_useless(history, useful);
    const Verdict known = model_.monitor(history, useful, false, limits_).verdict;
    if (known != Verdict::unknown) return known == Verdict::invalid;
    const ModelResult found =
        search_model(model_, history, useful, {std::min(kConfigurationsPerCheck, left_), false}, limits_);
    left_ -= std::min(left_, found.configurations);
    return found.verdict == Verdict::invalid;
  }

  const ObjectModel& model_;
  const History& history_;
  Limits& limits_;
  std::uint64_t left_ = kConfigurationsOfAllChecks;
};

class ModelChecker final : public ObjectChecker {
 public:
  ModelChecker(const History& history, const ObjectModel& model) : history_(history), model_(model) {}

  ObjectVerdict check(std::span<const OpId> ids, bool want_order, Limits& limits) const override {
    ObjectVerdict verdict;
    if (!limits.fits(ids.size() * sizeof(OpId))) return verdict;
    Charge charge(limits, ids.size() * sizeof(OpId));
    std::vector<OpId> useful(ids.begin(), ids.end());
    model_.drop_useless(history_, useful);
    verdict = model_.monitor(history_, useful, want_order, limits);
    if (verdict.verdict != Verdict::unknown || limits.spent()) return verdict;
    ModelResult found = search_model(model_, history_, useful, {UINT64_MAX, want_order}, limits);
    verdict.verdict = found.verdict;
    verdict.configurations = found.configurations;
    verdict.stuck_at = found.stuck_at;
    verdict.reason = std::move(found.reason);
    if (found.verdict == Verdict::valid) verdict.order = std::move(found.order);
    return verdict;
  }

  Finding explain(std::span<const OpId> ids, const ObjectVerdict& verdict, Limits& limits) const override {
    Finding finding;
    finding.anomaly = "non-linearizable";
    finding.model = "linearizable";
    finding.object = name_of(ids);
    LinearizabilityJudge judge(model_, history_, limits);
    const bool checked =
        tell_contradiction(ids, verdict, judge, finding) || tell_search(ids, verdict, judge, limits, finding);
    finding.context = context(ids, finding.witness);
    finding.details.push_back(
        {"witness_operations", Value(static_cast<std::int64_t>(finding.witness.size()))});
    finding.details.push_back({"witness_checked_alone", Value::boolean(checked)});
    return finding;
  }

 private:
  // What the model knows to be a contradiction, if it is one for the search too.
  bool tell_contradiction(std::span<const OpId> ids, const ObjectVerdict& verdict,
                          LinearizabilityJudge& judge, Finding& finding) const {
    Contradiction found = model_.contradict(history_, ids, verdict);
    if (found.witness.empty() || !judge.is_invalid(found.witness)) return false;
    finding.summary = std::move(found.summary);
    finding.steps = std::move(found.steps);
    finding.witness = std::move(found.witness);
    return true;
  }

  // Whether the witness alone was found invalid once more.
  bool tell_search(std::span<const OpId> ids, const ObjectVerdict& verdict, LinearizabilityJudge& judge,
                   Limits& limits, Finding& finding) const {
    ModelWitness search(model_, history_, ids, judge, limits);
    finding.witness = search.find(verdict);
    CutWitness shown = whole_witness(history_, finding.witness);
    shown.minimal = search.is_minimal();
    if (model_.has_steps()) {
      LinearizabilityJudge fresh(model_, history_, limits);  // with an effort of its own
      shown = cut_to_steps(history_, finding.witness, fresh, limits);
    }
    finding.witness = shown.ids;
    std::vector<OpId> all(shown.ids.size());
    std::iota(all.begin(), all.end(), 0);
    const ModelResult alone = search_model(model_, shown.part, all, {kConfigurationsToExplain, true}, limits);
    finding.summary = "No order of " + std::to_string(finding.witness.size()) + " operations on " +
                      finding.object + " explains what they saw.";
    model_.name_violation(shown.part, all, finding.anomaly, finding.summary);
    finding.steps = steps(shown, alone);
    tell_cut(shown, finding);
    return alone.verdict == Verdict::invalid;
  }

  static std::vector<std::string> steps(const CutWitness& shown, const ModelResult& alone) {
    const auto text = [&](OpId id) { return operation_text(shown, id); };
    std::vector<std::string> steps;
    const std::size_t skipped = alone.order.size() > kStepsShown ? alone.order.size() - kStepsShown : 0;
    if (skipped > 0) steps.push_back(std::to_string(skipped) + " operations took effect before these.");
    for (std::size_t i = skipped; i < alone.order.size(); ++i) {
      steps.push_back(text(alone.order[i]) + " can have taken effect next.");
    }
    if (alone.stuck_at == kNone) {
      steps.push_back("These operations contradict each other, but showing how takes more than the budget.");
      return steps;
    }
    steps.push_back(text(alone.stuck_at) +
                    " returned then, so it has taken effect; but no order of the operations before it and in "
                    "flight leads to what it saw, or lets the others follow.");
    const Operation stuck = shown.part.at(alone.stuck_at);
    for (OpId id = 0; id < shown.ids.size(); ++id) {
      const Operation other = shown.part.at(id);
      if (id == alone.stuck_at || other.invoked > stuck.completed || steps.size() > 3 * kStepsShown) continue;
      if (std::find(alone.order.begin(), alone.order.end(), id) != alone.order.end()) continue;
      steps.push_back(text(id) + " was in flight then, and helps neither before it nor after it.");
    }
    return steps;
  }

  std::string name_of(std::span<const OpId> ids) const {
    std::vector<Key> keys;
    for (const OpId id : ids) {
      for (const Mop& mop : history_.at(id).mops) {
        if (keys.empty() || keys.back() != mop.key) keys.push_back(mop.key);
      }
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::string name = keys.size() == 1 ? "key " : "keys ";
    for (std::size_t i = 0; i < keys.size() && i < 8; ++i)
      name += (i > 0 ? ", " : "") + history_.key_name(keys[i]);
    return keys.size() > 8 ? name + " and others" : name;
  }

  // Operations of the object around the last of the witness.
  static std::vector<OpId> context(std::span<const OpId> ids, const std::vector<OpId>& witness) {
    std::vector<OpId> context;
    if (witness.empty()) return context;
    const auto last =
        static_cast<std::size_t>(std::lower_bound(ids.begin(), ids.end(), witness.back()) - ids.begin());
    for (std::size_t i = last > kContextMax / 2 ? last - kContextMax / 2 : 0;
         i < ids.size() && i < last + kContextMax / 2; ++i) {
      if (!std::binary_search(witness.begin(), witness.end(), ids[i])) context.push_back(ids[i]);
    }
    return context;
  }

  const History& history_;
  const ObjectModel& model_;
};

}  // namespace

std::string operation_text(const History& history, OpId id) {
  return "Operation " + std::to_string(id) + " (" + describe(history.at(id)) + ")";
}

std::unique_ptr<ObjectChecker> make_model_checker(const History& history, const ObjectModel& model) {
  return std::make_unique<ModelChecker>(history, model);
}

}  // namespace assay::checkers
