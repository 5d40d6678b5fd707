#include "harness/cluster/deployment.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "harness/cluster/host_handles.h"
#include "harness/cluster/host_names.h"
#include "harness/cluster/host_packets.h"
#include "harness/cluster/program_place.h"
#include "harness/cluster/resources.h"
#include "harness/cluster/ssh_state.h"
#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

constexpr int kReadyTryMilliseconds = 300;
constexpr int kReadyPauseMilliseconds = 10;
constexpr std::size_t kLastWordsMax = 1000;
constexpr int kClockQuestions = 5;
constexpr std::int64_t kReadingsAtOnce = 256;

bool accepts_connections(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return false;
  bool connected = false;
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket >= 0 && (::connect(socket, found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS)) {
    pollfd waiting{socket, POLLOUT, 0};
    int error = 1;
    socklen_t size = sizeof error;
    if (::poll(&waiting, 1, kReadyTryMilliseconds) == 1) {
      ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
      connected = error == 0;
    }
  }
  if (socket >= 0) ::close(socket);
  ::freeaddrinfo(found);
  return connected;
}

// Rules and probes want numbers: a name is looked up once, here.
std::string as_ip_address(const Host& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  char text[NI_MAXHOST] = {};
  const int trouble = ::getaddrinfo(host.node_address.c_str(), nullptr, &hints, &found);
  if (trouble != 0) {
    throw HarnessError(host.name + ": the address " + host.node_address +
                       " can't be resolved: " + ::gai_strerror(trouble));
  }
  ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  ::freeaddrinfo(found);
  return text;
}

Nanos wall_now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

Message resources_request(std::size_t from, std::int64_t count) {
  Message message;
  message.verb = "resources";
  message.add("from", static_cast<std::int64_t>(from)).add("count", count);
  return message;
}

// The tightest of a few questions.
ClockRelation relate_clocks(HostLink& link) {
  ClockRelation best{.precision = kNever};
  for (int attempt = 0; attempt < kClockQuestions; ++attempt) {
    const Nanos before = monotonic_now();
    const Message reply = link.request(resources_request(0, 0));
    const Nanos wall = wall_now();
    const Nanos after = monotonic_now();
    if ((after - before) / 2 >= best.precision) continue;
    const Nanos middle = before + (after - before) / 2;
    best = {.host_monotonic = reply.integer("now"),
            .host_wall = reply.integer("wall"),
            .here_monotonic = middle,
            .here_wall = wall - (after - middle),
            .precision = (after - before) / 2};
  }
  return best;
}

// The first host that lacks an ability, as a sentence; empty when all have it.
std::string first_lack(const Links& links, const std::string& field) {
  for (const auto& link : links) {
    const std::string reason = link->abilities().text(field);
    if (!reason.empty()) return link->host().name + ": " + reason;
  }
  return {};
}

}  // namespace

struct Cluster::State {
  HostsFile file;
  ClusterOptions options;
  Links links;
  std::vector<std::string> names;
  std::vector<HostFacts> facts;
  std::string no_network;
  std::string no_clocks;
  std::string no_disks;
  std::string no_layer;
  bool layer_is_the_disk = false;
  std::unique_ptr<HostNetwork> network;
  std::unique_ptr<HostPackets> packets;          // null until asked for
  std::unique_ptr<HostConnections> connections;  // null until asked for
  std::unique_ptr<HostNames> names_of_nodes;     // null until asked for
  std::unique_ptr<HostProcesses> processes;
  std::unique_ptr<HostClocks> clocks;
  std::unique_ptr<HostDisks> disks;
  bool stopped = false;

  HostLink& link(NodeId node) const {
    ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < links.size());
    return *links[static_cast<std::size_t>(node)];
  }
};

Cluster::Cluster(HostsFile hosts, ClusterOptions options) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.file = std::move(hosts);
  state.options = std::move(options);
  if (state.options.agent_binary.empty()) state.options.agent_binary = find_agent_binary();
  for (Host& host : state.file.hosts) {
    host.node_address = as_ip_address(host);
    state.links.push_back(std::make_unique<HostLink>(host, state.options));
    state.names.push_back(host.name);
  }
  for_each_link(state.links, [](std::size_t, HostLink& link) { link.start_agent(); });
  share_addresses(state.links);
  for (const auto& link : state.links) {
    const Message& told = link->abilities();
    state.facts.push_back({.name = link->host().name,
                           .kernel = told.text("kernel"),
                           .agent_version = told.text("version"),
                           .root = told.integer("root") != 0,
                           .network_means = told.text("network-means"),
                           .vdso = told.text("no-clocks").empty(),
                           .disk_free_bytes = told.integer("free"),
                           .round_trip_nanos = link->round_trip_nanos()});
  }
  state.no_network = first_lack(state.links, "no-network");
  state.no_clocks = state.options.clocks ? first_lack(state.links, "no-clocks") : "clocks were not asked for";
  state.no_disks = state.options.power_loss ? first_lack(state.links, "no-disks")
                                            : "disks that lose power were not asked for";
  if (!state.options.loop_devices) state.no_disks = "loop devices are not to be used";
  state.no_layer = first_lack(state.links, "no-layer");
  state.layer_is_the_disk = state.options.power_loss && !state.no_disks.empty() && state.no_layer.empty();
  if (state.layer_is_the_disk) state.no_disks.clear();
  if (state.no_network.empty()) state.network = std::make_unique<HostNetwork>(state.links);
  if (state.no_clocks.empty()) state.clocks = std::make_unique<HostClocks>(state.links);
  if (!state.options.power_loss) return;
  state.disks = std::make_unique<HostDisks>(state.links, state.no_disks);
  const bool asked_for = state.options.file_layer || state.layer_is_the_disk;
  state.disks->set_no_layer(asked_for ? state.no_layer : "a layer under the data was not asked for");
}

Cluster::~Cluster() {
  try {
    stop();
  } catch (const HarnessError&) {
    // The agents' dead-man switch does it when their connections end, which is next.
  }
}

std::size_t Cluster::size() const { return state_->links.size(); }
const Host& Cluster::host(NodeId node) const { return state_->link(node).host(); }
const std::vector<std::string>& Cluster::names() const { return state_->names; }
const std::vector<HostFacts>& Cluster::facts() const { return state_->facts; }
std::string Cluster::home(NodeId node) const { return host(node).data; }
std::string Cluster::data_folder(NodeId node) const { return data_folder_of(host(node)); }

CommandResult Cluster::run(NodeId node, const std::string& command, const std::string& standard_input) {
  ExecResult result =
      state_->link(node).session().run(command, state_->options.command_timeout, standard_input);
  return {.exit_status = result.exit_status,
          .output = std::move(result.output),
          .error = std::move(result.error)};
}

std::vector<CommandResult> Cluster::run_on_each(const std::vector<std::string>& commands) {
  ASSAY_ASSERT(commands.size() == state_->links.size());
  std::vector<CommandResult> results(commands.size());
  for_each_link(state_->links, [&](std::size_t i, HostLink&) {
    if (!commands[i].empty()) results[i] = run(static_cast<NodeId>(i), commands[i]);
  });
  return results;
}

void Cluster::upload_everywhere(const std::string& local_path, const std::string& remote_path, int mode) {
  // Read once, however many hosts there are.
  std::ostringstream content;
  if (std::ifstream file(local_path, std::ios::binary); !file || !(content << file.rdbuf()))
    throw HarnessError(local_path + ": can't be read to be uploaded");
  for_each_link(state_->links, [&](std::size_t, HostLink& link) {
    link.session().upload_bytes(content.view(), absolute_path(link.host(), remote_path), mode,
                                4 * state_->options.command_timeout);
  });
}

void Cluster::write_file(NodeId node, const std::string& remote_path, const std::string& content, int mode) {
  HostLink& link = state_->link(node);
  link.session().upload_bytes(content, absolute_path(link.host(), remote_path), mode,
                              state_->options.command_timeout);
}

void Cluster::deploy(std::vector<NodeProgram> programs) {
  State& state = *state_;
  ASSAY_ASSERT(programs.size() == state.links.size());
  for_each_link(state.links, [&](std::size_t i, HostLink& link) {
    Message prepare;
    if (state.no_disks.empty() && !state.layer_is_the_disk) {
      prepare.verb = "disk-make";
      prepare.add("size", state.options.disk_size_bytes);
    } else {
      prepare.verb = "reset-data";
    }
    link.request(prepare);
    if (state.disks && state.no_layer.empty() && (state.options.file_layer || state.layer_is_the_disk)) {
      Message layer;
      layer.verb = "layer-mount";
      link.request(layer.add("is-the-disk", state.layer_is_the_disk ? 1 : 0));
    }
    std::string old_logs = shell_quote(absolute_path(link.host(), programs[i].log));
    for (const ProgramBeside& program : programs[i].beside)
      old_logs += " " + shell_quote(absolute_path(link.host(), program.log));
    link.session().run("rm -f " + old_logs, state.options.command_timeout);
  });
  expect(std::move(programs));
}

void Cluster::expect(std::vector<NodeProgram> programs) {
  ASSAY_ASSERT(programs.size() == state_->links.size());
  state_->processes =
      std::make_unique<HostProcesses>(state_->links, std::move(programs), state_->clocks != nullptr);
}

void Cluster::before_start(std::function<void(NodeId)> prepare) {
  ASSAY_ASSERT(state_->processes != nullptr);
  state_->processes->before_start(std::move(prepare));
}

void Cluster::start_everything() {
  std::vector<NodeId> nodes;
  for (std::size_t node = 0; node < size(); ++node) nodes.push_back(static_cast<NodeId>(node));
  start_nodes(nodes);
}

void Cluster::start_nodes(const std::vector<NodeId>& nodes) {
  ASSAY_ASSERT(state_->processes != nullptr);
  for_each_link(state_->links, [&](std::size_t i, HostLink&) {
    const auto node = static_cast<NodeId>(i);
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) return;
    state_->processes->start(node);
    wait_until_ready(node);
  });
}

bool Cluster::listens(NodeId node, std::uint16_t port) const {
  return accepts_connections(host(node).address, port);
}

void Cluster::wait_until_ready(NodeId node) {
  ASSAY_ASSERT(state_->processes != nullptr);
  const NodeProgram& program = state_->processes->programs()[static_cast<std::size_t>(node)];
  const Nanos deadline = deadline_after(program.ready_timeout);
  std::string lack;
  const auto ready = [&] {
    lack = "doesn't accept connections on port " + std::to_string(program.ready_port) + " in time";
    if (program.ready_port != 0 && !accepts_connections(host(node).address, program.ready_port)) return false;
    if (program.ready_command.empty()) return true;
    const CommandResult said = run(node, program.ready_command);
    lack = "is not ready in time, says " + program.ready_command + ": " + said.output + said.error;
    return said.exit_status == 0;
  };
  int attempts = 0;
  while (!ready()) {
    const bool over = monotonic_now() > deadline;
    const bool look = ++attempts % 10 == 0;
    const bool dead = (over || look) && state_->processes->state(node) == Processes::State::dead;
    if (over || dead) {
      throw HarnessError(host(node).name + ": the node " + (dead ? "ended while starting" : lack) +
                         "; its log ends: " + last_words(node));
    }
    ::poll(nullptr, 0, kReadyPauseMilliseconds);
  }
}

Network* Cluster::network() { return state_->network.get(); }

Packets* Cluster::packets() {
  if (!state_->packets) state_->packets = std::make_unique<HostPackets>(state_->links);
  return state_->packets->lack().empty() ? state_->packets.get() : nullptr;
}

Connections* Cluster::connections() {
  if (!state_->connections) state_->connections = std::make_unique<HostConnections>(state_->links);
  return state_->connections->lack().empty() ? state_->connections.get() : nullptr;
}

Names* Cluster::names_of_nodes() {
  if (!state_->names_of_nodes) state_->names_of_nodes = std::make_unique<HostNames>(state_->links);
  return state_->names_of_nodes->lack().empty() ? state_->names_of_nodes.get() : nullptr;
}

void Cluster::find_by_name() {
  if (names_of_nodes() == nullptr) throw HarnessError(why_no_names());
  state_->names_of_nodes->serve();
}

std::string Cluster::name_of_node(NodeId node) const { return HostNames::name_of(host(node)); }

std::string Cluster::why_no_names() const {
  return state_->names_of_nodes ? state_->names_of_nodes->lack() : "";
}
std::string Cluster::why_no_packets() const { return state_->packets ? state_->packets->lack() : ""; }
std::string Cluster::why_no_connections() const {
  return state_->connections ? state_->connections->lack() : "";
}

Processes* Cluster::processes() { return state_->processes.get(); }
Clocks* Cluster::clocks() { return state_->clocks.get(); }
Disks* Cluster::disks() { return state_->disks.get(); }
std::string Cluster::why_no_network() const { return state_->no_network; }
std::string Cluster::why_no_clocks() const { return state_->no_clocks; }
std::string Cluster::why_no_disks() const { return state_->no_disks; }

std::string Cluster::last_words(NodeId node) {
  ASSAY_ASSERT(state_->processes != nullptr);
  const NodeProgram& program = state_->processes->programs()[static_cast<std::size_t>(node)];
  std::string tail = run(node, "tail -n 5 " + shell_quote(absolute_path(host(node), program.log))).output;
  if (tail.size() > kLastWordsMax) tail.erase(0, tail.size() - kLastWordsMax);
  while (!tail.empty() && tail.back() == '\n') tail.pop_back();
  for (char& c : tail) c = c == '\n' ? ' ' : c;
  return tail;
}

std::vector<NodeResources> Cluster::resources(Nanos now) {
  const Nanos shift = now - monotonic_now();
  std::vector<NodeResources> all(state_->links.size());
  for_each_link(state_->links, [&](std::size_t i, HostLink& link) {
    const ClockRelation clocks = relate_clocks(link);
    std::vector<std::string> readings;
    while (true) {
      const std::vector<std::string> more =
          link.request(resources_request(readings.size(), kReadingsAtOnce)).all("reading");
      readings.insert(readings.end(), more.begin(), more.end());
      if (more.size() < static_cast<std::size_t>(kReadingsAtOnce)) break;
    }
    all[i] = resources_from(readings, clocks, link.host().name);
    all[i].node = static_cast<NodeId>(i);
    for (NodeSample& sample : all[i].samples) sample.at += shift;
  });
  return all;
}

void Cluster::collect_logs(const std::string& directory) {
  if (!state_->processes) return;
  for_each_link(state_->links, [&](std::size_t i, HostLink& link) {
    const NodeProgram& program = state_->processes->programs()[i];
    std::vector<std::string> paths = program.more_logs;
    paths.push_back(program.log);
    for (const ProgramBeside& beside : program.beside) paths.push_back(beside.log);
    for (const std::string& path : paths) {
      const std::string remote = absolute_path(link.host(), path);
      const std::string local =
          directory + "/" + link.host().name + "/" + std::filesystem::path(remote).filename().string();
      link.session().download(remote, local, 4 * state_->options.command_timeout);
    }
  });
}

void Cluster::stop() {
  if (state_->stopped) return;
  for_each_link(state_->links, [](std::size_t, HostLink& link) { link.stop_agent(); });
  state_->stopped = true;
}

std::vector<std::string> heal_hosts(const HostsFile& hosts, const ClusterOptions& options) {
  ClusterOptions complete = options;
  if (complete.agent_binary.empty()) complete.agent_binary = find_agent_binary();
  Links links;
  for (const Host& host : hosts.hosts) links.push_back(std::make_unique<HostLink>(host, complete));
  std::vector<std::string> report(links.size());
  for_each_link(links, [&](std::size_t i, HostLink& link) {
    const std::vector<std::string> undone = link.heal();
    report[i] = link.host().name + ": ";
    for (const std::string& line : undone) report[i] += (&line == &undone.front() ? "" : ", ") + line;
    if (undone.empty()) report[i] += "nothing to undo";
  });
  return report;
}

std::string find_agent_binary() {
  std::error_code error;
  const std::filesystem::path folder = program_path().parent_path();
  std::string looked;
  for (const std::filesystem::path& path : {folder / "assay-agent", folder / "../libexec/assay/assay-agent",
                                            std::filesystem::path(ASSAY_AGENT_BUILD_PATH)}) {
    if (std::filesystem::exists(path, error)) return path.lexically_normal().string();
    looked += (looked.empty() ? "" : ", ") + path.lexically_normal().string();
  }
  throw HarnessError("the program assay-agent, which goes to the hosts, is missing; looked for " + looked);
}

}  // namespace assay::cluster
