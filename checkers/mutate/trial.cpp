#include "checkers/mutate/trial.h"

#include <algorithm>

#include "checkers/common/limits.h"

namespace assay::checkers {

namespace {

// The strongest promise whose breach a checker always notices, and which kinds of mutations are about what it looks at
// (all of them when empty). Checkers that are not here are tried, and nothing is demanded of them.
struct Promise {
  std::string_view checker;
  Breakage strongest;
  std::string_view kinds;
};
constexpr Promise kPromises[] = {
    {"linearizable", Breakage::real_time, ""},
    {"strict-serializable", Breakage::real_time, ""},
    {"list-append", Breakage::real_time, ""},
    {"sequential", Breakage::sessions, ""},
    {"serializable", Breakage::values, ""},
    {"snapshot-isolation", Breakage::values, ""},
    {"causal", Breakage::sessions, ""},
    {"causal-memory", Breakage::sessions, ""},
    {"causal-convergence", Breakage::sessions, ""},
    {"pram", Breakage::sessions, ""},
    {"read-atomic", Breakage::sessions, ""},
    {"session", Breakage::sessions, "stale"},
    {"read-committed", Breakage::values, ""},
    {"rw-register", Breakage::values, ""},
    {"staleness", Breakage::real_time, "phantom drop fail stale early"},
    {"bank", Breakage::values, "phantom"},
    {"counter", Breakage::values, "phantom"},
    {"unique-ids", Breakage::values, "duplicate"},
    {"total-queue", Breakage::values, "phantom drop fail duplicate"},
    {"set-full", Breakage::values, "phantom duplicate"},
    {"lock", Breakage::real_time, "hold-twice"},
};

bool contains_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

// What the models that the options ask for promise, where they ask for weaker ones than the checker can judge.
Breakage strongest_asked(const CheckerOptions& options, Breakage strongest) {
  const auto models = options.find("models");
  if (models == options.end() || strongest != Breakage::real_time) return strongest;
  return models->second.find("strict-serializable") != std::string::npos ? strongest : Breakage::values;
}

void count(SelfTestRow& row, Duty duty, Verdict verdict) {
  const int invalid = verdict == Verdict::invalid ? 1 : 0;
  if (duty == Duty::notice) {
    ++row.effective;
    row.caught += invalid;
    row.undecided += verdict == Verdict::unknown ? 1 : 0;
  } else if (duty == Duty::leave_alone) {
    ++row.harmless;
    row.accused += invalid;
  } else {
    ++row.unclear;
    row.noticed += invalid;
  }
}

bool is_trouble(Duty duty, Verdict verdict) {
  return (duty == Duty::notice && verdict == Verdict::valid) ||
         (duty == Duty::leave_alone && verdict == Verdict::invalid);
}

}  // namespace

std::vector<std::string_view> promising_checkers() {
  std::vector<std::string_view> names;
  for (const Promise& promise : kPromises) names.push_back(promise.checker);
  return names;
}

Duty duty_of(const SelfTestSubject& subject, std::string_view kind, Breakage effect) {
  if (effect == Breakage::none) return Duty::leave_alone;
  if (effect == Breakage::unknown) return Duty::unclear;
  for (const Promise& promise : kPromises) {
    if (promise.checker != subject.name) continue;
    if (!promise.kinds.empty() && !contains_word(promise.kinds, kind)) return Duty::unclear;
    return effect <= strongest_asked(subject.options, promise.strongest) ? Duty::notice : Duty::unclear;
  }
  return Duty::unclear;
}

SelfTestResult self_test(const SelfTestSubject& subject, const History& history, bool has_times,
                         std::uint64_t seed, int of_each_kind, const Budget& budget) {
  const Limits limits(budget);
  SelfTestResult result;
  result.unchanged = subject.checker.check(history, budget);
  if (result.unchanged.verdict != Verdict::valid) return result;
  Mutator mutator(history, has_times, seed);
  for (const Mutator::Kind& kind : Mutator::kinds()) {
    SelfTestRow row;
    row.kind = kind.name;
    for (int i = 0; i < of_each_kind; ++i) {
      if (limits.spent()) {
        result.finished = false;
        break;
      }
      const std::optional<Mutation> mutation = mutator.make(kind.name);
      if (!mutation) break;
      Budget rest = budget;
      rest.time_limit = budget.time_limit - limits.elapsed();
      const Verdict verdict = subject.checker.check(mutation->history, rest).verdict;
      const Duty duty = duty_of(subject, kind.name, mutation->effect);
      count(row, duty, verdict);
      if (is_trouble(duty, verdict)) {
        result.trouble.push_back(
            std::string(duty == Duty::notice ? "not noticed: " : "accused without reason: ") +
            std::string(kind.name) + ": " + mutation->what);
      }
    }
    if (row.effective + row.harmless + row.unclear > 0) result.rows.push_back(row);
  }
  return result;
}

}  // namespace assay::checkers
