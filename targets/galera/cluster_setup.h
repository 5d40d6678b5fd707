// What is done with servers once they run and before clients come: they are looked at, and the table is made; and what they counted.
//
// Thread safety: plain functions that block. Errors: HarnessError, one sentence that names the server.
#pragma once

#include <string>
#include <vector>

#include "harness/core/fact.h"
#include "targets/galera/connection.h"

namespace assay::galera {

// What the servers call themselves: "MariaDB 10.11.19-MariaDB-0+deb12u1, Galera 26.4.23(r...)". In a cluster all of them must be
// members of one that has as many. Requires: one server at least.
std::string set_up(const std::vector<Server>& servers, const Login& login, bool cluster);

// Conflicts that certification decided and transactions that gave way to another node's, of all nodes that answer.
Facts conflicts_of(const std::vector<Server>& servers, const Login& login);

}  // namespace assay::galera
