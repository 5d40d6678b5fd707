// What is done with servers once they run and before clients come: they are looked at, the table is made, and standbys are waited
// for until they have it.
//
// Thread safety: plain functions that block. Errors: HarnessError, one sentence that names the server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/operation.h"
#include "targets/postgres/connection.h"

namespace assay::postgres {

// The version of the servers, "15.18". Requires: one server at least.
std::string set_up(const std::vector<Server>& servers, const Login& login);

// The node that is no standby; of several the one on the latest timeline. Nothing when none answers.
std::optional<NodeId> find_primary(const std::vector<Server>& servers, const Login& login);

}  // namespace assay::postgres
