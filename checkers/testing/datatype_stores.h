// What the generated histories of data types run against: one small store of each kind, correct and
// sequential. Internal to datatype_generator.h.
//
// Thread safety: none.
#pragma once

#include <memory>
#include <vector>

#include "checkers/testing/datatype_generator.h"
#include "harness/core/operation.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {

class Store {
 public:
  virtual ~Store() = default;
  // What a process asks for next.
  virtual Request request(Rng& rng, ProcessId process) = 0;
  // Does it and fills the results; false when it is refused.
  virtual bool apply(Request& mops, ProcessId process) = 0;
  // The process does nothing any more.
  virtual void retire(ProcessId) {}
  // Reads and drains for the end, one after the other.
  virtual std::vector<Request> last_requests() { return {}; }
  virtual bool last_from_every_node() const { return false; }
};

std::unique_ptr<Store> make_store(Datatype type, const DatatypeOptions& options);

}  // namespace assay::checkers::testing
