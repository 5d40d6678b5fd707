// What assay gate prints when it compares nothing: the self-test of this machine, and the changes in stored figures.
//
// Thread safety: pure but for show_trend, which reads and prints.
#pragma once

#include <string>

#include "harness/gate/sensitivity.h"

namespace assay::cli {

struct SelfTestReport {
  const gate::SelfTest& test;
  std::string target;
  std::size_t pairs = 0;
  std::string command;
  std::string host;
};

std::string self_test_text(const SelfTestReport& report);
std::string self_test_json(const SelfTestReport& report);

// The exit code: 0, whatever changed. Throws InputError for a file that can't be read.
int show_trend(const std::string& path, bool json);

}  // namespace assay::cli
