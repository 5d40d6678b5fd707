// Models that other checkers decide by themselves, asked of list-append or rw-register: causal (as causal memory), PRAM and
// the session guarantees. Cycles of dependencies see little of them, so those checkers are called.
//
// Thread safety: pure function. Complexity: that of the checkers called.
#pragma once

#include <string>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/lattice.h"
#include "harness/core/checker.h"

namespace assay::checkers::elle {

struct Others {
  ModelSet refuted = 0, proved = 0;
  std::string undecided;           // what one of them said that could not decide
  std::vector<Finding> findings;   // each of the model that it violates
  std::vector<std::string> asked;  // "causal: causal-memory says valid"
};

// Those of `models` that some checker is about and can judge; `history` of registers or of lists. A list is also seen as a
// register that holds its last element: what refutes that refutes the list, and proves nothing. `rest` of the budget is
// shared among them.
Others ask_others(ModelSet models, const History& history, const Value& initial, Budget rest);

}  // namespace assay::checkers::elle
