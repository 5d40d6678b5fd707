// The checker "causal-reverse": no read sees a write and misses another one that was acknowledged before the
// first was invoked (Jepsen's tests causal-reverse and comments), or, with order = process, that the same
// process made before it (Jepsen's test sequential). Looks at transactions that read several registers with
// unique values, and at reads of sets. With order = answers: no session sees an answer and then misses what it answers,
// where values say what they answer (reversal/answers.h). Options: `order` = real-time (the default) | process | answers,
// `initial` = an integer or nil (the default), `certificate` = yes | no (the default).
#include <algorithm>

#include "checkers/common/certify.h"
#include "checkers/registry.h"
#include "checkers/reversal/answers.h"
#include "checkers/reversal/missing_writes.h"
#include "checkers/transactions/register_checker.h"

namespace assay::checkers {

namespace {

enum class Order : std::uint8_t { real_time, process, answers };

class CausalReverseChecker final : public Checker {
 public:
  CausalReverseChecker(RegisterOptions options, Order order, CheckerOptions given)
      : options_(std::move(options)),
        order_(order),
        by_process_(order == Order::process),
        given_(std::move(given)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    CheckResult result = judge(history, budget);
    if (options_.certificate) certify("causal-reverse", given_, history, result);
    return result;
  }

 private:
  CheckResult judge(const History& history, const Budget& budget) const {
    Limits limits(budget);
    Charge charge(limits);
    CheckResult result;
    result.checker = "causal-reverse";
    MissingWrites found;
    RegisterHistory registers;
    if (limits.spent()) {
      result.reason = "Nothing was checked: " + limits.why() + ".";
    } else if (order_ == Order::answers) {
      judge_answers(history, limits, result);
      return result;
    } else if (adds(history)) {
      if (by_process_) {
        result.nothing_to_judge("The history cannot be judged: sets are judged in real time only.");
      } else {
        conclude(history, find_missing_elements(history, limits, found), found, limits, result);
      }
    } else if (prepare_registers(history, options_, limits, charge, registers, result)) {
      std::uint64_t bad = 0;
      const bool done = report_bad_reads(registers, false, "causal-reverse", limits, result, bad) &&
                        (by_process_ ? find_missing_by_process(registers, limits, found)
                                     : find_missing_in_real_time(registers, limits, found));
      conclude(history, done, found, limits, result);
    }
    add_fact(result, "operations", history.size());
    add_fact(result, "reads_compared", found.compared);
    add_fact(result, "missing_writes", found.count);
    add_fact(result, "memory_peak_bytes", limits.peak_bytes());
    add_fact(result, "elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
    return result;
  }

  static bool adds(const History& history) {
    for (const Operation op : history.operations()) {
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::add) return true;
        if (mop.fn == Fn::write || mop.fn == Fn::cas) return false;
      }
    }
    return false;
  }

  static void judge_answers(const History& history, Limits& limits, CheckResult& result) {
    OrphanAnswers found;
    const bool done = find_orphan_answers(history, limits, found);
    for (const OrphanAnswer& orphan : found.first) result.findings.push_back(explain(history, orphan));
    if (!result.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.reason = counted(found.count, "time") + " an answer was seen without what it answers.";
    } else if (!done) {
      result.reason = "Not decided: " + limits.why() + " after " + counted(found.compared, "read") + ".";
    } else if (found.compared == 0) {
      result.reason = "Nobody looked for what an answer that was seen answers, so nothing was tested.";
    } else {
      result.verdict = Verdict::valid;
      result.reason = "What " + counted(found.compared, "seen answer") + " answer was there, too.";
    }
    add_fact(result, "operations", history.size());
    add_fact(result, "answers_seen", found.answers);
    add_fact(result, "reads_compared", found.compared);
    add_fact(result, "answers_without_question", found.count);
    add_fact(result, "memory_peak_bytes", limits.peak_bytes());
    add_fact(result, "elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
  }

  static Finding explain(const History& history, const OrphanAnswer& orphan) {
    const Operation answer = history.at(orphan.answer), question = history.at(orphan.question);
    const std::string asked = "key " + history.key_name(orphan.question_key);
    const std::string answered = "key " + history.key_name(orphan.answer_key);
    Finding finding;
    finding.anomaly = "answer-without-question";
    finding.model = "consistent-prefix";
    finding.object = asked;
    finding.summary = "Process " + std::to_string(answer.process) + " saw " + answered + ", which answers " +
                      asked + ", and did not find " + asked +
                      (answer.id == question.id ? " in the same read." : " after that.");
    finding.steps = {
        std::to_string(answer.id) + ": " + describe(answer),
        std::to_string(question.id) + ": " + describe(question),
        "Whoever wrote " + answered + " had seen " + asked + ", so that it comes first for everybody."};
    finding.witness = {orphan.answer, orphan.question};
    if (answer.id == question.id) finding.witness.pop_back();
    return finding;
  }

  void conclude(const History& history, bool done, const MissingWrites& found, const Limits& limits,
                CheckResult& result) const {
    for (const MissingWrite& missing : found.first) {
      if (result.findings.size() < kRegisterFindingsMax) result.findings.push_back(explain(history, missing));
    }
    if (!result.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.reason = counted(found.count, "write") + " missing where a later one is seen; " +
                      counted(result.findings.size(), "finding") + " shown.";
    } else if (!done) {
      result.reason = "Not decided: " + limits.why() + " after " + counted(found.compared, "read") + ".";
    } else if (found.compared == 0) {
      result.nothing_to_judge("No read saw a write and another key or element, so nothing was tested.");
    } else {
      result.verdict = Verdict::valid;
      result.reason = "None of " + counted(found.compared, "read") +
                      " misses a write that was over before one that it sees.";
    }
  }

  Finding explain(const History& history, const MissingWrite& missing) const {
    const auto name = [](OpId id) { return "operation " + std::to_string(id); };
    Finding finding;
    finding.anomaly = "causal-reverse";
    finding.model = by_process_ ? "sequential" : "strict-serializable";
    finding.object = "key " + history.key_name(missing.key);
    finding.summary = name(missing.reader) + " saw " + name(missing.later) + " but not " +
                      name(missing.earlier) + ", which was over before that began.";
    finding.steps = {name(missing.earlier) + " wrote " + finding.object +
                         (by_process_ ? ", and the same process went on." : ", and was acknowledged."),
                     "After that " + name(missing.later) + " began.",
                     name(missing.reader) + " read what " + name(missing.later) + " wrote, but of " +
                         finding.object +
                         (missing.seen_instead == kNobody
                              ? " nothing of it."
                              : " what " + name(missing.seen_instead) + " had written before.")};
    finding.witness = {missing.earlier, missing.later, missing.reader};
    if (missing.seen_instead != kNobody) finding.witness.push_back(missing.seen_instead);
    std::sort(finding.witness.begin(), finding.witness.end());
    finding.witness.erase(std::unique(finding.witness.begin(), finding.witness.end()), finding.witness.end());
    return finding;
  }

  RegisterOptions options_;
  Order order_;
  bool by_process_;
  CheckerOptions given_;
};

std::unique_ptr<Checker> make_causal_reverse(const CheckerOptions& given, std::string& error) {
  OptionReader reader("causal-reverse", given);
  const auto order = static_cast<Order>(reader.choice("order", {"real-time", "process", "answers"}));
  const RegisterOptions options = register_options(reader);
  error = reader.error();
  return error.empty() ? std::make_unique<CausalReverseChecker>(options, order, given) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  const bool sets = shape.only(Fn::read, Fn::add) && shape.count(Fn::add) > 0 && shape.integer_reads == 0;
  const bool registers = shape.only(Fn::read, Fn::write, Fn::cas) && shape.transactions > 0;
  const auto order = options.find("order");
  const bool answers = order != options.end() && order->second == "answers" &&
                       shape.only(Fn::read, Fn::write, Fn::cas) && shape.count(Fn::write) > 0;
  if (!sets && !registers && !answers) return "needs sets, or transactions of registers";
  if (!shape.timed) options.emplace("order", "process");
  return shape.count(Fn::read) == 0 ? "needs reads" : "";
}

}  // namespace

extern const CheckerPlugin causal_reverse_plugin;
const CheckerPlugin causal_reverse_plugin = {"causal-reverse",
                                             "no read sees a write and misses one that was over before it",
                                             make_causal_reverse, unsuited};

}  // namespace assay::checkers
