// How many random histories a test tries: ten thousand or so in an ordinary run, a hundred times as many (or as many as it
// says) when the environment has ASSAY_NIGHTLY, a fifth under AddressSanitizer, which looks for other mistakes than those
// that many cases find, and takes ten times as long.
//
// Thread safety: plain function.
#pragma once

#include <cstdlib>

namespace assay::checkers::testing {

inline int rounds(int ordinary, int nightly) {
  if (std::getenv("ASSAY_NIGHTLY") != nullptr) return nightly;
#ifdef __SANITIZE_ADDRESS__
  return (ordinary + 4) / 5;
#else
  return ordinary;
#endif
}

inline int rounds(int ordinary) { return rounds(ordinary, 100 * ordinary); }

}  // namespace assay::checkers::testing
