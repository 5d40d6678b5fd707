// `assay check --self-test`: shows on a valid history that the checkers notice what breaks it (checkers/mutate/).
//
// Thread safety: plain functions.
#pragma once

#include <cstdint>
#include <string>

#include "harness/cli/checker_choice.h"
#include "harness/formats/history_file.h"

namespace assay::cli {

struct SelfTestReport {
  std::string text;  // a table for each checker
  // 0: something was shown and all went well. 1: a change was missed, or something was accused without reason. 2:
  // nothing could be shown.
  int exit_code = 0;
};

SelfTestReport self_test_report(const std::string& path, const formats::HistoryFile& file,
                                const CheckerChoice& choice, std::uint64_t seed, const Budget& budget);

}  // namespace assay::cli
