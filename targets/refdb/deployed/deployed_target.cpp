#include "targets/refdb/deployed/deployed_target.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "harness/cluster/deployment.h"
#include "harness/cluster/plan_hosts.h"
#include "harness/cluster/program_place.h"
#include "harness/cluster/ssh.h"
#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/run/real_world.h"
#include "targets/refdb/client/client_logic.h"
#include "targets/refdb/deployed/deployed_administration.h"
#include "targets/refdb/deployed/last_words.h"
#include "targets/refdb/deployed/status_query.h"
#include "targets/refdb/net/address.h"
#include "targets/refdb/net/asio_client.h"
#include "targets/refdb/protocols/choice.h"
#include "targets/refdb/replica/builds.h"
#include "targets/refdb/replica/progress.h"

namespace assay::refdb {

namespace {

constexpr std::uint16_t kPort = 7000;
constexpr std::uint16_t kHttpPort = 7100;
constexpr Nanos kStatusTimeout = 300 * kMillisecond;
constexpr Nanos kLeaderTimeout = 20 * kSecond;

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string find_server_binary() {
  const fs::path here = cluster::program_path().parent_path();
  const fs::path candidate = here / "refdb";
  if (fs::exists(candidate)) return candidate.string();
  throw HarnessError("the refdb program was not found: looked for " + candidate.string());
}

// Option `program`: another build of the server than the one beside this program.
std::string server_program(const Facts& options) {
  const Value* given = find_fact(options, "program");
  if (given == nullptr) return find_server_binary();
  const std::string path = given->kind() == Value::Kind::text ? std::string(given->as_text()) : "";
  if (!fs::is_regular_file(path)) throw InputError("option program=" + path + ": there is no such program");
  return path;
}

// Option `newer_program`: the build that upgrades bring; the same one where it is not given.
std::string newer_program(const Facts& options) {
  const Value* given = find_fact(options, "newer_program");
  if (given == nullptr) return {};
  const std::string path = given->kind() == Value::Kind::text ? std::string(given->as_text()) : "";
  if (!fs::is_regular_file(path))
    throw InputError("option newer_program=" + path + ": there is no such program");
  return path;
}

// Option `addressing`: whether nodes are told each other's addresses or names.
bool addressed_by_name(const Facts& options) {
  const Value* given = find_fact(options, "addressing");
  if (given == nullptr) return false;
  const std::string how = given->kind() == Value::Kind::text ? std::string(given->as_text()) : "";
  if (how != "name" && how != "address")
    throw InputError("option addressing: \"address\" or \"name\" is expected");
  return how == "name";
}

// What the plan sets beside the mode's options, by the names that the simulated refdb has for it.
Json node_fields(const Facts& options) {
  Json json = Json::object();
  Json election = {300, 600};
  const auto milliseconds = [](const Fact& fact) {
    return Json(std::max<std::int64_t>(1, fact.value.as_integer() / kMillisecond));
  };
  for (const Fact& fact : options) {
    if (fact.name == "program" || fact.name == "newer_program" || fact.name == "addressing") continue;
    if (!fact.value.is_integer()) throw InputError("option " + fact.name + ": a whole number is expected");
    if (fact.name == "heartbeat_interval_ns") {
      json["heartbeat_ms"] = milliseconds(fact);
    } else if (fact.name == "election_timeout_min_ns" || fact.name == "election_timeout_max_ns") {
      election[fact.name == "election_timeout_min_ns" ? 0 : 1] = milliseconds(fact);
      json["election_ms"] = election;
    } else if (fact.name == "log_entries_kept") {
      json["log_entries_kept"] = fact.value.as_integer();
    } else if (fact.name == "client_queue_max") {
      json["client_queue"] = fact.value.as_integer();
    } else {
      throw InputError(
          "option " + fact.name +
          ": refdb on hosts has no such option; beside those of its mode there are "
          "heartbeat_interval_ns, election_timeout_min_ns, election_timeout_max_ns, log_entries_kept, "
          "client_queue_max, program, newer_program, addressing");
    }
  }
  return json;
}

class DeployedTarget final : public Target {
 public:
  DeployedTarget(const Plan& plan, const std::string& hosts_file)
      : plan_(plan),
        choice_(choose_protocol(plan)),
        by_name_(addressed_by_name(choice_.rest)),
        timing_(node_fields(choice_.rest)),
        cluster_(cluster::first_hosts(hosts_file, plan), cluster::cluster_options(plan)) {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      const std::string& address = cluster_.address(static_cast<NodeId>(i));
      addresses_.push_back(address);
      endpoints_.push_back(Address{address, kPort}.to_string());
    }
    if (by_name_) cluster_.find_by_name();
    // The handles must be known before start(): faults that need one are refused first of all.
    cluster_.upload_everywhere(server_program(choice_.rest), "bin/refdb", 0755);
    const std::string newer = newer_program(choice_.rest);
    has_newer_program_ = !newer.empty();
    if (has_newer_program_) cluster_.upload_everywhere(newer, "bin/refdb-newer", 0755);
    levels_.assign(cluster_.size(), kFirstFormatLevel);
    cluster_.deploy(programs());
    for (std::size_t i = 0; i < cluster_.size() && has_newer_program_; ++i)
      point_at_program(static_cast<NodeId>(i), false);
    administration_.emplace(*choice_.protocol, cluster_.names(), addresses_, kHttpPort,
                            [this](NodeId node, bool newer_build) { return install(node, newer_build); });
    const auto hear = [this](NodeId node) { keep_counters_of(node); };
    if (cluster_.processes() != nullptr) processes_.emplace(*cluster_.processes(), hear);
    if (cluster_.disks() != nullptr) disks_.emplace(*cluster_.disks(), hear);
  }

  World& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return cluster_.names(); }

  TargetDescription describe() const override {
    TargetDescription description;
    description.target = "refdb";
    description.mode = choice_.protocol->mode;
    description.version = ASSAY_VERSION;
    description.claimed_consistency = choice_.protocol->claim(choice_.options, plan_.nodes);
    description.cluster = plan_.cluster;
    description.bugs = plan_.bugs;
    description.options = choice_.options.facts();
    for (const Fact& fact : choice_.rest) description.options.push_back(fact);
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
    while (!serves()) {
      if (world_.now() > limit)
        throw HarnessError("the cluster did not serve within 20 s; see the logs of the nodes");
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
    config.options = choice_.options;
    config.bugs = plan_.bugs;
    config.seed = config.client_id;
    return std::make_unique<AsioClient>(world_.io_context(), endpoints_,
                                        choice_.protocol->make_client(config), cluster_name());
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

  std::vector<NodeId> nodes_in_role(const std::string& role) override {
    const auto answers = query_status(addresses_, kHttpPort, kStatusTimeout);
    std::vector<NodeId> nodes;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i] && answers[i]->role == role) nodes.push_back(static_cast<NodeId>(i));
    }
    return nodes;
  }

  // Of every incarnation that could be asked when it ended, and of those that run now.
  Facts counters() override {
    CounterSum sum = ended_;
    for (const auto& status : query_status(addresses_, kHttpPort, kStatusTimeout)) {
      if (status) sum.add(status->counters);
    }
    return sum.facts();
  }

  // By grep on each host. A node whose log is not there yet has no lines.
  std::optional<std::int64_t> log_lines_with(const std::string& text) override {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      const auto node = static_cast<NodeId>(i);
      const std::string file = cluster::shell_quote(cluster_.home(node) + "/logs/refdb.log");
      const std::string command =
          "grep -cF -e " + cluster::shell_quote(text) + " " + file + " 2>/dev/null || true";
      count += std::strtoll(cluster_.run(node, command).output.c_str(), nullptr, 10);
    }
    return count;
  }

  // Beside the loop; when the last question is still under way, there is no second one.
  void observe(Nanos at) override {
    if (asking_.exchange(true)) return;
    boost::asio::post(asker_, [this, at, began = world_.now()] {
      std::vector<std::optional<NodeProgress>> nodes;
      for (auto& status : query_status(addresses_, kHttpPort, kStatusTimeout)) {
        nodes.emplace_back();
        if (status) nodes.back() = NodeProgress{status->applied, std::move(status->counters)};
      }
      const Nanos halfway = (world_.now() - began) / 2;
      const std::lock_guard lock(observed_mutex_);
      observed_.add(progress_of(at + halfway, nodes));
      asking_ = false;
    });
  }

  std::vector<ReplicationSample> replication() override {
    const std::lock_guard lock(observed_mutex_);
    return observed_.samples();
  }

  std::string last_words(NodeId node) override { return cluster_.last_words(node); }
  std::vector<NodeResources> resources(Nanos now) override { return cluster_.resources(now); }

  std::vector<std::vector<NodeId>> datacenters() const override {
    return datacenters_of(choice_.options, plan_.nodes);
  }

  Network* network() override { return cluster_.network(); }
  Packets* packets() override { return cluster_.packets(); }
  Connections* connections() override { return cluster_.connections(); }
  Names* names() override { return by_name_ ? cluster_.names_of_nodes() : nullptr; }
  Processes* processes() override { return processes_ ? &*processes_ : nullptr; }
  Clocks* clocks() override { return cluster_.clocks(); }
  Disks* disks() override { return disks_ ? &*disks_ : nullptr; }
  Administration* administration() override { return &*administration_; }

 private:
  // A build of its own is a program of its own; without one the configuration makes the difference.
  std::string install(NodeId node, bool newer) {
    int& level = levels_[static_cast<std::size_t>(node)];
    level = newer ? kNewestFormatLevel : kFirstFormatLevel;
    cluster_.write_file(node, "refdb.json", config(node));
    if (!has_newer_program_) return version_text(ASSAY_VERSION, level);
    const std::string program = point_at_program(node, newer);
    std::string version = cluster_.run(node, cluster::shell_quote(program) + " --version").output;
    version = version.substr(0, version.find('\n'));
    return version_text(version.substr(std::min(version.size(), std::string("refdb ").size())), level);
  }

  // The program that is meant.
  std::string point_at_program(NodeId node, bool newer) {
    const std::string folder = cluster_.home(node) + "/bin/";
    const std::string program = folder + (newer ? "refdb-newer" : "refdb");
    const std::string command =
        "ln -sfn " + cluster::shell_quote(program) + " " + cluster::shell_quote(folder + "refdb-now");
    if (const auto result = cluster_.run(node, command); result.exit_status != 0)
      throw HarnessError("can't change the program of " + node_names()[static_cast<std::size_t>(node)] +
                         ": " + result.error);
    return program;
  }

  void keep_counters_of(NodeId node) {
    const auto answers =
        query_status({addresses_[static_cast<std::size_t>(node)]}, kHttpPort, kStatusTimeout);
    if (answers[0]) ended_.add(answers[0]->counters);
  }

  // Some node leads, or all are plain replicas.
  bool serves() const {
    bool all_plain = true;
    for (const auto& answer : query_status(addresses_, kHttpPort, kStatusTimeout)) {
      if (answer && answer->role == "leader") return true;
      all_plain = all_plain && answer && answer->role == "replica";
    }
    return all_plain;
  }

  std::vector<cluster::NodeProgram> programs() const {
    cluster::NodeProgram program;
    program.binary = has_newer_program_ ? "bin/refdb-now" : "bin/refdb";
    program.arguments = {"serve", "--config", "{home}/refdb.json"};
    program.log = "logs/refdb.log";
    program.ready_port = kPort;
    return std::vector<cluster::NodeProgram>(cluster_.size(), program);
  }

  std::string cluster_name() const { return "assay-" + std::to_string(plan_.seed); }

  std::string config(NodeId node) const {
    Json json;
    json["node"] = node_names()[static_cast<std::size_t>(node)];
    json["cluster"] = cluster_name();
    json["mode"] = plan_.mode;
    json["listen"] = endpoints_[static_cast<std::size_t>(node)];
    json["http"] = Address{addresses_[static_cast<std::size_t>(node)], kHttpPort}.to_string();
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      const std::string named = Address{cluster_.name_of_node(static_cast<NodeId>(i)), kPort}.to_string();
      json["peers"].push_back({{"name", node_names()[i]}, {"address", by_name_ ? named : endpoints_[i]}});
    }
    json["data"] = cluster_.data_folder(node);
    for (const Fact& fact : choice_.options.facts()) {
      json["options"][fact.name] =
          fact.value.is_integer() ? Json(fact.value.as_integer()) : Json(std::string(fact.value.as_text()));
    }
    json.update(timing_);
    const int level = levels_[static_cast<std::size_t>(node)];
    if (level != kFirstFormatLevel) json["format_level"] = level;
    json["bugs"] = plan_.bugs;
    return json.dump(2) + "\n";
  }

  const Plan plan_;
  const ProtocolChoice choice_;
  const bool by_name_;  // nodes find each other by name
  const Json timing_;   // further fields of every node's configuration
  RealWorld world_;
  cluster::Cluster cluster_;
  std::optional<HeardProcesses> processes_;
  std::optional<HeardDisks> disks_;
  bool has_newer_program_ = false;
  std::vector<int> levels_;  // format level of each node's build, from its next start on
  std::optional<DeployedAdministration> administration_;
  CounterSum ended_;  // what incarnations counted that are dead
  std::vector<std::string> addresses_;
  std::vector<std::string> endpoints_;
  std::mutex observed_mutex_;
  Observations<ReplicationSample> observed_;
  std::atomic<bool> asking_ = false;
  boost::asio::thread_pool asker_{1};  // last: it ends before what it uses
};

}  // namespace

std::unique_ptr<Target> make_deployed(const Plan& plan, const std::string& hosts_file) {
  return std::make_unique<DeployedTarget>(plan, hosts_file);
}

}  // namespace assay::refdb
