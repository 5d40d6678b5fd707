// How many random histories a test tries: ten thousand or so in an ordinary run, a hundred times as many when
// the environment has ASSAY_NIGHTLY.
//
// Thread safety: plain function.
#pragma once

#include <cstdlib>

namespace assay::checkers::testing {

inline int rounds(int ordinary) {
  return std::getenv("ASSAY_NIGHTLY") == nullptr ? ordinary : 100 * ordinary;
}

}  // namespace assay::checkers::testing
