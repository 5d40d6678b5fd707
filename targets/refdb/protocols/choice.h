// What a plan asks of refdb: the protocol, its options, and what is left for the driver.
//
// Thread safety: pure. Errors: InputError with one sentence that says what would be accepted: an unknown mode or bug, an option
// that is not accepted, options that can't be combined.
#pragma once

#include <vector>

#include "harness/core/operation.h"
#include "harness/core/plan.h"
#include "targets/refdb/protocols/protocols.h"

namespace assay::refdb {

struct ProtocolChoice {
  const ProtocolPlugin* protocol = nullptr;
  Options options;
  Facts rest;  // options of the plan that are none of the mode
};

ProtocolChoice choose_protocol(const Plan& plan);

// The nodes of each datacenter, of a mode that puts them in several; else nothing.
std::vector<std::vector<NodeId>> datacenters_of(const Options& options, int nodes);

// The protocol has the last word on its configuration: asks it before anything starts.
void check_replica(const ProtocolPlugin& protocol, const ReplicaConfig& config);

}  // namespace assay::refdb
