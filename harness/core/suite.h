// A suite: a matrix of runs (target, mode, workload, faults), each cell with what must come out, and what came of it. The words of
// a file of suites/ (harness/formats/suite_json.h reads them).
//
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/experiment.h"

namespace assay {

// What a cell shows of a store, for the track record.
struct KnownBug {
  std::string store;
  std::string bug;
  std::string issue;  // where it is public; empty: nowhere
};

struct SuiteCell {
  std::string name;    // "raft: register, partition"; unique in the suite
  std::string row;     // of the table: "raft: refdb raft, register"
  std::string column;  // "partition"
  Plan plan;
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  std::vector<VerdictExpectation> expected;
  std::vector<std::string> needs;  // programs of this machine without which it is skipped
  std::optional<KnownBug> bug;
};

struct SuitePlan {
  std::string file;
  std::string name;
  std::string about;
  Nanos time_limit = 0;  // no run begins after that; 0: none
  std::vector<SuiteCell> cells;
};

// ---- What came of it.

// One seed of one cell, as it is kept when it is finished.
struct SuiteRun {
  std::string cell;
  std::uint64_t plan_digest = 0;  // of what was run: a plan that was changed since is run again
  SeedOutcome outcome;
  std::string version;              // of the store
  std::vector<std::string> missed;  // objectives, a sentence each
  std::string skipped;              // why nothing was run; empty: it was
  Nanos wall_time = 0;
};

// From good to bad, but for what could not be tried.
enum class CellState : std::uint8_t {
  as_expected,
  skipped,     // with a reason
  open,        // not run, or not all of it
  missed,      // an objective
  unexpected,  // another verdict
  trouble,     // of the harness
};
std::string_view cell_state_name(CellState state);

struct CellReport {
  SuiteCell cell;
  CellState state = CellState::open;
  std::string expected;  // in words
  std::string sentence;  // what came instead, or why not; empty when it is as expected
  std::vector<SuiteRun> runs;
  std::int64_t shown = 0;  // runs that show what is expected
};

struct MatrixReport {
  SuitePlan suite;
  std::string assay_version;
  std::string command;
  std::string summary;            // "12 as expected, 1 skipped"
  Nanos wall_time = 0;            // of all runs together
  std::vector<CellReport> cells;  // in the order of the suite
};

}  // namespace assay
