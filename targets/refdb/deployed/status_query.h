// Asks the nodes of a cluster for their status page, all at once, and gives one of them an order.
//
// Thread safety: a pure function. Blocks for at most `timeout`. Errors: a node that does not answer in time, or not with
// a status, has no entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/time.h"
#include "targets/refdb/replica/counters.h"

namespace assay::refdb {

struct NodeStatus {
  std::string role;
  std::uint64_t term = 0;
  std::int64_t applied = 0;
  std::string leader;                // a name; empty: it knows none
  std::vector<std::string> members;  // names
  std::string version;
  CounterList counters;  // of the replica, in the order of its page
};

std::vector<std::optional<NodeStatus>> query_status(const std::vector<std::string>& addresses,
                                                    std::uint16_t http_port, Nanos timeout);

// Posts to that path ("/orders/transfer/n2"). Empty when the order was taken, else why not.
std::string post_order(const std::string& address, std::uint16_t http_port, const std::string& path,
                       Nanos timeout);

}  // namespace assay::refdb
