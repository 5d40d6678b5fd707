#include "checkers/linearizability/step_witness.h"

#include <algorithm>

#include "checkers/common/reduce.h"

namespace assay::checkers {

namespace {

constexpr int kStepChecksMax = 600;
constexpr Nanos kStepEffortMax = kSecond;
constexpr int kStepShareOfTime = 8;

// nil and the empty list are one: an absent key.
std::span<const Value> elements_of(const Value& value) {
  return value.kind() == Value::Kind::list ? value.as_list() : std::span<const Value>();
}
bool is_list(const Value& value) { return value.is_nil() || value.kind() == Value::Kind::list; }

class StepCutter {
 public:
  StepCutter(const History& history, std::span<const OpId> ids, WitnessJudge& judge, Limits& limits)
      : judge_(judge),
        limits_(limits),
        deadline_(limits.elapsed() + limits.share(kStepShareOfTime, kStepEffortMax)) {
    for (const OpId id : ids) {
      const Operation op = history.at(id);
      for (std::uint32_t i = 0; i < op.mops.size(); ++i) steps_.push_back({op, &op.mops[i], i});
    }
  }

  CutWitness find() {
    Flags kept(steps_.size(), Kept::yes);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].mop->fn == Fn::read && steps_[i].op.outcome == Outcome::info) kept[i] = Kept::no;
    }
    for (bool more = true; more && !out_of_effort();) {
      more = drop_looks(kept);
      more = drop_unseen(kept) || more;
    }
    CutWitness result = make(kept);
    result.minimal = !out_of_effort();
    return result;
  }

 private:
  enum class Kept : std::uint8_t { no, as_write, yes };
  using Flags = std::vector<Kept>;

  struct Step {
    Operation op;
    const Mop* mop;
    std::uint32_t place;  // in the operation
  };

  bool out_of_effort() const {
    return checks_ > kStepChecksMax || judge_.exhausted() || limits_.elapsed() > deadline_ || limits_.spent();
  }

  CutWitness make(const Flags& kept) const {
    CutWitness result;
    HistoryBuilder builder;
    Request mops;
    for (std::size_t i = 0; i < steps_.size();) {
      const Operation& op = steps_[i].op;
      mops.clear();
      for (; i < steps_.size() && steps_[i].op.id == op.id; ++i) {
        if (kept[i] == Kept::no) continue;
        mops.push_back(*steps_[i].mop);
        if (kept[i] == Kept::as_write && mops.back().fn == Fn::cas)
          mops.back() = {Fn::write, mops.back().key, mops.back().argument.second(), {}};
        result.cut = result.cut || kept[i] == Kept::as_write;
      }
      if (mops.empty()) continue;
      result.cut = result.cut || mops.size() < op.mops.size();
      Operation cut = op;
      cut.mops = mops;
      builder.add(cut);
      result.ids.push_back(op.id);
    }
    result.part = builder.build();
    return result;
  }

  bool shows(const Flags& kept) {
    ++checks_;
    const CutWitness some = make(kept);
    return !some.ids.empty() && judge_.is_invalid_part(some.part, some.ids);
  }

  template <class Drop>
  bool reduce_steps(Flags& kept, std::vector<std::uint32_t> units, const Drop& drop) {
    return checkers::reduce(
        kept, std::move(units), drop, [&](const Flags& flags) { return shows(flags); },
        [&] { return out_of_effort(); });
  }

  bool drop_looks(Flags& kept) {
    std::vector<std::uint32_t> units;
    for (std::uint32_t i = 0; i < steps_.size(); ++i) {
      if (looks(i, kept)) units.push_back(i);
    }
    return reduce_steps(kept, std::move(units), [&](Flags& flags, std::uint32_t step) {
      flags[step] = steps_[step].mop->fn == Fn::cas ? Kept::as_write : Kept::no;
    });
  }

  // Latest first, as who saw something is later than it.
  bool drop_unseen(Flags& kept) {
    std::vector<std::uint32_t> units;
    for (auto i = static_cast<std::uint32_t>(steps_.size()); i-- > 0;) {
      if (kept[i] != Kept::no && !looks(i, kept)) units.push_back(i);
    }
    return reduce_steps(kept, std::move(units), [&](Flags& flags, std::uint32_t step) {
      if (unseen(step, flags)) flags[step] = Kept::no;
    });
  }

  bool looks(std::uint32_t step, const Flags& kept) const {
    return kept[step] == Kept::yes && (steps_[step].mop->fn == Fn::read || steps_[step].mop->fn == Fn::cas);
  }

  bool unseen(std::uint32_t step, const Flags& kept) const {
    for (std::uint32_t i = 0; i < steps_.size(); ++i) {
      if (i != step && steps_[i].mop->key == steps_[step].mop->key && looks(i, kept) &&
          may_see(i, step, kept))
        return false;
    }
    return true;
  }

  // Whether the step `look` may have seen what the step `written` left.
  bool may_see(std::uint32_t look, std::uint32_t written, const Flags& kept) const {
    const Step &reader = steps_[look], &writer = steps_[written];
    if (!fits(*reader.mop, *writer.mop)) return false;
    if (reader.op.id == writer.op.id) return reader.place > writer.place;
    if (reader.op.process == writer.op.process && reader.op.id < writer.op.id) return false;
    if (!judge_.real_time()) return true;
    if (reader.op.completed < writer.op.invoked) return false;
    if (writer.mop->fn == Fn::add) return true;
    for (std::uint32_t i = 0; i < steps_.size(); ++i) {
      const Step& other = steps_[i];
      const bool replaces = other.mop->fn == Fn::write || other.mop->fn == Fn::cas;
      if (kept[i] != Kept::no && replaces && other.mop->key == writer.mop->key &&
          other.op.outcome == Outcome::ok && writer.op.completed < other.op.invoked &&
          other.op.completed < reader.op.invoked)
        return false;
    }
    return true;
  }

  // Whether what was seen can have been left by what was written, as far as values say.
  bool fits(const Mop& reader, const Mop& writer) const {
    const Value& seen = reader.fn == Fn::cas ? reader.argument.first() : reader.result;
    if (writer.fn == Fn::add || has_adds(writer.key)) return true;
    if (writer.fn == Fn::append) {
      const auto elements = elements_of(seen);
      return std::find(elements.begin(), elements.end(), writer.argument) != elements.end();
    }
    const Value& left = writer.fn == Fn::cas ? writer.argument.second() : writer.argument;
    if (!is_list(left) || !is_list(seen)) return left == seen;
    // What was appended behind it stands behind it.
    const auto first = elements_of(left), all = elements_of(seen);
    return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
  }

  bool has_adds(Key key) const {
    return std::any_of(steps_.begin(), steps_.end(),
                       [&](const Step& step) { return step.mop->key == key && step.mop->fn == Fn::add; });
  }

  WitnessJudge& judge_;
  Limits& limits_;
  Nanos deadline_;
  int checks_ = 0;
  std::vector<Step> steps_;
};

}  // namespace

CutWitness whole_witness(const History& history, std::span<const OpId> ids) {
  CutWitness result;
  HistoryBuilder builder;
  for (const OpId id : ids) builder.add(history.at(id));
  result.part = builder.build();
  result.ids.assign(ids.begin(), ids.end());
  return result;
}

std::string operation_text(const CutWitness& shown, OpId id) {
  return "Operation " + std::to_string(shown.ids[id]) + " (" + describe(shown.part.at(id)) + ")";
}

void tell_cut(const CutWitness& shown, Finding& finding) {
  if (shown.cut) {
    finding.steps.insert(
        finding.steps.begin(),
        "Of each operation only the steps that matter are shown; a compare-and-set of which only what it "
        "wrote matters is shown as a write.");
  }
  if (!shown.minimal) {
    finding.steps.push_back(
        "There may be a smaller set of operations that shows it: the effort for finding one ended first.");
  }
  finding.details.push_back({"witness_minimal", Value::boolean(shown.minimal)});
}

CutWitness cut_to_steps(const History& history, std::span<const OpId> ids, WitnessJudge& judge,
                        Limits& limits) {
  return StepCutter(history, ids, judge, limits).find();
}

}  // namespace assay::checkers
