// Target "galera": MariaDB 10.11, one server or a Galera cluster, on hosts or running already.
#include <charconv>
#include <cstdlib>
#include <memory>

#include "harness/core/error.h"
#include "targets/described/store/native_store.h"
#include "targets/galera/cluster_setup.h"
#include "targets/galera/galera_client.h"

namespace assay::embedded {
std::vector<described::EmbeddedFile> galera_files();
}

namespace assay::galera {

namespace {

constexpr const char* kName = "galera";
constexpr const char* kPassword = "assay";  // of databases that live as long as the run (prepare.sh)
constexpr int kSyncWaitMost = 15;

const std::string& option(const described::StoreRun& run, const std::string& name) {
  return run.choice.options.at(name);
}

bool clustered(const described::StoreRun& run) { return run.choice.mode == "cluster"; }

int sync_wait_of(const std::string& text) {
  int mask = -1;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), mask);
  if (error == std::errc() && rest == text.data() + text.size() && mask >= 0 && mask <= kSyncWaitMost)
    return mask;
  throw InputError("--option sync_wait=" + text +
                   ": expected a sum of 1 (reads), 2 (updates), 4 (inserts) and 8 (SHOW), or 0");
}

std::shared_ptr<const ClientPlan> plan_for(const described::StoreRun& run) {
  auto plan = std::make_shared<ClientPlan>();
  for (const described::NodePlace& place : run.places) plan->servers.push_back({place.address, place.port});
  const bool deployed = !run.places.front().home.empty();
  const char* given = std::getenv("MYSQL_PWD");
  plan->login = {option(run, "user"), given == nullptr ? "" : given, option(run, "database")};
  if (deployed) plan->login = {"assay", kPassword, "assay"};
  plan->settings.isolation = option(run, "isolation");
  plan->settings.snapshot_isolation = option(run, "snapshot_isolation") == "on";
  if (!clustered(run)) return plan;
  plan->settings.sync_wait = sync_wait_of(option(run, "sync_wait"));
  plan->settings.dirty_reads = option(run, "dirty_reads") == "on";
  plan->reads_in_turns = option(run, "reads") == "in-turns";
  return plan;
}

described::NativeStore store() {
  const auto plan = std::make_shared<std::shared_ptr<const ClientPlan>>();  // from look() on
  described::StoreParts parts;
  parts.look = [plan](const described::StoreRun& run) {
    *plan = plan_for(run);
    return set_up((*plan)->servers, (*plan)->login, clustered(run));
  };
  parts.connect = [plan](const described::ClientPlace& place) -> std::unique_ptr<Client> {
    return std::make_unique<GaleraClient>(place.io, *plan, place.node);
  };
  parts.counters = [plan](const described::StoreRun& run) -> Facts {
    return *plan && clustered(run) ? conflicts_of((*plan)->servers, (*plan)->login) : Facts{};
  };
  return {kName, embedded::galera_files(), std::move(parts)};
}

std::unique_ptr<Target> make(const Plan& plan, const std::string& hosts_file) {
  if (const std::string lack = Connection::lack(); !lack.empty())
    throw HarnessError("target galera: " + lack);
  described::NativeStore made = store();
  const auto choice = described::choose(described::description_of(made), plan.mode, plan, {"servers"});
  if (choice.mode == "cluster") sync_wait_of(choice.options.at("sync_wait"));
  return described::make_native_store(std::move(made), plan, hosts_file);
}

}  // namespace

}  // namespace assay::galera

namespace assay::targets {

extern const TargetPlugin galera_plugin;
const TargetPlugin galera_plugin = {
    "galera", "MariaDB 10.11: a Galera cluster, or one server; packages mariadb-server, galera-4, rsync",
    [] { return described::native_modes(galera::store()); }, false, galera::make};

}  // namespace assay::targets
