// Clients of any mode against a cluster of processes, for tests.
//
// Thread safety: none. Errors: gtest failures.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "targets/refdb/net/testing/client_loop.h"
#include "targets/refdb/net/testing/cluster.h"

namespace assay::refdb {

// The fields of a node's configuration that choose a mode and its options (names and texts), for ProcessCluster.
std::string mode_fields(std::string_view mode, const Facts& options);

// Requires: the mode accepts the options.
std::unique_ptr<ClientLoop> client_of(const ProcessCluster& cluster, std::string_view mode,
                                      const Facts& options, PeerId node, std::uint64_t id);

// Ten times the key is written to each of the keys from `first` to before `last`, or expected there.
void write_numbers(ClientLoop& client, int first, int last);
void expect_numbers(ClientLoop& client, int first, int last);

}  // namespace assay::refdb
