#include "targets/galera/cluster_setup.h"

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "harness/core/error.h"
#include "targets/galera/session.h"
#include "targets/galera/statements.h"

namespace assay::galera {

namespace {

constexpr Nanos kConnectPatience = 5 * kSecond;
constexpr Nanos kAskPatience = 20 * kSecond;
constexpr Nanos kQuickPatience = kSecond;
constexpr auto kMembersPatience = std::chrono::seconds(20);
constexpr auto kPause = std::chrono::milliseconds(50);

std::string status_of(Session& session, const std::string& name) {
  return session.field("SHOW STATUS LIKE '" + name + "'", kAskPatience);
}

void pause() {
  std::condition_variable_any nobody_wakes;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  nobody_wakes.wait_for(lock, kPause);
}

// Until the server takes itself for one of so many members that have a majority.
void await_members(Session& session, const Server& server, std::size_t members) {
  const auto end = std::chrono::steady_clock::now() + kMembersPatience;
  while (true) {
    const std::string ready = status_of(session, "wsrep_ready");
    const std::string size = status_of(session, "wsrep_cluster_size");
    if (ready == "ON" && size == std::to_string(members)) return;
    if (ready.empty())
      throw HarnessError(text_of(server) +
                         " is no node of Galera: it has no wsrep_ready; give --mode single");
    if (std::chrono::steady_clock::now() > end) {
      throw HarnessError(text_of(server) + " is in no cluster of " + std::to_string(members) +
                         " nodes: wsrep_ready is " + ready + ", wsrep_cluster_size is " + size);
    }
    pause();
  }
}

}  // namespace

std::string set_up(const std::vector<Server>& servers, const Login& login, bool cluster) {
  std::vector<std::unique_ptr<Session>> sessions;
  for (const Server& server : servers)
    sessions.push_back(std::make_unique<Session>(server, login, kConnectPatience));
  std::string uuid;
  for (std::size_t node = 0; cluster && node < servers.size(); ++node) {
    await_members(*sessions[node], servers[node], servers.size());
    const std::string its = status_of(*sessions[node], "wsrep_cluster_state_uuid");
    if (node > 0 && its != uuid)
      throw HarnessError(text_of(servers[node]) + " is in another cluster than " + text_of(servers.front()));
    uuid = its;
  }
  Session& first = *sessions.front();
  first.field(std::string(kTableSql), kAskPatience);
  std::string version = "MariaDB " + first.field("SELECT VERSION()", kAskPatience);
  if (cluster) version += ", Galera " + status_of(first, "wsrep_provider_version");
  return version;
}

Facts conflicts_of(const std::vector<Server>& servers, const Login& login) {
  const std::pair<const char*, const char*> names[] = {
      {"certification_failures", "wsrep_local_cert_failures"},
      {"gave_way", "wsrep_local_bf_aborts"},
      {"replays", "wsrep_local_replays"}};
  Facts facts;
  for (const auto& [fact, status] : names) facts.push_back({fact, Value(std::int64_t{0})});
  for (const Server& server : servers) {
    try {
      Session session(server, login, kQuickPatience);
      for (std::size_t i = 0; i < std::size(names); ++i) {
        const std::string text =
            session.field(std::string("SHOW STATUS LIKE '") + names[i].second + "'", kQuickPatience);
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        facts[i].value = Value(facts[i].value.as_integer() + number);
      }
    } catch (const HarnessError&) {
      continue;  // it is not there
    }
  }
  return facts;
}

}  // namespace assay::galera
