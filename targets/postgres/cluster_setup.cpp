#include "targets/postgres/cluster_setup.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "harness/core/error.h"
#include "targets/postgres/session.h"

namespace assay::postgres {

namespace {

constexpr Nanos kConnectPatience = 5 * kSecond;
constexpr Nanos kAskPatience = 10 * kSecond;
constexpr Nanos kQuickPatience = 500 * kMillisecond;
constexpr auto kStandbyPatience = std::chrono::seconds(20);
constexpr auto kPause = std::chrono::milliseconds(50);

std::string first_field(Session& session, const Server& server, const std::string& command) {
  const Answer said = session.ask(command, kAskPatience);
  if (said.error) throw HarnessError(text_of(server) + ": " + said.error->message + " (" + command + ")");
  if (said.rows.rows.empty() || said.rows.rows[0].empty()) return "";
  return said.rows.rows[0][0].value_or("");
}

void pause() {
  std::condition_variable_any nobody_wakes;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  nobody_wakes.wait_for(lock, kPause);
}

}  // namespace

std::string set_up(const std::vector<Server>& servers, const Login& login) {
  std::vector<std::unique_ptr<Session>> sessions;
  std::optional<std::size_t> primary;
  for (const Server& server : servers) {
    sessions.push_back(std::make_unique<Session>(server, login, kConnectPatience));
    if (!sessions.back()->standby() && !primary) primary = sessions.size() - 1;
  }
  if (!primary)
    throw HarnessError("none of the servers is a primary: " + text_of(servers.front()) + " is a standby");
  Session& first = *sessions[*primary];
  first_field(first, servers[*primary], std::string(kTableSql));
  const auto end = std::chrono::steady_clock::now() + kStandbyPatience;
  for (std::size_t node = 0; node < servers.size(); ++node) {
    while (first_field(*sessions[node], servers[node], "SELECT to_regclass('assay_values')").empty()) {
      if (std::chrono::steady_clock::now() > end)
        throw HarnessError(text_of(servers[node]) + " does not follow the primary");
      pause();
    }
  }
  return first_field(first, servers[*primary], "SHOW server_version");
}

std::optional<NodeId> find_primary(const std::vector<Server>& servers, const Login& login) {
  std::optional<NodeId> found;
  std::string latest;
  for (std::size_t node = 0; node < servers.size(); ++node) {
    try {
      Session session(servers[node], login, kQuickPatience);
      if (session.standby()) continue;
      const Answer said =
          session.ask("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)", kQuickPatience);
      const std::string timeline =
          said.error || said.rows.rows.empty() ? "" : said.rows.rows[0][0].value_or("");
      if (found && timeline <= latest) continue;
      found = static_cast<NodeId>(node);
      latest = timeline;
    } catch (const HarnessError&) {
      continue;  // it is not there
    }
  }
  return found;
}

}  // namespace assay::postgres
