#include "reports/common/words.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "harness/core/schedule.h"

namespace assay::reports {

Headline headline_of(const RunResult& run) {
  if (!run.harness_error.empty()) return Headline::trouble;
  if (run.verdict == Verdict::invalid) return Headline::invalid;
  return run.verdict == Verdict::valid ? Headline::valid : Headline::unknown;
}

std::string_view headline_word(Headline headline) {
  constexpr std::array<std::string_view, 4> kWords = {"Valid", "Invalid", "Unknown", "Harness failure"};
  return kWords[static_cast<std::size_t>(headline)];
}

std::string_view headline_class(Headline headline) {
  constexpr std::array<std::string_view, 4> kClasses = {"valid", "invalid", "unknown", "trouble"};
  return kClasses[static_cast<std::size_t>(headline)];
}

std::string headline_reason(const RunResult& run) {
  if (!run.harness_error.empty()) return run.harness_error;
  if (!run.reason.empty()) return run.reason;
  if (!run.vacuity.reasons.empty()) return run.vacuity.reasons.front();
  return "No checker gave a reason.";
}

std::string with_thousands(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

namespace {

std::string format_number(const char* format, double number) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

std::string three_digits(double number) {
  if (number < 9.995) return format_number("%.2f", number);
  return format_number(number < 99.95 ? "%.1f" : "%.0f", number);
}

}  // namespace

std::string people_time(Nanos duration) {
  if (duration == kNever) return "never";
  if (duration < 0) return "-";
  if (duration < kMicrosecond) return std::to_string(duration) + " ns";
  const auto number = static_cast<double>(duration);
  if (number < 999.5e3) return three_digits(number / 1e3) + " µs";
  if (number < 999.5e6) return three_digits(number / 1e6) + " ms";
  if (duration < 100 * kSecond) return three_digits(number / 1e9) + " s";
  const std::int64_t seconds = (duration + kSecond / 2) / kSecond;
  return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
}

std::string people_moment(Nanos time) {
  if (time == kNever) return "never";
  return format_number("%.3f s", static_cast<double>(time) / 1e9);
}

std::string exact_moment(Nanos time) {
  if (time == kNever) return "never";
  return format_number("%.6f s", static_cast<double>(time) / 1e9);
}

std::string percent(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "-";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && share < 0.1) return "< 0.1 %";
  if (part < whole && share > 99.9) return "> 99.9 %";
  return format_number("%.1f %%", share);
}

namespace {

std::string mop_text(const History& history, const Mop& mop) {
  std::string out = std::string(fn_name(mop.fn)) + " " + history.key_name(mop.key);
  switch (mop.fn) {
    case Fn::write:
      return out + " = " + mop.argument.to_string();
    case Fn::cas:
      if (mop.argument.kind() != Value::Kind::pair) break;
      return out + ": " + mop.argument.first().to_string() + " → " + mop.argument.second().to_string();
    default:
      break;
  }
  if (!mop.argument.is_nil()) out += " " + mop.argument.to_string();
  return out;
}

bool shows_result(const Mop& mop, Outcome outcome) {
  if (!mop.result.is_nil()) return true;
  return outcome == Outcome::ok &&
         (mop.fn == Fn::read || mop.fn == Fn::dequeue || mop.fn == Fn::pop || mop.fn == Fn::generate);
}

}  // namespace

std::string request_text(const History& history, const Operation& operation) {
  std::string out;
  for (const Mop& mop : operation.mops) {
    if (!out.empty()) out += "; ";
    out += mop_text(history, mop);
    if (shows_result(mop, operation.outcome)) out += " ⇒ " + mop.result.to_string();
  }
  return out.empty() ? "nothing" : out;
}

std::string facts_text(const Facts& facts) {
  std::string out;
  for (const Fact& fact : facts) {
    if (!out.empty()) out += ", ";
    out += fact.name + " ";
    out +=
        fact.value.kind() == Value::Kind::text ? std::string(fact.value.as_text()) : fact.value.to_string();
  }
  return out;
}

std::string digest_text(std::uint64_t digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i > 0; --i, digest >>= 4) text[i - 1] = kDigits[digest & 15];
  return text;
}

std::string nemesis_text(const Plan& plan) {
  const std::string drawn = joined(plan.nemesis, ", ");
  const std::string exact = format_schedule(plan.schedule);
  if (drawn.empty() && exact.empty()) return "none";
  return drawn + (drawn.empty() || exact.empty() ? "" : "; ") + exact;
}

std::string node_list(const History& history, const std::vector<NodeId>& nodes) {
  std::string out;
  for (const NodeId node : nodes) {
    if (!out.empty()) out += " ";
    out += history.node_name(node);
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string out;
  for (const std::string& text : texts) {
    if (!out.empty()) out += separator;
    out += text;
  }
  return out;
}

std::vector<ShrunkRow> shrunk_rows(const RunResult& run) {
  const Plan& plan = run.plan;
  const std::pair<const char*, std::int64_t> sizes[] = {
      {"faults", static_cast<std::int64_t>(run.faults.size())},
      {"operations", static_cast<std::int64_t>(run.history.size())},
      {"nodes", plan.nodes},
      {"processes", plan.concurrency},
      {"keys", plan.keys},
  };
  std::vector<ShrunkRow> rows;
  for (const auto& [what, now] : sizes) {
    const Value* before = find_fact(plan.shrunk, what);
    if (before != nullptr && before->is_integer())
      rows.push_back({what, with_thousands(before->as_integer()), with_thousands(now)});
  }
  if (const Value* before = find_fact(plan.shrunk, "time_ns"); before != nullptr && before->is_integer())
    rows.push_back({"time", people_time(before->as_integer()), people_time(plan.warm_up + plan.time_limit)});
  return rows;
}

std::string shrunk_text(const RunResult& run) {
  std::vector<std::string> texts;
  for (const ShrunkRow& row : shrunk_rows(run))
    texts.push_back(row.what + " " + row.before + " -> " + row.after);
  return joined(texts, ", ");
}

std::string recheck_sentence(Verdict verdict) {
  if (verdict == Verdict::invalid) return "witness re-checked: still invalid";
  return "witness re-checked: " + std::string(verdict_name(verdict)) +
         " on its own, so the whole history is needed to see it";
}

OutcomeCounts total_counts(const RunResult& run) {
  OutcomeCounts total;
  for (const OperationSummary& summary : run.operations) {
    total.ok += summary.counts.ok;
    total.fail += summary.counts.fail;
    total.info += summary.counts.info;
  }
  return total;
}

Nanos end_of_run(const RunResult& run) {
  Nanos end = 1;
  for (const Operation operation : run.history.operations()) {
    end = std::max(end, operation.completed == kNever ? operation.invoked : operation.completed);
  }
  for (const FaultEvent& event : run.history.fault_events()) end = std::max(end, event.time);
  for (const FaultWindowSummary& fault : run.faults) {
    end = std::max(end, fault.window.end == kNever ? fault.window.begin : fault.window.end);
  }
  if (!run.rate.empty()) end = std::max(end, run.rate.back().second * kSecond + 1);
  return end;
}

std::string run_title(const RunResult& run) {
  const std::string& target = run.target.target.empty() ? run.plan.target : run.target.target;
  const std::string& mode = run.target.mode.empty() ? run.plan.mode : run.target.mode;
  return target + " " + mode + ", " + run.plan.workload;
}

std::vector<NamedFinding> all_findings(const RunResult& run) {
  std::vector<NamedFinding> findings;
  for (const CheckResult& check : run.checks) {
    for (const Finding& finding : check.findings) findings.push_back({&check, &finding});
  }
  return findings;
}

const char* knee_word(const Sweep& sweep) {
  return sweep.knee && *sweep.knee + 1 == sweep.steps.size() ? "best, no knee yet" : "knee";
}

}  // namespace assay::reports
