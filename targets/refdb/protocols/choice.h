// What a plan asks of refdb: the protocol, its options, and what is left for the driver.
//
// Thread safety: pure. Errors: InputError with one sentence that says what would be accepted: an unknown mode or bug, an option
// that is not accepted, options that can't be combined.
#pragma once

#include "harness/core/plan.h"
#include "targets/refdb/protocols/protocols.h"

namespace assay::refdb {

struct ProtocolChoice {
  const ProtocolPlugin* protocol = nullptr;
  Options options;
  Facts rest;  // options of the plan that are none of the mode
};

ProtocolChoice choose_protocol(const Plan& plan);

// The protocol has the last word on its configuration: asks it before anything starts.
void check_replica(const ProtocolPlugin& protocol, const ReplicaConfig& config);

}  // namespace assay::refdb
