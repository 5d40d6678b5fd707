// Where a client sends a request, what it says there about its session, and what it learns from answers. ClientCore asks a
// router when a mode has more to say about that than "the leader".
//
// Thread safety: none. A router belongs to one client.
#pragma once

#include <string>

#include "harness/core/operation.h"
#include "harness/core/time.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb {

class Router {
 public:
  virtual ~Router() = default;
  // The node to try first, for a request that begins now.
  virtual PeerId first(const Request& request, Nanos now) = 0;
  // The node to try after `tried` did not answer or refused.
  virtual PeerId next(PeerId tried, Nanos now) = 0;
  // Whether any node may do for this request: then a hint at a leader means nothing.
  virtual bool any_node_will_do() const = 0;
  // What is sent along.
  virtual std::string context() const = 0;
  // Every answer to the request, also refusals.
  virtual void answered(PeerId by, const wire::ClientAnswer& answer, Nanos now) = 0;
};

}  // namespace assay::refdb
