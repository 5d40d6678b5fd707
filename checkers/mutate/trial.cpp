#include "checkers/mutate/trial.h"

#include <algorithm>

#include "checkers/common/limits.h"

namespace assay::checkers {

namespace {

// The strongest promise whose breach a checker always notices, which kinds of mutations are about what it looks at (all of
// them when empty), and which of those that are of one type of data only. Every checker has a row: a test looks;
// of several rows the first that is about the kind counts.
struct Promise {
  std::string_view checker;
  Breakage strongest;
  std::string_view kinds;
  std::string_view of_its_type = "";
};
constexpr std::string_view kNoGeneral = "none";
constexpr std::string_view kEvents = "lose-event swap-events double-event forge-event fail-event";
constexpr std::string_view kEventsOfLogs =
    "lose-event swap-events double-event forge-event fail-event unread";
constexpr Promise kPromises[] = {
    {"linearizable", Breakage::real_time, "", "reverse"},
    {"strict-serializable", Breakage::real_time, "", "reverse fork"},
    {"list-append", Breakage::real_time, ""},
    {"sequential", Breakage::sessions, "", "reverse"},
    {"serializable", Breakage::values, "", "fork"},
    {"snapshot-isolation", Breakage::values, "", "fork"},
    {"causal", Breakage::sessions, "", "reverse"},
    {"causal-memory", Breakage::sessions, "", "reverse"},
    {"causal-convergence", Breakage::sessions, "", "reverse"},
    {"pram", Breakage::sessions, "", "reverse"},
    {"read-atomic", Breakage::sessions, ""},
    {"session", Breakage::sessions, "stale"},
    {"read-committed", Breakage::values, ""},
    {"rw-register", Breakage::real_time, "unseen"},
    {"rw-register", Breakage::values, ""},
    {"staleness", Breakage::real_time, "phantom drop fail stale early lose-at-end"},
    {"causal-reverse", Breakage::real_time, kNoGeneral, "reverse lose-question"},
    {"long-fork", Breakage::values, kNoGeneral, "fork"},
    {"bank", Breakage::values, "phantom", "half-transfer overdraw"},
    {"set", Breakage::real_time, "lose-at-end phantom-at-end twice-at-end"},
    {"set-full", Breakage::real_time, "phantom duplicate lose-at-end phantom-at-end twice-at-end"},
    {"total-queue", Breakage::values, "phantom drop fail duplicate", "lose-element"},
    {"kafka", Breakage::values, kNoGeneral, kEventsOfLogs},
    {"watch", Breakage::values, kNoGeneral, kEvents},
    {"counter", Breakage::real_time, "phantom lose-add"},
    {"unique-ids", Breakage::values, "duplicate"},
    {"monotonic", Breakage::real_time, kNoGeneral, "back"},
    {"lock", Breakage::real_time, "hold-twice", "same-token write-late"},
    {"convergence", Breakage::values, kNoGeneral, "diverge"},
    {"durability", Breakage::real_time, "lose-at-end", "lose-item bring-back lose-text"},
};

// What a checker with this value of an option, or (unless) with another one, allows.
struct Exception {
  std::string_view checker, option, value, kind;
  bool unless = false;
};
constexpr Exception kExceptions[] = {
    {"bank", "negative", "yes", "overdraw"},
    {"total-queue", "delivery", "at-least-once", "duplicate"},
    {"lock", "lease", "yes", "hold-twice"},
    {"causal-reverse", "order", "answers", "reverse"},
    {"causal-reverse", "order", "answers", "lose-question", true},
    {"durability", "items", "yes", "bring-back"},
};

bool contains_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool is_allowed(const SelfTestSubject& subject, std::string_view kind) {
  return std::any_of(std::begin(kExceptions), std::end(kExceptions), [&](const Exception& each) {
    const auto option = subject.options.find(std::string(each.option));
    const bool given = option != subject.options.end() && option->second == each.value;
    return each.checker == subject.name && each.kind == kind && given != each.unless;
  });
}

bool is_of_one_type(std::string_view kind) {
  const std::vector<Mutator::Kind> kinds = Mutator::kinds();
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](const Mutator::Kind& each) { return each.name == kind && each.of_one_type; });
}

// What the options ask for, where that is weaker than what the checker can judge.
Breakage strongest_asked(const CheckerOptions& options, Breakage strongest) {
  const auto order = options.find("order");
  if (order != options.end() && order->second == "process") return std::min(strongest, Breakage::sessions);
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

std::vector<std::string_view> kinds_demanded_of(std::string_view checker) {
  std::vector<std::string_view> demanded;
  for (const Promise& promise : kPromises) {
    if (promise.checker != checker) continue;
    for (const Mutator::Kind& kind : Mutator::kinds()) {
      const std::string_view kinds = kind.of_one_type ? promise.of_its_type : promise.kinds;
      if (contains_word(kinds, kind.name)) demanded.push_back(kind.name);
    }
  }
  return demanded;
}

Duty duty_of(const SelfTestSubject& subject, std::string_view kind, Breakage effect) {
  if (effect == Breakage::none) return Duty::leave_alone;
  if (effect == Breakage::unknown) return Duty::unclear;
  for (const Promise& promise : kPromises) {
    if (promise.checker != subject.name) continue;
    const std::string_view kinds = is_of_one_type(kind) ? promise.of_its_type : promise.kinds;
    const bool all = kinds.empty() && !is_of_one_type(kind);
    if (!all && !contains_word(kinds, kind)) continue;
    if (is_allowed(subject, kind)) return Duty::unclear;
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
