#include "targets/described/store/store_deployment.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "harness/cluster/command.h"
#include "harness/cluster/plan_hosts.h"
#include "harness/cluster/ssh.h"
#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::described {

namespace {

constexpr int kRepeatPauseMilliseconds = 100;

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

cluster::ClusterOptions options_for(const Plan& plan, const Description& description) {
  cluster::ClusterOptions options = cluster::cluster_options(plan);
  for (const std::vector<HostStep>* steps : {&description.prepare, &description.after_start}) {
    for (const HostStep& step : *steps)
      options.command_timeout = std::max(options.command_timeout, step.within);
  }
  return options;
}

// The step's command, unless it is not needed.
std::string command_of(const HostStep& step, const Names& names) {
  const std::string run = filled(step.run, names, "run");
  if (step.unless.empty()) return run;
  return "(\n" + filled(step.unless, names, "unless") + "\n) >/dev/null 2>&1 || (\n" + run + "\n)";
}

// By the description's option `addressing`, where it has one.
bool addressed_by_name(const Names& options) {
  const auto given = options.find("addressing");
  if (given == options.end() || given->second == "address") return false;
  if (given->second == "name") return true;
  throw InputError("option addressing=" + given->second + ": \"address\" or \"name\" is expected");
}

std::vector<NodeId> all_nodes(std::size_t count) {
  std::vector<NodeId> nodes;
  for (std::size_t node = 0; node < count; ++node) nodes.push_back(static_cast<NodeId>(node));
  return nodes;
}

}  // namespace

StoreDeployment::StoreDeployment(const Plan& plan, const Description& description, const Choice& choice,
                                 const std::vector<EmbeddedFile>& files, const std::string& hosts_file)
    : plan_(plan),
      description_(description),
      choice_(choice),
      files_(files),
      by_name_(addressed_by_name(choice.options)),
      cluster_(cluster::first_hosts(hosts_file, plan), options_for(plan, description)) {
  for (const NodeId node : all_nodes(cluster_.size())) {
    places_.push_back({cluster_.names()[static_cast<std::size_t>(node)], cluster_.address(node),
                       cluster_.data_folder(node), cluster_.home(node), description.port,
                       by_name_ ? cluster_.name_of_node(node) : std::string()});
  }
  if (by_name_) cluster_.find_by_name();
  install();
  std::vector<cluster::NodeProgram> programs;
  for (std::size_t node = 0; node < places_.size(); ++node) programs.push_back(program_of(node));
  cluster_.deploy(std::move(programs));
  configure();
  cluster_.before_start([this](NodeId node) { prepare(node); });
}

Names StoreDeployment::shell_names(std::size_t node) const {
  return names_of(description_, places_, node, choice_.options, cluster::shell_word);
}

// Local hosts share this machine's programs, and have no way out to a package registry: what they lack is installed here.
void StoreDeployment::install() {
  for (const std::string& package : description_.packages) {
    const std::string asks = "dpkg-query -W -f='${db:Status-Abbrev}' " + cluster::shell_quote(package) +
                             " 2>/dev/null | grep -q ^ii";
    for (std::size_t node = 0; node < places_.size(); ++node) {
      if (cluster_.run(static_cast<NodeId>(node), asks).exit_status != 0) install_on(node, package);
    }
  }
  for (const UploadedFile& file : description_.files) upload(file);
}

void StoreDeployment::install_on(std::size_t node, const std::string& package) {
  const std::string command =
      "apt-get update -q >/dev/null 2>&1; DEBIAN_FRONTEND=noninteractive apt-get install -y -q " +
      std::string("--no-install-recommends ") + cluster::shell_quote(package) + " 2>&1";
  int status = 0;
  std::string said;
  if (plan_.cluster == "local") {
    const std::string installed = "dpkg-query -W -f='${db:Status-Abbrev}' " + cluster::shell_quote(package) +
                                  " 2>/dev/null | grep -q ^ii || { ";
    const cluster::CommandOutput done = cluster::run_program({"sh", "-c", installed + command + "; }"});
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

void StoreDeployment::upload(const UploadedFile& file) {
  const int mode = file.executable ? 0755 : 0644;
  if (files_.empty()) return cluster_.upload_everywhere(beside(description_, file.from), file.to, mode);
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [&](const EmbeddedFile& embedded) { return embedded.name == file.from; });
  ASSAY_ASSERT(found != files_.end());
  for (const NodeId node : all_nodes(places_.size()))
    cluster_.write_file(node, file.to, std::string(found->content), mode);
}

void StoreDeployment::configure() {
  for (std::size_t node = 0; node < places_.size(); ++node) {
    const Names known = names(node);
    for (const Configuration& file : description_.configurations) {
      if (!file.when.holds(node, known)) continue;
      cluster_.write_file(static_cast<NodeId>(node), file.to,
                          filled(file.text, known, "configuration " + file.to));
    }
  }
}

std::string StoreDeployment::path_of(std::size_t node, const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const auto found = cluster_.run(static_cast<NodeId>(node), "command -v " + cluster::shell_quote(program));
  if (found.exit_status != 0) throw HarnessError("host " + places_[node].node + " has no program " + program);
  return first_line(found.output);
}

cluster::NodeProgram StoreDeployment::program_of(std::size_t node) {
  const Names known = names(node);
  cluster::NodeProgram program;
  const std::vector<std::string> words = filled(description_.start, node, known, "start");
  program.binary = path_of(node, words.at(0));
  program.arguments.assign(words.begin() + 1, words.end());
  for (const Beside& other : description_.beside) {
    if (!other.when.holds(node, known)) continue;
    const std::vector<std::string> its = filled(other.start, node, known, "beside." + other.name);
    program.beside.push_back(
        {path_of(node, its.at(0)), {its.begin() + 1, its.end()}, "logs/" + other.name + ".log"});
  }
  for (const auto& [name, value] : description_.environment)
    program.environment.emplace_back(name, filled(value, known, "environment." + name));
  program.user = description_.user;
  program.log = "logs/" + description_.name + ".log";
  for (const std::string& path : description_.more_logs)
    program.more_logs.push_back(filled(path, known, "more_logs"));
  program.ready_port = description_.port;
  program.ready_command = filled(description_.ready, shell_names(node), "ready.command");
  program.ready_timeout = description_.ready_within;
  program.stop_signal = description_.stop_signal;
  program.stop_command = filled(description_.stop, shell_names(node), "stop");
  return program;
}

// Whatever answered there would be taken for the node.
void StoreDeployment::refuse_taken_ports() {
  if (description_.port == 0) return;
  for (const NodeId node : all_nodes(places_.size())) {
    if (!cluster_.listens(node, description_.port)) continue;
    throw HarnessError("host " + places_[static_cast<std::size_t>(node)].node +
                       ": something listens on port " + std::to_string(description_.port) +
                       " already; end it first, perhaps a service of the package");
  }
}

void StoreDeployment::perform_on(std::size_t node, const HostStep& step, const std::string& what) {
  if (!step.when.holds(node, names(node))) return;
  const std::string command = command_of(step, shell_names(node));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(step.within);
  while (true) {
    const cluster::CommandResult result = cluster_.run(static_cast<NodeId>(node), command);
    if (result.exit_status == 0) return;
    if (!step.repeat || std::chrono::steady_clock::now() > deadline) {
      throw HarnessError("host " + places_[node].node + ": " + what + ": " + first_line(step.run) +
                         " ended with " + std::to_string(result.exit_status) + ": " +
                         last_line(result.output + result.error));
    }
    ::poll(nullptr, 0, kRepeatPauseMilliseconds);
  }
}

void StoreDeployment::prepare(NodeId node) {
  for (const HostStep& step : description_.prepare)
    perform_on(static_cast<std::size_t>(node), step, "prepare");
}

void StoreDeployment::start() {
  refuse_taken_ports();
  std::vector<NodeId> nodes = all_nodes(places_.size());
  if (description_.first_alone) {
    cluster_.start_nodes({0});
    nodes.erase(nodes.begin());
  }
  cluster_.start_nodes(nodes);
  for (const HostStep& step : description_.after_start) {
    for (std::size_t node = 0; node < places_.size(); ++node) perform_on(node, step, "after_start");
  }
}

std::string StoreDeployment::version() {
  if (description_.version.empty()) return "";
  return first_line(cluster_.run(0, filled(description_.version, shell_names(0), "version")).output);
}

cluster::CommandResult StoreDeployment::perform(NodeId node, const std::string& command,
                                                const std::string& what, const Names& more,
                                                const std::string& input) {
  Names known = shell_names(static_cast<std::size_t>(node));
  for (const auto& [name, value] : more) known[name] = cluster::shell_word(value);
  return cluster_.run(node, filled(command, known, what), input);
}

std::vector<cluster::CommandResult> StoreDeployment::ask_each(const std::string& command,
                                                              const std::string& what) {
  std::vector<std::string> commands;
  for (std::size_t node = 0; node < places_.size(); ++node)
    commands.push_back(filled(command, shell_names(node), what));
  return cluster_.run_on_each(commands);
}

std::vector<StoreDeployment::Found> StoreDeployment::find(const std::string& command,
                                                          const std::string& what) {
  std::vector<Found> found;
  const std::vector<cluster::CommandResult> results = ask_each(command, what);
  for (std::size_t node = 0; node < results.size(); ++node) {
    if (results[node].exit_status != 0) continue;
    std::int64_t printed = 0;
    const std::string& output = results[node].output;
    std::from_chars(output.data(), output.data() + output.size(), printed);
    found.push_back({static_cast<NodeId>(node), printed});
  }
  return found;
}

}  // namespace assay::described
