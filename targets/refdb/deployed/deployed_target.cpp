#include "targets/refdb/deployed/deployed_target.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "harness/cluster/deployment.h"
#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/run/real_world.h"
#include "targets/refdb/deployed/status_query.h"
#include "targets/refdb/net/asio_client.h"

namespace assay::refdb {

namespace {

constexpr std::uint16_t kPort = 7000;
constexpr std::uint16_t kHttpPort = 7100;
constexpr Nanos kStatusTimeout = 300 * kMillisecond;
constexpr Nanos kLeaderTimeout = 20 * kSecond;

namespace fs = std::filesystem;

std::string find_server_binary() {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  const fs::path candidate = here / "refdb";
  if (fs::exists(candidate)) return candidate.string();
  throw HarnessError("the refdb program was not found: looked for " + candidate.string());
}

// Only the hosts that the plan wants; too few is the user's mistake.
cluster::HostsFile choose_hosts(const Plan& plan, const std::string& hosts_file) {
  cluster::HostsFile hosts = cluster::read_hosts_file(hosts_file);
  const auto wanted = static_cast<std::size_t>(plan.nodes);
  if (hosts.hosts.size() < wanted) {
    throw InputError("--nodes " + std::to_string(plan.nodes) + ": " + hosts_file + " has only " +
                     std::to_string(hosts.hosts.size()) + " hosts");
  }
  hosts.hosts.resize(wanted);
  return hosts;
}

cluster::ClusterOptions cluster_options(const Plan& plan) {
  cluster::ClusterOptions options;
  options.agent_binary = cluster::find_agent_binary();
  for (const std::string& fault : plan.nemesis) {
    if (fault.starts_with("kill")) options.power_loss = true;
  }
  return options;
}

class DeployedTarget final : public Target {
 public:
  DeployedTarget(const Plan& plan, const std::string& hosts_file, const ProtocolPlugin& protocol)
      : plan_(plan), protocol_(protocol), cluster_(choose_hosts(plan, hosts_file), cluster_options(plan)) {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      const std::string& address = cluster_.address(static_cast<NodeId>(i));
      addresses_.push_back(address);
      endpoints_.push_back(address + ":" + std::to_string(kPort));
    }
    // The handles must be known before start(): faults that need one are refused first of all.
    cluster_.upload_everywhere(find_server_binary(), "bin/refdb", 0755);
    cluster_.deploy(programs());
  }

  World& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return cluster_.names(); }

  TargetDescription describe() const override {
    TargetDescription description;
    description.target = "refdb";
    description.mode = protocol_.mode;
    description.version = ASSAY_VERSION;
    description.claimed_consistency =
        plan_.reads == "local" ? "sequential (local reads)" : std::string(protocol_.claimed_consistency);
    description.cluster = plan_.cluster;
    description.bugs = plan_.bugs;
    description.options = {{"reads", Value::text(plan_.reads)}};
    std::set<std::string> kernels;
    for (const cluster::HostFacts& facts : cluster_.facts()) kernels.insert(facts.kernel);
    for (const std::string& kernel : kernels) description.options.push_back({"kernel", Value::text(kernel)});
    return description;
  }

  void start() override {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      cluster_.write_file(static_cast<NodeId>(i), "refdb.json", config(static_cast<NodeId>(i)));
    }
    cluster_.start_everything();
    const Nanos limit = world_.now() + kLeaderTimeout;
    while (!leader()) {
      if (world_.now() > limit)
        throw HarnessError("no leader was elected within 20 s; see the logs of the nodes");
    }
  }

  void stop() override { cluster_.stop(); }

  void collect_logs(const std::string& directory) override {
    cluster_.collect_logs(directory);
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      const fs::path folder = fs::path(directory) / node_names()[i];
      fs::create_directories(folder);
      std::ofstream(folder / "refdb.json") << config(static_cast<NodeId>(i));
      std::ofstream(folder / "version") << "refdb " ASSAY_VERSION "\n";
    }
  }

  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override {
    ClientConfig config;
    // Sessions outlive processes in the database: a client id is never used twice on its data.
    config.client_id = Rng(plan_.seed).fork("client", static_cast<std::uint64_t>(process)).next();
    config.cluster_size = static_cast<PeerId>(cluster_.size());
    config.first_node = static_cast<PeerId>(node);
    config.stay_on_node = plan_.reads == "local";
    config.seed = config.client_id;
    return std::make_unique<AsioClient>(world_.io_context(), endpoints_, config, cluster_name());
  }

  std::optional<NodeId> leader() override {
    const auto answers = query_status(addresses_, kHttpPort, kStatusTimeout);
    std::optional<NodeId> found;
    std::uint64_t term = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i] || answers[i]->role != "leader" || answers[i]->term < term) continue;
      found = static_cast<NodeId>(i);
      term = answers[i]->term;
    }
    return found;
  }

  Network* network() override { return cluster_.network(); }
  Processes* processes() override { return cluster_.processes(); }
  Clocks* clocks() override { return cluster_.clocks(); }
  Disks* disks() override { return cluster_.disks(); }

 private:
  std::vector<cluster::NodeProgram> programs() const {
    cluster::NodeProgram program;
    program.binary = "bin/refdb";
    program.arguments = {"serve", "--config", "{home}/refdb.json"};
    program.log = "logs/refdb.log";
    program.ready_port = kPort;
    return std::vector<cluster::NodeProgram>(cluster_.size(), program);
  }

  std::string cluster_name() const { return "assay-" + std::to_string(plan_.seed); }

  std::string config(NodeId node) const {
    nlohmann::ordered_json json;
    json["node"] = node_names()[static_cast<std::size_t>(node)];
    json["cluster"] = cluster_name();
    json["mode"] = plan_.mode;
    json["listen"] = endpoints_[static_cast<std::size_t>(node)];
    json["http"] = addresses_[static_cast<std::size_t>(node)] + ":" + std::to_string(kHttpPort);
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      json["peers"].push_back({{"name", node_names()[i]}, {"address", endpoints_[i]}});
    }
    json["data"] = cluster_.data_folder(node);
    json["reads"] = plan_.reads;
    json["bugs"] = plan_.bugs;
    return json.dump(2) + "\n";
  }

  const Plan plan_;
  const ProtocolPlugin& protocol_;
  RealWorld world_;
  cluster::Cluster cluster_;
  std::vector<std::string> addresses_;
  std::vector<std::string> endpoints_;
};

}  // namespace

std::unique_ptr<Target> make_deployed(const Plan& plan, const std::string& hosts_file,
                                      const ProtocolPlugin& protocol) {
  return std::make_unique<DeployedTarget>(plan, hosts_file, protocol);
}

}  // namespace assay::refdb
