#include "harness/cluster/agent/duties.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "harness/cluster/agent/disk.h"
#include "harness/cluster/agent/layer/layer_mount.h"
#include "harness/cluster/agent/network.h"
#include "harness/cluster/agent/system.h"
#include "harness/cluster/agent/version.h"

namespace assay::agent {
namespace {

std::int64_t free_bytes(const std::string& path) {
  struct statvfs space {};
  if (::statvfs(path.c_str(), &space) != 0) return -1;
  return static_cast<std::int64_t>(space.f_bavail) * static_cast<std::int64_t>(space.f_frsize);
}

std::string image_of(const ServerOptions& options) { return options.home + "/disk.img"; }
// The node's disk is mounted here; its data is in a folder below, so that databases which want an empty
// folder don't meet lost+found.
std::string mount_of(const ServerOptions& options) { return options.home + "/disk"; }
std::string data_of(const ServerOptions& options) { return options.home + "/disk/data"; }

// Beside the data, on the same file system: what a layer under the data needs.
std::string aside_of(const ServerOptions& options) { return options.home + "/disk/assay-aside"; }

void empty_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) throw AgentError("can't empty " + path + ": " + error.message());
  make_folders(path);
}

// Files and folders below it.
std::int64_t count_entries(const std::string& path) {
  std::error_code error;
  std::int64_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
    static_cast<void>(entry);
    ++count;
  }
  return count;
}

const char* state_name(NodeProcess::State state) {
  switch (state) {
    case NodeProcess::State::running:
      return "running";
    case NodeProcess::State::paused:
      return "paused";
    case NodeProcess::State::dead:
      return "dead";
  }
  return "dead";
}

}  // namespace

Duties::Duties(const ServerOptions& options)
    : options_(options),
      journal_(options.home),
      network_(options.home, options.probe_port, journal_),
      node_("node", options.home, journal_),
      layer_(options.home, data_of(options), aside_of(options), journal_, node_),
      disk_({options.home, image_of(options), mount_of(options), data_of(options)}, journal_, node_, layer_),
      process_(options.home, journal_, node_) {
  node_.set_before_start([this](pid_t process) { process_.join_limits(process); });
}

cluster::Message Duties::perform(const Message& request) {
  static const std::map<std::string, std::function<Message(Duties&, const Message&)>, std::less<>> table = {
      {"hello", [](Duties& self, const Message& asked) { return self.hello(asked); }},
      {"start", [](Duties& self, const Message& asked) { return self.start(asked); }},
      {"kill", [](Duties& self, const Message&) { return self.kill(); }},
      {"pause", [](Duties& self, const Message&) { return self.node_.pause(), self.state(); }},
      {"resume", [](Duties& self, const Message&) { return self.node_.resume(), self.state(); }},
      {"state", [](Duties& self, const Message&) { return self.state(); }},
      {"reset-data", [](Duties& self, const Message&) { return self.reset_data(); }},
      {"clock-set", [](Duties& self, const Message& asked) { return self.clock_set(asked); }},
      {"clock-strobe", [](Duties& self, const Message& asked) { return self.clock_strobe(asked); }},
      {"clock-rate", [](Duties& self, const Message& asked) { return self.clock_rate(asked); }},
      {"clock-leap", [](Duties& self, const Message& asked) { return self.clock_leap(asked); }},
      {"clock-measure", [](Duties& self, const Message&) { return self.clock_measure(); }},
      {"disk-make", [](Duties& self, const Message& asked) { return self.disk_make(asked); }},
      {"power-loss", [](Duties& self, const Message&) { return self.power_loss(); }},
      {"resources", [](Duties& self, const Message& asked) { return self.resources(asked); }},
      {"stop", [](Duties& self, const Message&) { return self.stop(); }},
  };
  if (auto reply = network_.perform(request)) return *std::move(reply);
  auto reply = disk_.perform(request);
  if (!reply) reply = layer_.perform(request);
  if (!reply) reply = process_.perform(request);
  if (reply) {
    resources_.watch(node_.session(), node_.moved_clock());
    return *std::move(reply);
  }
  const auto found = table.find(request.verb);
  if (found == table.end()) throw AgentError("this agent knows no \"" + request.verb + "\"");
  Message answer = found->second(*this, request);
  resources_.watch(node_.session(), node_.moved_clock());
  return answer;
}

cluster::Message Duties::hello(const Message& request) {
  utsname system{};
  ::uname(&system);
  Message reply;
  note_client_addresses(request.all("client"));
  const OwnAddresses addresses = own_addresses();
  for (const std::string& address : addresses.anywhere) reply.add("address", address);
  for (const std::string& address : addresses.of_links) reply.add("link-address", address);
  reply.add("network-means", network_means());
  reply.add("version", kAgentVersion).add("kernel", system.release).add("root", ::geteuid() == 0 ? 1 : 0);
  reply.add("no-network", network_unavailable()).add("no-disks", disk_unavailable());
  reply.add("no-layer", layer_unavailable());
  std::string no_clocks = options_.own_clock ? std::string() : clock_unavailable();
  if (options_.own_clock && ::geteuid() != 0) no_clocks = "setting the host's clock needs root";
  reply.add("no-clocks", no_clocks).add("free", free_bytes(options_.home));
  return reply;
}

cluster::Message Duties::kill() {
  process_.let_go();
  node_.kill();
  return state();
}

cluster::Message Duties::start(const Message& request) {
  process_.let_go();
  make_folders(data_of(options_));
  NodeStart start{.binary = request.text("binary"),
                  .arguments = request.all("argument"),
                  .environment = request.all("environment"),
                  .folder = data_of(options_),
                  .log = request.text("log"),
                  .user = request.text("user"),
                  .clock = request.integer("clock") != 0};
  for (const std::string& line : request.all("beside")) {
    const auto beside = Message::parse(line);
    if (!beside) throw AgentError("a program beside the node is no message");
    NodeStart other = start;
    other.binary = beside->text("binary");
    other.arguments = beside->all("argument");
    other.log = beside->text("log");
    start.beside.push_back(std::move(other));
  }
  node_.start(start);
  return state();
}

cluster::Message Duties::state() {
  Message reply;
  const bool frozen = process_.frozen() && node_.state() == NodeProcess::State::running;
  reply.add("state", state_name(frozen ? NodeProcess::State::paused : node_.state()))
      .add("pid", node_.pid())
      .add("incarnation", node_.incarnation());
  return reply;
}

cluster::Message Duties::reset_data() {
  node_.kill();
  layer_.lower();
  const std::int64_t before = count_entries(data_of(options_));
  empty_folder(data_of(options_));
  const std::int64_t left = count_entries(data_of(options_));
  layer_.raise();
  Message reply;
  reply.add("removed", before - left).add("left", left);
  return reply;
}

WallClock& Duties::wall_clock() {
  if (!wall_clock_) {
    wall_clock_ = std::make_unique<WallClock>();
    journal_.add_wall_clock(wall_clock_->wall_minus_monotonic());
  }
  return *wall_clock_;
}

cluster::Message Duties::clock_set(const Message& request) {
  const std::int64_t offset = request.integer("offset");
  if (options_.own_clock) {
    wall_clock().set_offset(offset);
  } else {
    node_.clock().set_offset(offset);
  }
  return {};
}

cluster::Message Duties::clock_strobe(const Message& request) {
  const std::int64_t delta = request.integer("delta");
  const std::int64_t period = request.integer("period");
  if (options_.own_clock) {
    wall_clock().strobe(delta, period);
  } else {
    node_.clock().strobe(delta, period);
  }
  return {};
}

cluster::Message Duties::clock_rate(const Message& request) {
  const std::int64_t ppm = request.integer("ppm");
  if (options_.own_clock) {
    wall_clock().set_rate(ppm);
  } else {
    node_.clock().set_rate(ppm);
  }
  return {};
}

// A full second is not reached by sleeping alone.
cluster::Message Duties::clock_leap(const Message& request) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto offset = [this] { return options_.own_clock ? 0 : node_.clock().offset(); };
  const std::int64_t shown = true_wall_nanos() + offset();
  const std::int64_t full = shown - shown % kSecond + kSecond;
  while (true) {
    const std::int64_t left = full - (true_wall_nanos() + offset());
    if (left <= 0) break;
    if (left > 3'000'000) pause_milliseconds(static_cast<int>(left / 1'000'000) - 2);
  }
  const std::int64_t delta = request.integer("delta");
  if (options_.own_clock) {
    wall_clock().set_offset(wall_clock().read().offset + delta);
  } else {
    node_.clock().set_offset(node_.clock().offset() + delta);
  }
  return {};
}

namespace {

cluster::Message clock_reply(const ClockReading& reading) {
  cluster::Message reply;
  reply.add("offset", reading.offset).add("precision", reading.precision).add("at", reading.at);
  return reply;
}

}  // namespace

cluster::Message Duties::clock_measure() {
  if (options_.own_clock) return clock_reply(wall_clock().read());
  const NodeProcess::ClockCheck check = node_.check_clock();
  if (check.running && !(check.installed.mapped && check.installed.patched)) {
    throw AgentError("the running process doesn't have the moved clock in its memory");
  }
  Message reply = clock_reply(check.reading);
  reply.add("running", check.running ? 1 : 0).add("in-process", check.installed.offset);
  return reply;
}

cluster::Message Duties::disk_make(const Message& request) {
  node_.kill();
  layer_.lower();
  const std::string mount_point = mount_of(options_);
  if (is_mounted(mount_point) && !unmount(mount_point)) throw AgentError("can't unmount " + mount_point);
  journal_.add_mount(mount_point);
  make_disk(image_of(options_), mount_point, request.integer("size"));
  make_folders(data_of(options_));
  return {};
}

cluster::Message Duties::power_loss() {
  // Where the markers are written; those of a layer are in its folder aside.
  const std::string beside = layer_.is_the_disk() ? data_of(options_) : mount_of(options_);
  if (!is_mounted(beside)) throw AgentError("the node's disk isn't one that can lose power");
  const bool was_alive = node_.state() != NodeProcess::State::dead;
  // Nothing may sync between the markers and the end of power, or the un-synced one would be saved.
  if (was_alive) node_.pause();
  const std::string token = std::to_string(monotonic_nanos());
  write_markers(beside, token);
  disk_.lose_power();
  const Markers markers = read_markers(beside, token);
  Message reply;
  reply.add("synced-kept", markers.synced_kept ? 1 : 0).add("unsynced-lost", markers.unsynced_lost ? 1 : 0);
  return reply;
}

// With what the controller needs to tell this host's clocks from its own: both, read when the reply is made.
cluster::Message Duties::resources(const Message& request) {
  const auto from = static_cast<std::size_t>(std::max<std::int64_t>(request.integer("from"), 0));
  const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(request.integer("count"), 0, 256));
  Message reply;
  for (const ResourceReading& reading : resources_.readings(from, count))
    reply.add("reading", reading_text(reading));
  reply.add("now", monotonic_nanos()).add("wall", true_wall_nanos());
  return reply;
}

cluster::Message Duties::stop() {
  process_.let_go();
  process_.unlimit();
  disk_.relieve();
  layer_.relieve();
  node_.kill();
  layer_.lower();
  Message reply;
  network_.stop();
  node_.reset_clock();
  if (wall_clock_) wall_clock_->set_offset(0);
  for (const std::string& line : journal_.undo_everything()) {
    if (line.rfind("failed", 0) == 0) throw AgentError(line);
    reply.add("undone", line);
  }
  return reply;
}

}  // namespace assay::agent
