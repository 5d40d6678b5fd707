#include "targets/described/described_target.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/cluster/command.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/ssh.h"
#include "harness/core/error.h"
#include "harness/core/schedule.h"
#include "harness/run/real_world.h"
#include "targets/described/client_program.h"
#include "targets/described/notation/description.h"
#include "targets/described/notation/template.h"

namespace assay::described {

namespace {

cluster::HostsFile first_hosts(const std::string& hosts_file, std::size_t nodes) {
  cluster::HostsFile hosts = cluster::read_hosts_file(hosts_file);
  if (hosts.hosts.size() > nodes) hosts.hosts.resize(nodes);
  return hosts;
}

cluster::ClusterOptions cluster_options(const Plan& plan) {
  cluster::ClusterOptions options;
  options.agent_binary = cluster::find_agent_binary();
  options.clocks = false;
  for (const std::string& fault : fault_names(plan)) {
    if (fault.starts_with("kill") || fault.starts_with("wipe")) options.power_loss = true;
    if (fault.starts_with("clock")) options.clocks = true;
  }
  return options;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

class DescribedTarget final : public Target {
 public:
  DescribedTarget(const Plan& plan, Description description, Names options, const std::string& hosts_file)
      : plan_(plan),
        description_(std::move(description)),
        options_(std::move(options)),
        cluster_(first_hosts(hosts_file, static_cast<std::size_t>(plan.nodes)), cluster_options(plan)) {
    for (std::size_t node = 0; node < cluster_.size(); ++node) {
      const auto id = static_cast<NodeId>(node);
      places_.push_back(
          {cluster_.names()[node], cluster_.address(id), cluster_.data_folder(id), cluster_.home(id)});
    }
    deploy();
  }

  World& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return cluster_.names(); }

  TargetDescription describe() const override {
    TargetDescription told;
    told.target = description_.name;
    told.mode = plan_.mode;
    told.version = version_;
    told.claimed_consistency = description_.claims;
    told.cluster = plan_.cluster;
    told.options = plan_.options;
    return told;
  }

  void start() override {
    cluster_.start_everything();
    if (description_.version.empty()) return;
    version_ = first_line(cluster_.run(0, filled(description_.version, names(0), "version")).output);
  }
  void stop() override { cluster_.stop(); }
  void collect_logs(const std::string& directory) override {
    cluster_.collect_logs(directory);
    for (const std::string& name : node_names()) {
      const auto folder = std::filesystem::path(directory) / name;
      std::filesystem::create_directories(folder);
      std::ofstream(folder / "version") << version_ << "\n";
    }
  }

  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override {
    Greeting greeting{places_[static_cast<std::size_t>(node)].node, process, description_.port, places_,
                      options_};
    const std::string folder = std::filesystem::path(description_.path).parent_path().string();
    return std::make_unique<ClientProgram>(
        world_.io_context(),
        filled(description_.client, names(static_cast<std::size_t>(node)), "client.start"), folder, greeting);
  }

  std::optional<NodeId> leader() override {
    if (description_.primary.empty()) return std::nullopt;
    for (std::size_t node = 0; node < places_.size(); ++node) {
      const auto id = static_cast<NodeId>(node);
      if (cluster_.run(id, filled(description_.primary, names(node), "primary")).exit_status == 0) return id;
    }
    return std::nullopt;
  }

  std::string last_words(NodeId node) override { return cluster_.last_words(node); }
  std::vector<NodeResources> resources(Nanos now) override { return cluster_.resources(now); }

  Network* network() override { return cluster_.network(); }
  Packets* packets() override { return cluster_.packets(); }
  Connections* connections() override { return cluster_.connections(); }
  Processes* processes() override { return cluster_.processes(); }
  Clocks* clocks() override { return cluster_.clocks(); }
  Disks* disks() override { return cluster_.disks(); }

 private:
  Names names(std::size_t node) const { return names_of(description_, places_, node, options_); }

  // Before start(), because faults are accepted or refused by what there is to hurt.
  void deploy() {
    install();
    std::vector<cluster::NodeProgram> programs;
    for (std::size_t node = 0; node < places_.size(); ++node) programs.push_back(program_of(node));
    cluster_.deploy(std::move(programs));
    for (std::size_t node = 0; node < places_.size(); ++node) configure(node);
  }

  // Local hosts share this machine's programs, and have no way out to a package registry: what they lack is installed here.
  void install() {
    for (const std::string& package : description_.packages) {
      for (std::size_t node = 0; node < places_.size(); ++node) {
        const std::string asks = "dpkg-query -W -f='${db:Status-Abbrev}' " + cluster::shell_quote(package) +
                                 " 2>/dev/null | grep -q ^ii";
        if (cluster_.run(static_cast<NodeId>(node), asks).exit_status == 0) continue;
        install_on(node, package);
      }
    }
    for (const UploadedFile& file : description_.files)
      cluster_.upload_everywhere(beside(description_, file.from), file.to, file.executable ? 0755 : 0644);
  }

  void install_on(std::size_t node, const std::string& package) {
    const std::string command =
        "apt-get update -q >/dev/null 2>&1; DEBIAN_FRONTEND=noninteractive apt-get install -y -q " +
        std::string("--no-install-recommends ") + cluster::shell_quote(package) + " 2>&1";
    int status = 0;
    std::string said;
    if (plan_.cluster == "local") {
      const cluster::CommandOutput done = cluster::run_program({"sh", "-c", command});
      status = done.exit_status;
      said = done.output;
    } else {
      const cluster::CommandResult done = cluster_.run(static_cast<NodeId>(node), command);
      status = done.exit_status;
      said = done.output;
    }
    if (status == 0) return;
    throw HarnessError("host " + places_[node].node + " has no package " + package +
                       ", and it can't be installed: " + last_line(said));
  }

  void configure(std::size_t node) {
    for (const Configuration& file : description_.configurations) {
      cluster_.write_file(static_cast<NodeId>(node), file.to,
                          filled(file.text, names(node), "configuration " + file.to));
    }
  }

  cluster::NodeProgram program_of(std::size_t node) {
    cluster::NodeProgram program;
    std::vector<std::string> words = filled(description_.start, names(node), "start");
    program.binary = words[0];
    if (program.binary.find('/') == std::string::npos) {
      const auto found =
          cluster_.run(static_cast<NodeId>(node), "command -v " + cluster::shell_quote(words[0]));
      if (found.exit_status != 0)
        throw HarnessError("host " + places_[node].node + " has no program " + words[0]);
      program.binary = first_line(found.output);
    }
    program.arguments.assign(words.begin() + 1, words.end());
    for (const auto& [name, value] : description_.environment)
      program.environment.emplace_back(name, filled(value, names(node), "environment." + name));
    program.log = "logs/" + description_.name + ".log";
    program.more_logs = description_.more_logs;
    program.ready_port = description_.port;
    program.ready_timeout = description_.ready_within;
    return program;
  }

  const Plan plan_;
  const Description description_;
  const Names options_;
  RealWorld world_;
  cluster::Cluster cluster_;
  std::vector<NodePlace> places_;
  std::string version_;
};

std::string text_of(const Value& value) {
  return value.kind() == Value::Kind::text ? std::string(value.as_text()) : value.to_string();
}

[[noreturn]] void refuse_option(const Fact& given, const Description& description) {
  std::string known;
  for (const DescribedOption& option : description.options)
    known += (known.empty() ? "" : ", ") + option.name;
  throw InputError("--option " + given.name + ": " + description.name + " has no such option; " +
                   (known.empty() ? "it has none" : "it has " + known));
}

// Every option at what was asked, or at its usual value.
Names options_of(const Plan& plan, const Description& description) {
  Names options;
  for (const DescribedOption& option : description.options) options[option.name] = option.usual;
  for (const Fact& given : plan.options) {
    if (given.name == "description") continue;
    if (!options.contains(given.name)) refuse_option(given, description);
    options[given.name] = text_of(given.value);
  }
  for (const DescribedOption& option : description.options) {
    const auto& choices = option.choices;
    const std::string& value = options[option.name];
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) continue;
    std::string names;
    for (const std::string& choice : choices) names += (names.empty() ? "" : ", ") + choice;
    throw InputError("--option " + option.name + "=" + value + ": expected one of " + names);
  }
  return options;
}

}  // namespace

std::vector<ModeInfo> modes() {
  return {{"file",
           "nodes, start and client as the file says",
           "what the file says",
           "",
           {{"description", "", "a path",
             "the file that describes the database; --target FILE.json says the same"}},
           {}}};
}

std::unique_ptr<Target> make_target(const Plan& plan, const std::string& hosts_file) {
  if (!plan.bugs.empty())
    throw InputError("--bug " + plan.bugs.front() + ": a described database has no seeded bugs");
  const Value* path = find_fact(plan.options, "description");
  if (path == nullptr || path->kind() != Value::Kind::text)
    throw InputError("target described needs the file that describes the database: --target FILE.json");
  Description description = read_description(std::string(path->as_text()));
  check_templates(description);
  if (plan.nodes < description.nodes_least || plan.nodes > description.nodes_most) {
    throw InputError("--nodes " + std::to_string(plan.nodes) + ": " + description.name + " runs on " +
                     std::to_string(description.nodes_least) + " to " +
                     std::to_string(description.nodes_most) + " nodes, says " + description.path);
  }
  Names options = options_of(plan, description);
  if (hosts_file.empty()) {
    throw InputError("--cluster " + plan.cluster + ": " + description.name +
                     " is not simulated; give --cluster local or a hosts file");
  }
  return std::make_unique<DescribedTarget>(plan, std::move(description), std::move(options), hosts_file);
}

}  // namespace assay::described
