// Every operation of the run as compressed columns inside the page, for its script: an operation costs about eight bytes, so
// that a million of them still open. Layout, after Base64 and zlib (RFC 1950): for each column in the order of kColumnNames,
// one unsigned LEB128 number per operation; then, where the page says so, the operations' texts in UTF-8, a line each.
//
// Times are in units of 100 ns. Thread safety: pure. Complexity: O(n); 1,000,000 operations take about a second.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/run_result.h"

namespace assay::reports {

struct Columns {
  OpId first = 0;  // the operations are first, first + 1, ... of the history
  std::size_t count = 0;
  std::size_t lanes = 0;  // a retired process and the one that took its place share a lane
  bool texts = false;
  std::vector<std::string> kinds;
  std::string base64;
};

// At most kColumnOperationsMax: of a longer run those around `near`.
inline constexpr std::size_t kColumnOperationsMax = 1'000'000;
inline constexpr std::size_t kColumnTextsMax = 100'000;
Columns pack_columns(const RunResult& run, OpId near);

// zlib, RFC 1950.
std::string deflated(std::string_view bytes);

}  // namespace assay::reports
