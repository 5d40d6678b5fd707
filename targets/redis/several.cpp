#include "targets/redis/several.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <utility>

#include "harness/core/error.h"
#include "targets/redis/ask_in_turn.h"
#include "targets/redis/cluster_client.h"
#include "targets/redis/sentinel.h"
#include "targets/redis/slots.h"

namespace assay::embedded {
std::vector<described::EmbeddedFile> redis_files();
}

namespace assay::redis {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

tcp::endpoint server_at(const described::NodePlace& place) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(place.address, error);
  if (error)
    throw InputError("--servers " + place.node + ": expected an address and a port, such as 127.0.0.1:6379");
  return {address, place.port};
}

std::int64_t replicas_of(const described::StoreRun& run, const std::string& name) {
  const std::string& text = run.choice.options.at(name);
  std::int64_t count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count >= 0 &&
      count < static_cast<std::int64_t>(run.places.size()))
    return count;
  throw InputError("--" + name + " " + text + ": expected a number of replicas, at most " +
                   std::to_string(run.places.size() - 1));
}

std::vector<tcp::endpoint> servers_of(const described::StoreRun& run) {
  std::vector<tcp::endpoint> servers;
  for (const described::NodePlace& place : run.places) servers.push_back(server_at(place));
  return servers;
}

// That there is a cluster at all. Servers that run already may be none.
void require_slots(const described::StoreRun& run) {
  asio::io_context io;
  std::string question;
  append_command(question, {"CLUSTER", "SLOTS"});
  bool cluster = false;
  const auto search = std::make_shared<AskInTurn>(
      io, servers_of(run), question, [](const Reply& reply) { return SlotMap::parse(reply).has_value(); },
      [&cluster](bool answered) { cluster = answered; });
  search->begin();
  io.run();
  if (!cluster)
    throw HarnessError(
        "none of the servers is a node of a Redis Cluster that has slots: CLUSTER SLOTS says nothing");
}

}  // namespace

described::NativeStore several_store() {
  described::StoreParts parts;
  parts.connect = [](const described::ClientPlace& place) -> std::unique_ptr<Client> {
    std::vector<tcp::endpoint> servers = servers_of(place.run);
    if (place.run.choice.mode == "cluster") {
      const ClusterOptions cluster{replicas_of(place.run, "wait"),
                                   place.run.choice.options.at("read_from") == "own-node"};
      return std::make_unique<ClusterClient>(place.io, std::move(servers), place.node, cluster);
    }
    const SentinelOptions options{replicas_of(place.run, "wait"),
                                  place.run.choice.options.at("read_from") == "own-node"};
    return std::make_unique<SentinelClient>(place.io, std::move(servers), place.node, options, kSentinelPort);
  };
  parts.look = [](const described::StoreRun& run) {
    static_cast<void>(replicas_of(run, "wait") + replicas_of(run, "min_replicas"));
    if (run.choice.mode == "cluster") require_slots(run);
    return std::string();
  };
  return {"redis", embedded::redis_files(), std::move(parts)};
}

}  // namespace assay::redis
