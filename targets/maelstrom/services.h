// The services that Maelstrom offers to nodes, as nodes of the network with names of their own:
//   lin-kv   a linearizable store of keys: read, write, cas (also with create_if_not_exists)
//   seq-kv   the same, sequentially consistent: what changes nothing may see one of the last 32 states, as long as nobody
//            goes back in time; what changes something happens now
//   lww-kv   five copies that answer by themselves and take each other's values now and then: the later write wins
//   lin-tso  whole numbers that rise, one for each request
// https://github.com/jepsen-io/maelstrom, doc/services.md.
//
// Thread safety: none. Errors: a request that is not understood is answered with an error of the protocol. Complexity: seq-kv
// keeps at most 33 versions of a key; lww-kv copies what differs.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "harness/core/rng.h"
#include "targets/maelstrom/wire.h"

namespace assay::maelstrom {

class Service {
 public:
  virtual ~Service() = default;
  // The body of the answer, without in_reply_to.
  virtual Json answer(const std::string& from, const Json& request) = 0;
};

std::map<std::string, std::unique_ptr<Service>> make_services(const Rng& rng);

}  // namespace assay::maelstrom
