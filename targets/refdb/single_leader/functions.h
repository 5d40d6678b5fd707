// What the log holds of a write, and functions whose value depends on when and where they are worked out.
//
// A write whose argument is the text "now()", "rand()" or "auto()" stores the time of the wall clock, a random number, or the
// next number of a counter. Whose clock, whose numbers? That is what the formats of logs differ in.
//
// Errors: reading is total: bytes that are no record give an empty command, which the state machine refuses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/operation.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/single_leader/position.h"

namespace assay::refdb::single_leader {

struct LogRecord {
  Positions depends_on;         // what its writer had seen of all shards
  std::int64_t written_at = 0;  // see past.cpp
  std::string_view command;
};
std::string write_record(const Positions& depends_on, std::int64_t written_at, std::string_view command);
LogRecord read_record(std::string_view bytes);

// The content of a record of log format wal: rows of the state machine instead of a command.
std::string write_log_rows(const std::vector<Write>& rows);
std::vector<Write> read_log_rows(std::string_view bytes);

struct FunctionValues {
  std::int64_t now = 0;
  std::int64_t random = 0;
  std::int64_t number = 0;
};
bool has_functions(const std::vector<Mop>& mops);
void work_out_functions(std::vector<Mop>& mops, const FunctionValues& values);

}  // namespace assay::refdb::single_leader
