// Ways to damage a generated history of a data type so that it is invalid for sure.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "checkers/testing/datatype_generator.h"
#include "checkers/testing/fixture.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {

struct DatatypeCorruption {
  std::string name;
  std::string checker;     // that must see it
  CheckerOptions options;  // of the checker
  // Changes the lines at a random place; false when there is none that is suitable.
  bool (*apply)(Rng& rng, std::vector<Line>& lines);
};

std::vector<DatatypeCorruption> datatype_corruptions(Datatype type);

}  // namespace assay::checkers::testing
