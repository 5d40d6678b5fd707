// Redis Cluster: keys are spread over several primaries, each with replicas, and the servers themselves promote a replica when its primary
// is gone. The client asks any server which slots are whose, sends each request to the primary of its key, and goes where it is sent
// (MOVED, ASK). It asks anew, another server first, when it was sent elsewhere, refused, or lost a connection.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also inside
// its own reply. Errors: no server that knows the slots, keys of several slots in one request, too many redirections: nothing was
// done, so fail; everything else as commands.h says.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <vector>

#include "harness/core/client.h"

namespace assay::redis {

struct ClusterOptions {
  std::int64_t wait_replicas = 0;
  // Requests that only read are asked of the server that the client is bound to, which answers if it has the slot, as primary or replica.
  bool read_from_own_node = false;
};

class ClusterClient final : public Client {
 public:
  // `servers` by node.
  ClusterClient(boost::asio::io_context& io, std::vector<boost::asio::ip::tcp::endpoint> servers, NodeId node,
                const ClusterOptions& options);
  ~ClusterClient() override;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace assay::redis
