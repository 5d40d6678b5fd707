// Words that the sentences of all checkers need.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::checkers {

// "1 operation", "2 operations", "3 keys", "4 histories", "5 boxes".
std::string counted(std::uint64_t count, const std::string& noun);

// "a, b and c".
std::string listed(const std::vector<std::string>& names, const std::string& last = "and");

}  // namespace assay::checkers
