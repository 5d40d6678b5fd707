// Redis with Sentinel: a primary, replicas, and a sentinel beside each server, which promotes a replica when the primary is gone. How
// they are run says target.json; what is here is the client, which asks a sentinel who is the primary, as Redis' documentation
// wants it (https://redis.io/docs/reference/sentinel-clients/), and asks again when the primary refuses or is gone.
//
// Thread safety: the client on the loop's thread. Errors: no sentinel that answers, a connection that can't be made: nothing was
// sent, so fail; everything else as commands.h says.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/core/client.h"

namespace assay::redis {

struct SentinelOptions {
  std::int64_t wait_replicas = 0;
  bool read_from_own_node =
      false;  // requests that only read are answered by the server that the client is bound to
};

class SentinelClient final : public Client {
 public:
  // `servers` by node; their sentinels listen on `sentinel_port` of the same addresses.
  SentinelClient(boost::asio::io_context& io, std::vector<boost::asio::ip::tcp::endpoint> servers,
                 NodeId node, const SentinelOptions& options, std::uint16_t sentinel_port);
  ~SentinelClient() override;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

inline constexpr std::uint16_t kSentinelPort = 26379;

}  // namespace assay::redis
