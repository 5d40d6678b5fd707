// What `assay check` tells: text for people, JSON for machines (docs/check.schema.json), and one line for each history
// in the form of elle-cli.
//
// Thread safety: plain functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/cli/checker_choice.h"
#include "harness/core/checker.h"
#include "harness/formats/history_file.h"

namespace assay::cli {

struct Checked {
  CheckResult result;
  CheckerOptions options;
  Nanos elapsed = 0;
};

// One history and all that was said about it.
struct CheckedHistory {
  std::string path;
  formats::HistoryFile file;
  std::vector<Checked> checks;  // at least one
  std::vector<CheckerChoice::Unsuited> unsuited;
  std::string why;  // how the checkers were chosen; may be empty
};

// The check that decides about a history: the first of the worst verdict.
// Requires: there is one.
const Checked& deciding_check(const CheckedHistory& history);

// invalid, then unknown, then valid.
int exit_code_of(Verdict verdict);

// `table`: also a single check is shown as a table with the checkers that do not apply.
std::string check_text(const CheckedHistory& history, bool table);
// "FILE<tab>true", false or unknown.
std::string elle_line(const CheckedHistory& history);

nlohmann::ordered_json history_json(const CheckedHistory& history);
// The whole output of --json.
// Requires: there is one.
nlohmann::ordered_json check_json(const std::vector<nlohmann::ordered_json>& histories);

}  // namespace assay::cli
