// The notation of junit.xml: one suite of cases, as CI systems read it. A failure says that the database is wrong or slower, an
// error that the harness failed, and skipped that nothing could be told, with the reason.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/checker.h"
#include "harness/core/gate.h"
#include "harness/core/history.h"

namespace assay::reports {

struct JunitCase {
  enum class State : std::uint8_t { passed, failed, error, skipped };
  std::string name;
  State state = State::passed;
  std::string message;
  std::string text;  // of a failure: the explanation
};

struct JunitSuite {
  std::string class_name;
  std::string started_utc;  // may be empty
  Nanos wall_time = 0;
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<JunitCase> cases;
};

std::string junit_xml(const JunitSuite& suite);

// A checker's case; `explanation` is for a failure.
JunitCase checker_case(const CheckResult& check, const std::string& name, std::string explanation);
JunitCase objective_case(const ObjectiveResult& objective);

}  // namespace assay::reports
