// One connection of one process to a database. The constructor of an adapter connects, the destructor
// disconnects.
#pragma once

#include <functional>
#include <string>

#include "harness/core/operation.h"

namespace assay {

// What became of a request. `mops` are the request's, with results filled in (when ok); `error` says why not
// ok. An adapter answers fail only when it can prove that nothing happened, ok only when it can prove that it
// did.
struct Completion {
  Outcome outcome = Outcome::info;
  Request mops;
  std::string error;
  NodeId node = kNoNode;  // the node that answered, when it differs from the one connected to
};

class Client {
 public:
  using Reply = std::function<void(Completion)>;
  virtual ~Client() = default;

  // Sends the request. `reply` is called exactly once, on the loop's thread, inside World::wait(), unless the
  // client is destroyed first: then never. One request at a time. The client gives up after `timeout` with
  // outcome info, or earlier; the loop enforces the limit too.
  virtual void invoke(const Request& request, Nanos timeout, Reply reply) = 0;

  // From now on reads are answered by the node that this client was made for, from what that node itself has, whatever
  // the database would do with them otherwise; so that final reads compare nodes. A client that can't do that goes on as
  // before, and its completions say which node answered.
  virtual void stay_on_node() {}
};

}  // namespace assay
