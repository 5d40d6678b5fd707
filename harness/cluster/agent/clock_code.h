// The machine code of moved clocks, ready to be copied into a clock file. Empty on processors that it isn't
// written for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::agent {

// One page of code, one page that begins with the offset, the moment from which a rate counts, and the rate.
inline constexpr std::size_t kClockPageSize = 4096;
inline constexpr std::size_t kClockFileSize = 2 * kClockPageSize;

struct ClockEntry {
  const char* symbol;    // the vDSO's function
  std::uint64_t offset;  // of what replaces it, in the file
};

std::string_view clock_code();
const std::vector<ClockEntry>& clock_entries();

}  // namespace assay::agent
