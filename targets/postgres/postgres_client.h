// A client of PostgreSQL: finds the primary and sends it what writes; reads go there too, or to the node that the client was made
// for (hot standby). At most two connections, one request at a time. Connects when it is first needed, and again after a connection
// was lost.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also
// inside its own reply. Errors: where nobody could be connected to, nothing happened: outcome fail, given after a short pause so
// that dead servers are not asked a hundred thousand times a second; everything else as outcomes.h says. It has no timer for
// `timeout`: the run loop gives up an operation that takes longer and drops this client; the server is asked to cancel statements
// a little before that (statement_timeout), so that most of them end with an answer.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/client.h"
#include "targets/postgres/connection.h"
#include "targets/postgres/directory.h"

namespace assay::postgres {

struct ClientPlan {
  std::vector<Server> servers;  // by node
  Login login;
  std::string isolation = "read committed";
  bool reads_at_home = false;  // requests that only read go to the node that the client was made for
};

class PostgresClient final : public Client {
 public:
  PostgresClient(boost::asio::io_context& io, std::shared_ptr<const ClientPlan> plan,
                 std::shared_ptr<Directory> directory, NodeId home);
  ~PostgresClient() override;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override;

 private:
  class Conversation;
  std::shared_ptr<Conversation> conversation_;
};

}  // namespace assay::postgres
