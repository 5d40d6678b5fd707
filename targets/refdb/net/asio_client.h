// A client of refdb over real connections: drives a ClientLogic, which knows the protocol and what may be concluded from
// each trouble, on an io_context that its owner runs.
//
// Thread safety: none; everything happens on the one thread that runs the io_context (no locks, no other thread).
// Ownership: may be destroyed at any time, also inside its own reply; the reply is then never called. The io_context must
// outlive the client. Errors: the constructor throws InputError for an address that is none.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/client.h"
#include "targets/refdb/client/client_logic.h"

namespace assay::refdb {

class AsioClient : public Client {
 public:
  // `endpoints`: one address such as 10.0.0.1:7000 per node, in the order of the nodes' numbers. `cluster`: the nodes'
  // own "cluster" field, so that a client of another cluster is refused; empty: whichever it is.
  AsioClient(boost::asio::io_context& io, const std::vector<std::string>& endpoints,
             std::unique_ptr<ClientLogic> logic, const std::string& cluster = "");
  ~AsioClient() override;
  AsioClient(const AsioClient&) = delete;
  AsioClient& operator=(const AsioClient&) = delete;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override;

 private:
  class Driver;
  std::shared_ptr<Driver> driver_;
};

}  // namespace assay::refdb
