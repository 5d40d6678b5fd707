// Does a client program keep to docs/protocol.md? Tried on this machine against an address where no database answers, so it takes
// no cluster: what a client says of requests that certainly did nothing is the half of the protocol that is easy to get wrong.
//
// Thread safety: none; blocks, for at most a few seconds a step. Errors: InputError and HarnessError as description.h and
// client_program.h.
#pragma once

#include <string>
#include <vector>

#include "targets/described/notation/description.h"

namespace assay::described {

struct Step {
  std::string demand;
  bool kept = false;
  std::string detail;  // what it did; empty when there is nothing to add
};

// The steps in their order, up to the first after which going on makes no sense.
std::vector<Step> try_client(const Description& description);

}  // namespace assay::described
