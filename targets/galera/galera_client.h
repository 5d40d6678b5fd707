// A client of one node: what writes goes to the node that the client was made for; what only reads, too, or, as behind a load
// balancer, to all nodes in turns. A connection for each node that is asked, one request at a time. Connects when it is first
// needed, and again after a connection was lost.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also
// inside its own reply. Errors: where nobody could be connected to, nothing happened: outcome fail. It is given after a short pause,
// as is the answer of a node without a majority, so that such nodes are not asked a hundred thousand times a second; everything
// else as outcomes.h says. It has no timer for `timeout`: the run loop gives up an operation that takes longer and drops this
// client. Locks are waited for a little less than that.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "harness/core/client.h"
#include "targets/galera/connection.h"

namespace assay::galera {

struct ClientPlan {
  std::vector<Server> servers;  // by node
  Login login;
  SessionSettings settings;
  bool reads_in_turns = false;  // requests that only read go to all nodes in turns
};

class GaleraClient final : public Client {
 public:
  GaleraClient(boost::asio::io_context& io, std::shared_ptr<const ClientPlan> plan, NodeId home);
  ~GaleraClient() override;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override;

 private:
  class Conversation;
  std::shared_ptr<Conversation> conversation_;
};

}  // namespace assay::galera
