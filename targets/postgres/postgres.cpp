// Target "postgres": PostgreSQL 15, one server or a primary with standbys, on hosts or running already.
#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "harness/core/error.h"
#include "harness/core/units.h"
#include "targets/described/store/native_store.h"
#include "targets/postgres/cluster_setup.h"
#include "targets/postgres/failover.h"
#include "targets/postgres/postgres_client.h"

namespace assay::embedded {
std::vector<described::EmbeddedFile> postgres_files();
}

namespace assay::postgres {

namespace {

constexpr const char* kName = "postgres";
constexpr const char* kPassword = "assay";  // of databases that live as long as the run (prepare.sh)

const std::string& option(const described::StoreRun& run, const std::string& name) {
  return run.choice.options.at(name);
}

bool replicated(const described::StoreRun& run) { return run.choice.mode == "replicated"; }
bool deployed(const described::StoreRun& run) { return !run.places.front().home.empty(); }

// "read-committed" as SQL says it.
std::string isolation_of(std::string name) {
  if (const std::size_t dash = name.find('-'); dash != std::string::npos) name[dash] = ' ';
  return name;
}

// 0: never.
Nanos failover_after(const std::string& text) {
  if (text == "off") return 0;
  const auto duration = parse_duration(text);
  if (duration && *duration >= kSecond) return *duration;
  throw InputError("--option failover=" + text + ": expected a duration of at least 1s, or off");
}

int acknowledgements_of(const std::string& text, int nodes) {
  if (text.size() == 1 && text[0] >= '1' && text[0] - '0' < nodes) return text[0] - '0';
  throw InputError("--option acknowledgements=" + text + ": expected 1 to " + std::to_string(nodes - 1) +
                   ", as many as there are standbys");
}

// What can't be, before anything is started.
void refuse(const described::Choice& choice, int nodes) {
  if (choice.mode != "replicated") return;
  const described::Names& options = choice.options;
  failover_after(options.at("failover"));
  acknowledgements_of(options.at("acknowledgements"), nodes);
  if (options.at("reads") == "standby" && options.at("isolation") == "serializable")
    throw InputError(
        "--option reads=standby: a standby of PostgreSQL has no serializable transactions; give "
        "isolation=repeatable-read");
}

// What the parts of one target share.
struct Shared {
  std::shared_ptr<ClientPlan> plan;      // from look() on
  std::shared_ptr<Directory> directory;  // from look() on
  std::shared_ptr<Failover> failover;    // while there is one; afterwards what it saw
  std::mutex mutex;                      // of the loop
  boost::asio::io_context* loop = nullptr;
  std::atomic<Nanos> clock_offset = 0;  // of the run's clock from the monotonic one

  static Nanos monotonic() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  Nanos now() const { return monotonic() + clock_offset; }
  // As long as there is no client, nobody else uses the directory.
  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    loop == nullptr ? task() : boost::asio::post(*loop, std::move(task));
  }
};

class FailoverKeeper final : public described::StoreKeeper {
 public:
  explicit FailoverKeeper(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  ~FailoverKeeper() override { shared_->failover->stop(); }
  void observe(Nanos at) override { shared_->clock_offset = at - Shared::monotonic(); }
  void collect(const std::string& directory) override {
    std::ofstream file(std::filesystem::path(directory) / "failover.log");
    for (const std::string& event : shared_->failover->events()) file << event << "\n";
  }

 private:
  const std::shared_ptr<Shared> shared_;
};

std::string look(Shared& shared, const described::StoreRun& run) {
  auto plan = std::make_shared<ClientPlan>();
  for (const described::NodePlace& place : run.places) plan->servers.push_back({place.address, place.port});
  plan->login = {option(run, "user"), "", option(run, "database")};
  if (deployed(run)) plan->login = {"assay", kPassword, "postgres"};
  plan->isolation = isolation_of(option(run, "isolation"));
  plan->reads_at_home = replicated(run) && option(run, "reads") == "standby";
  shared.directory = std::make_shared<Directory>(plan->servers.size());
  shared.plan = plan;
  return "PostgreSQL " + set_up(plan->servers, plan->login);
}

std::unique_ptr<Client> connect(Shared& shared, const described::ClientPlace& place) {
  {
    const std::lock_guard lock(shared.mutex);
    shared.loop = &place.io;
  }
  return std::make_unique<PostgresClient>(place.io, shared.plan, shared.directory, place.node);
}

std::optional<NodeId> leader(Shared& shared) {
  if (shared.failover) return shared.failover->primary();
  return shared.plan ? find_primary(shared.plan->servers, shared.plan->login) : std::nullopt;
}

std::unique_ptr<described::StoreKeeper> keep(const std::shared_ptr<Shared>& shared,
                                             const described::StoreRun& run) {
  if (!replicated(run) || !deployed(run)) return nullptr;
  const Nanos patience = failover_after(option(run, "failover"));
  if (patience == 0) return nullptr;
  FailoverPlan plan;
  for (const described::NodePlace& place : run.places) plan.names.push_back(place.node);
  plan.servers = shared->plan->servers;
  plan.login = shared->plan->login;
  plan.rules.patience = patience;
  if (option(run, "synchronous") != "off")
    plan.rules.acknowledgements =
        acknowledgements_of(option(run, "acknowledgements"), static_cast<int>(run.places.size()));
  plan.fencing = option(run, "fencing") == "on";
  const LoopAccess access{[shared] { return shared->now(); },
                          [shared](std::function<void()> task) { shared->post(std::move(task)); }};
  shared->failover = std::make_shared<Failover>(access, std::move(plan), shared->directory);
  shared->failover->start(0);
  return std::make_unique<FailoverKeeper>(shared);
}

described::NativeStore store() {
  const auto shared = std::make_shared<Shared>();
  described::StoreParts parts;
  parts.connect = [shared](const described::ClientPlace& place) { return connect(*shared, place); };
  parts.look = [shared](const described::StoreRun& run) { return look(*shared, run); };
  parts.leader = [shared](const described::StoreRun&) { return leader(*shared); };
  parts.counters = [shared](const described::StoreRun&) -> Facts {
    if (!shared->failover) return {};
    return {{"promotions", Value(shared->failover->promotions())}};
  };
  parts.keeper = [shared](const described::StoreRun& run) { return keep(shared, run); };
  return {kName, embedded::postgres_files(), std::move(parts)};
}

std::unique_ptr<Target> make(const Plan& plan, const std::string& hosts_file) {
  described::NativeStore made = store();
  refuse(described::choose(described::description_of(made), plan.mode, plan, {"servers"}), plan.nodes);
  return described::make_native_store(std::move(made), plan, hosts_file);
}

}  // namespace

}  // namespace assay::postgres

namespace assay::targets {

extern const TargetPlugin postgres_plugin;
const TargetPlugin postgres_plugin = {
    "postgres", "PostgreSQL 15: one server, or streaming replication with failover; package postgresql-15",
    [] { return described::native_modes(postgres::store()); }, false, postgres::make};

}  // namespace assay::targets
