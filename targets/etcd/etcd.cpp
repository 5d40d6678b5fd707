// Target "etcd": a cluster of etcd 3.4 or 3.5, on hosts or running already.
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "harness/core/error.h"
#include "targets/described/store/native_store.h"
#include "targets/etcd/client.h"
#include "targets/etcd/members.h"

namespace assay::embedded {
std::vector<described::EmbeddedFile> etcd_files();
}

namespace assay::etcd {

namespace {

constexpr auto kStatusPatience = std::chrono::milliseconds(300);
constexpr auto kLookPatience = std::chrono::seconds(5);
constexpr auto kLeaderPatience = std::chrono::seconds(20);

boost::asio::ip::tcp::endpoint endpoint_of(const described::NodePlace& place) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(place.address, error);
  if (error)
    throw InputError("--servers " + place.node + ": expected an address and a port, such as 127.0.0.1:2379");
  return {address, place.port};
}

Endpoints endpoints_of(const described::StoreRun& run) {
  Endpoints endpoints;
  for (const described::NodePlace& place : run.places) endpoints.push_back(endpoint_of(place));
  return endpoints;
}

std::int64_t lease_of(const described::Choice& choice) {
  const std::string& text = choice.options.at("lease");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 2 || seconds > 3600)
    throw InputError("--lease " + text + ": expected a whole number of seconds from 2 to 3600");
  return seconds;
}

std::unique_ptr<Client> connect(const described::ClientPlace& place) {
  const ExchangeOptions options{.local_reads = place.run.choice.mode == "serializable",
                                .lease_seconds = lease_of(place.run.choice)};
  return std::make_unique<EtcdClient>(place.io, endpoint_of(place.place()), options);
}

std::string look(const described::StoreRun& run) {
  static_cast<void>(lease_of(run.choice));
  const Endpoints members = endpoints_of(run);
  std::string versions;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string version = look_at_member(members[i], run.places[i].node, kLookPatience);
    if (versions.find(version) == std::string::npos) versions += (versions.empty() ? "" : ", ") + version;
  }
  const auto deadline = std::chrono::steady_clock::now() + kLeaderPatience;
  while (!find_leader(members, kStatusPatience)) {
    if (std::chrono::steady_clock::now() > deadline)
      throw HarnessError("the cluster of etcd has no leader after 20 s; see the logs of the nodes");
  }
  return versions;
}

std::optional<NodeId> leader(const described::StoreRun& run) {
  return find_leader(endpoints_of(run), kStatusPatience);
}

described::NativeStore store() {
  described::StoreParts parts;
  parts.connect = connect;
  parts.look = look;
  parts.leader = leader;
  return {"etcd", embedded::etcd_files(), std::move(parts)};
}

std::unique_ptr<Target> make(const Plan& plan, const std::string& hosts_file) {
  return described::make_native_store(store(), plan, hosts_file);
}

}  // namespace

}  // namespace assay::etcd

namespace assay::targets {

extern const TargetPlugin etcd_plugin;
const TargetPlugin etcd_plugin = {
    "etcd", "etcd 3.4, replicated by Raft, by its HTTP/JSON gateway; package etcd-server",
    [] { return described::native_modes(etcd::store()); }, false, etcd::make};

}  // namespace assay::targets
