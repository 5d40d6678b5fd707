// How reports say things: numbers, times and operations for people, and the one-line judgement of a run. Plain
// text in UTF-8; whoever writes HTML or XML escapes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/run_result.h"

namespace assay::reports {

// What the report is headed with. Harness trouble is not a verdict, so it has a word of its own.
enum class Headline : std::uint8_t { valid, invalid, unknown, trouble };
Headline headline_of(const RunResult& run);
std::string_view headline_word(Headline headline);   // "Valid", "Invalid", "Unknown", "Harness failure"
std::string_view headline_class(Headline headline);  // "valid", "invalid", "unknown", "trouble"
// One sentence: why.
std::string headline_reason(const RunResult& run);

// "12,345".
std::string with_thousands(std::int64_t number);
// Three significant digits and a unit: "840 ns", "1.23 ms", "12.3 s", "3 min 5 s"; "-" when negative, "never".
std::string people_time(Nanos duration);
// A moment of the run, for axes and tables: "12.345 s".
std::string people_moment(Nanos time);
// The same to the microsecond, where order matters.
std::string exact_moment(Nanos time);
// "99.2 %"; "-" when `whole` is 0. Never rounds to 0 or 100 what isn't.
std::string percent(std::int64_t part, std::int64_t whole);

// "write 7 = 12", "read 7 -> nil", "cas 7: 1 -> 2"; several mops joined by "; ".
std::string request_text(const History& history, const Operation& operation);
// "name 3, other [1 2]".
std::string facts_text(const Facts& facts);
// Sixteen hexadecimal digits.
std::string digest_text(std::uint64_t digest);
// "partition, kill; 5s kill-leader 3s": drawn and scheduled; "none".
std::string nemesis_text(const Plan& plan);
std::string node_list(const History& history, const std::vector<NodeId>& nodes);
std::string joined(const std::vector<std::string>& texts, std::string_view separator);

// Why a run whose plan lists its operations says nothing about recovery.
inline constexpr std::string_view kListedOperations =
    "the plan lists its operations, so that progress is not demanded";

// What assay shrink made smaller: {"faults", "24", "1"}. Empty for other runs.
struct ShrunkRow {
  std::string what, before, after;
};
std::vector<ShrunkRow> shrunk_rows(const RunResult& run);
// "faults 24 -> 1, operations 6,012 -> 9 ...".
std::string shrunk_text(const RunResult& run);

// What became of the second look at a witness.
std::string recheck_sentence(Verdict verdict);

OutcomeCounts total_counts(const RunResult& run);
// Last moment that the run shows: of operations, faults and rate points. At least 1.
Nanos end_of_run(const RunResult& run);
// "refdb raft, register".
std::string run_title(const RunResult& run);
// Findings of all checkers with the checker they come from, in order: worst first within each.
struct NamedFinding {
  const CheckResult* check = nullptr;
  const Finding* finding = nullptr;
};
std::vector<NamedFinding> all_findings(const RunResult& run);

// "knee"; of a sweep that was best at its highest rate, that it has not come to one.
const char* knee_word(const Sweep& sweep);

}  // namespace assay::reports
