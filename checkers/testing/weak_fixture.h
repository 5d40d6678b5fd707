// Confirms what the checkers of weak consistency said: certificates by their verifier, findings by their
// words and by their witness alone.
//
// Thread safety: none needed; for tests.
#pragma once

#include <string>

#include "checkers/testing/fixture.h"

namespace assay::checkers::testing {

// What is wrong with a result, empty if nothing is. A certificate is confirmed where there is one. The
// witness of a finding must be invalid on its own, and also once the reads are left out whose writes are not
// among it, which alone would make it invalid.
std::string confirm_weak(const History& history, const CheckResult& result, const CheckerOptions& options);

// The operations of these ids, without the reads whose writes lie outside.
History witness_without_strangers(const History& history, const std::vector<OpId>& ids);

}  // namespace assay::checkers::testing
