#include "targets/described/store/store_target.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>

#include "harness/core/error.h"
#include "harness/run/real_world.h"
#include "targets/described/store/store_administration.h"
#include "targets/described/store/store_deployment.h"
#include "targets/described/store/store_refounding.h"

namespace assay::described {

namespace {

class StoreTarget : public Target {
 public:
  StoreTarget(Description description, Choice choice, StoreParts parts, const Plan& plan)
      : plan_(plan), parts_(std::move(parts)), run_{std::move(description), std::move(choice), {}} {}

  World& world() override { return world_; }

  TargetDescription describe() const override {
    TargetDescription told;
    told.target = run_.description.name;
    told.mode = run_.description.modes.empty() ? plan_.mode : run_.choice.mode;
    told.version = version_;
    told.claimed_consistency = run_.choice.claims;
    told.cluster = plan_.cluster;
    told.options = plan_.options;
    return told;
  }

  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override {
    return parts_.connect({world_.io_context(), node, process, run_});
  }

  std::optional<NodeId> leader() override {
    return parts_.leader ? parts_.leader(run_) : std::optional<NodeId>();
  }
  Facts counters() override { return parts_.counters ? parts_.counters(run_) : Facts{}; }
  void observe(Nanos at) override {
    if (keeper_) keeper_->observe(at);
  }

 protected:
  // The last part of start().
  void begin() {
    if (parts_.look) {
      const std::string seen = parts_.look(run_);
      if (!seen.empty()) version_ = seen;
    }
    if (parts_.keeper) keeper_ = parts_.keeper(run_);
  }
  void end() { keeper_.reset(); }
  void collect_from_keeper(const std::string& directory) {
    if (keeper_) keeper_->collect(directory);
  }

  const Plan plan_;
  const StoreParts parts_;
  StoreRun run_;
  RealWorld world_;
  std::string version_;

 private:
  std::unique_ptr<StoreKeeper> keeper_;
};

class DeployedStore final : public StoreTarget {
 public:
  DeployedStore(Description description, Choice choice, StoreParts parts, const Plan& plan,
                const std::string& hosts_file)
      : StoreTarget(std::move(description), std::move(choice), std::move(parts), plan),
        deployment_(plan_, run_.description, run_.choice, parts_.files, hosts_file),
        administration_(membership_of(run_.description, run_.choice), deployment_),
        refounding_(run_.description.refounding, deployment_) {
    run_.places = deployment_.places();
  }
  ~DeployedStore() override {
    end();
    look_no_more();
  }

  const std::vector<std::string>& node_names() const override { return deployed().names(); }
  void start() override {
    deployment_.start();
    version_ = deployment_.version();
    begin();
  }
  void stop() override {
    end();
    look_no_more();
    deployed().stop();
  }
  void collect_logs(const std::string& directory) override {
    deployed().collect_logs(directory);
    collect_from_keeper(directory);
    const std::lock_guard lock(looking_->mutex);
    if (!refounding_.events().empty()) {
      std::ofstream log(std::filesystem::path(directory) / "refounding.log");
      for (const std::string& event : refounding_.events()) log << event << "\n";
    }
    for (const std::string& name : node_names()) {
      const auto folder = std::filesystem::path(directory) / name;
      std::filesystem::create_directories(folder);
      std::ofstream(folder / "version") << version_ << "\n";
    }
  }

  // Of several that take themselves for the primary the one that prints the greatest number, such as a term.
  std::optional<NodeId> leader() override {
    if (parts_.leader || run_.description.primary.empty()) return StoreTarget::leader();
    std::optional<StoreDeployment::Found> best;
    for (const StoreDeployment::Found& found : deployment_.find(run_.description.primary, "primary")) {
      if (!best || found.printed > best->printed) best = found;
    }
    return best ? std::optional<NodeId>(best->node) : std::nullopt;
  }
  std::vector<NodeId> nodes_in_role(const std::string& role) override {
    std::vector<NodeId> nodes;
    for (const auto& [name, command] : run_.description.roles) {
      if (name != role) continue;
      for (const auto& found : deployment_.find(command, "roles." + role)) nodes.push_back(found.node);
    }
    return nodes;
  }

  // On the thread of faults, which may start and end processes, and only when it has nothing else to do.
  void observe(Nanos at) override {
    StoreTarget::observe(at);
    if (!refounding_.possible() || is_looking_ || at < next_look_) return;
    is_looking_ = true;
    next_look_ = at + kLookPeriod;
    world_.run_blocking(
        [this, at, looking = looking_] {
          const std::lock_guard lock(looking->mutex);
          if (!looking->over) refounding_.look(at);
        },
        [this, looking = looking_] {
          if (!looking->over) is_looking_ = false;
        });
  }

  std::string last_words(NodeId node) override { return deployed().last_words(node); }
  std::vector<NodeResources> resources(Nanos now) override { return deployed().resources(now); }
  Network* network() override { return deployed().network(); }
  Packets* packets() override { return deployed().packets(); }
  Connections* connections() override { return deployed().connections(); }
  assay::Names* names() override { return deployment_.by_name() ? deployed().names_of_nodes() : nullptr; }
  Processes* processes() override { return deployed().processes(); }
  Clocks* clocks() override { return deployed().clocks(); }
  Disks* disks() override { return deployed().disks(); }
  Administration* administration() override {
    return administration_.possible() ? &administration_ : nullptr;
  }

 private:
  static constexpr Nanos kLookPeriod = 2 * kSecond;
  // Outlives the target in tasks that nobody has begun yet.
  struct Looking {
    std::mutex mutex;
    bool over = false;
  };

  void look_no_more() {
    const std::lock_guard lock(looking_->mutex);
    looking_->over = true;
  }
  cluster::Cluster& deployed() const { return deployment_.cluster(); }

  mutable StoreDeployment deployment_;  // names and addresses are asked of it by constant functions, too
  StoreAdministration administration_;
  StoreRefounding refounding_;
  const std::shared_ptr<Looking> looking_ = std::make_shared<Looking>();
  bool is_looking_ = false;
  Nanos next_look_ = 0;
};

NodePlace server_place(const std::string& text, std::uint16_t usual_port) {
  NodePlace place{text, text, "", "", usual_port};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return place;
  place.address = text.substr(0, colon);
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, place.port);
  if (error != std::errc() || rest != end || place.port == 0 || place.address.empty())
    throw InputError("--servers " + text + ": expected an address and a port, such as 127.0.0.1:2379");
  return place;
}

class RunningStore final : public StoreTarget {
 public:
  RunningStore(Description description, Choice choice, StoreParts parts, const Plan& plan,
               const std::string& servers)
      : StoreTarget(std::move(description), std::move(choice), std::move(parts), plan) {
    std::size_t begin = 0;
    while (begin <= servers.size()) {
      const std::size_t end = std::min(servers.find(',', begin), servers.size());
      run_.places.push_back(server_place(servers.substr(begin, end - begin), run_.description.port));
      names_.push_back(run_.places.back().node);
      begin = end + 1;
    }
    if (names_.size() == static_cast<std::size_t>(plan.nodes)) return;
    throw InputError("--nodes " + std::to_string(plan.nodes) + ": --servers names " +
                     std::to_string(names_.size()) + "; give --nodes " + std::to_string(names_.size()));
  }
  ~RunningStore() override { end(); }

  const std::vector<std::string>& node_names() const override { return names_; }
  TargetDescription describe() const override {
    TargetDescription told = StoreTarget::describe();
    told.cluster = "servers that were running";
    return told;
  }
  void start() override { begin(); }
  void stop() override { end(); }
  void collect_logs(const std::string&) override {}

 private:
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Target> make_deployed_store(Description description, Choice choice, StoreParts parts,
                                            const Plan& plan, const std::string& hosts_file) {
  return std::make_unique<DeployedStore>(std::move(description), std::move(choice), std::move(parts), plan,
                                         hosts_file);
}

std::unique_ptr<Target> make_running_store(Description description, Choice choice, StoreParts parts,
                                           const Plan& plan, const std::string& servers) {
  return std::make_unique<RunningStore>(std::move(description), std::move(choice), std::move(parts), plan,
                                        servers);
}

}  // namespace assay::described
