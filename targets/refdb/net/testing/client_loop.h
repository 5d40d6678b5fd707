// A refdb client and the io_context that it needs, asked one request after the other, for tests.
//
// Thread safety: none.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/client/client_core.h"
#include "targets/refdb/net/asio_client.h"

namespace assay::refdb {

class ClientLoop {
 public:
  ClientLoop(const std::vector<std::string>& endpoints, std::uint64_t client_id,
             const std::string& cluster = "test") {
    ClientConfig config;
    config.client_id = client_id;
    config.seed = client_id;
    config.cluster_size = static_cast<PeerId>(endpoints.size());
    client.emplace(io, endpoints, std::make_unique<ClientCore>(config), cluster);
  }

  // A client of another mode.
  ClientLoop(const std::vector<std::string>& endpoints, std::unique_ptr<ClientLogic> logic) {
    client.emplace(io, endpoints, std::move(logic), "test");
  }

  Completion ask(const Request& request, Nanos timeout = 60 * kSecond) {
    std::optional<Completion> answer;
    client->invoke(request, timeout, [&](Completion completion) { answer = std::move(completion); });
    while (!answer) io.run_one();
    return *answer;
  }
  Completion write(Key key, std::int64_t value) { return ask({Mop{Fn::write, key, Value(value), {}}}); }
  Completion read(Key key) { return ask({Mop{Fn::read, key, {}, {}}}); }

  boost::asio::io_context io{1};
  std::optional<AsioClient> client;
};

}  // namespace assay::refdb
