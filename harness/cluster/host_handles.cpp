#include "harness/cluster/host_handles.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>

#include "harness/cluster/ssh_state.h"
#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

constexpr int kProbePackets = 3;
// An open link answers in well under a millisecond on a local network and in tens of them anywhere sane; a cut
// one costs the whole wait.
constexpr int kWaitForOpenMilliseconds = 300;
constexpr int kWaitForCutMilliseconds = 150;
constexpr int kRoundsForOpen = 4;
// Nobody listens there by TCP: a host that can be reached says so at once.
constexpr char kRefusingPort[] = "7077";

// Whether the host answers an attempt to connect, be it by a refusal.
bool answers_tcp(const std::string& address, int wait_milliseconds) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), kRefusingPort, &hints, &found) != 0) return false;
  bool answered = false;
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket >= 0) {
    const bool at_once = ::connect(socket, found->ai_addr, found->ai_addrlen) == 0 || errno == ECONNREFUSED;
    pollfd waiting{socket, POLLOUT, 0};
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (!at_once && errno == EINPROGRESS && ::poll(&waiting, 1, wait_milliseconds) == 1)
      ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    answered = at_once || error == 0 || error == ECONNREFUSED;
    ::close(socket);
  }
  ::freeaddrinfo(found);
  return answered;
}

HostLink& link_of(const Links& links, NodeId node) {
  ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < links.size());
  return *links[static_cast<std::size_t>(node)];
}

Message request_named(const std::string& verb) {
  Message message;
  message.verb = verb;
  return message;
}

std::string end_name(const Links& links, NodeId node) {
  return node == kClients ? "clients" : link_of(links, node).host().name;
}

std::string link_name(const Links& links, const Link& link) {
  return end_name(links, link.from) + "->" + end_name(links, link.to);
}

// What the hosts make rules with: "nftables", "iptables", or both.
std::string rules_by(const Links& links) {
  std::set<std::string> means;
  for (const auto& link : links) means.insert(link->abilities().text("network-means"));
  std::string text;
  for (const std::string& one : means) text += (text.empty() ? "" : ",") + one;
  return text;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The first host that gave a reason.
std::optional<std::string> lack_of(const Links& links, const std::vector<Message>& abilities,
                                   const std::string& field) {
  for (std::size_t i = 0; i < abilities.size(); ++i) {
    const std::string reason = abilities[i].text(field);
    if (!reason.empty()) return links[i]->host().name + ": " + reason;
  }
  return std::nullopt;
}

const char* limit_name(ProcessMeans means) {
  return means == ProcessMeans::limit_cpu      ? "cpu"
         : means == ProcessMeans::limit_memory ? "memory"
         : means == ProcessMeans::limit_files  ? "files"
                                               : "tasks";
}

// As the agent names them, in the order of the enumerations.
constexpr const char* kDamageKinds[] = {"flip", "truncate", "misdirect", "stale"};
constexpr const char* kDamagePlaces[] = {"log", "data", "snapshot"};

const char* trouble_name(DiskTrouble trouble) {
  constexpr const char* kNames[] = {"full", "errors", "lost-sync", "slow", "stuck", "read-only"};
  return kNames[static_cast<std::size_t>(trouble)];
}

// {data}, {home} and {address}: see NodeProgram.
std::string filled_in(std::string text, const Host& host) {
  replace_all(text, "{data}", data_folder_of(host));
  replace_all(text, "{home}", host.data);
  replace_all(text, "{address}", host.node_address);
  return text;
}

std::vector<std::string> to_be_cut(const HostLink& host) {
  std::vector<std::string> addresses = host.addresses();
  addresses.insert(addresses.end(), host.link_addresses().begin(), host.link_addresses().end());
  return addresses;
}

}  // namespace

std::string absolute_path(const Host& host, const std::string& path) {
  return path.rfind('/', 0) == 0 ? path : host.data + "/" + path;
}

std::string data_folder_of(const Host& host) { return host.data + "/disk/data"; }

void HostNetwork::cut(std::span<const Link> links) {
  std::vector<Message> requests(links_.size(), request_named("cut"));
  for (const Link& link : links) {
    if (link.from == kClients) {
      requests[static_cast<std::size_t>(link.to)].add("clients-in", 1);
    } else if (link.to == kClients) {
      requests[static_cast<std::size_t>(link.from)].add("clients-out", 1);
    } else {
      const HostLink& from = link_of(links_, link.from);
      const HostLink& to = link_of(links_, link.to);
      for (const std::string& address : to_be_cut(from))
        requests[static_cast<std::size_t>(link.to)].add("in", address);
      for (const std::string& address : to_be_cut(to))
        requests[static_cast<std::size_t>(link.from)].add("out", address);
    }
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i]);
  });
}

void HostNetwork::play(std::span<const TimedCut> script, Nanos period) {
  std::vector<Message> requests(links_.size(), request_named("play"));
  const auto add = [&](const TimedCut& timed, NodeId node, NodeId other, const std::string& direction) {
    if (node == kClients) return;
    std::string address = other == kClients ? "clients" : "";
    if (other != kClients) {
      for (const std::string& one : to_be_cut(link_of(links_, other)))
        address += (address.empty() ? "" : ",") + one;
    }
    requests[static_cast<std::size_t>(node)].add(
        "step",
        std::to_string(timed.begin) + " " + std::to_string(timed.end) + " " + direction + " " + address);
  };
  for (const TimedCut& timed : script) {
    add(timed, timed.link.to, timed.link.from, "in");
    add(timed, timed.link.from, timed.link.to, "out");
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i].add("period", period));
  });
}

// Each cut is counted by the host that no longer hears.
std::int64_t HostNetwork::played() {
  std::atomic<std::int64_t> played{0};
  for_each_link(links_,
                [&](std::size_t, HostLink& link) { played += link.request("counters").integer("played"); });
  return played;
}

void HostNetwork::heal() {
  for_each_link(links_, [](std::size_t, HostLink& link) { link.request("heal"); });
}

void HostNetwork::probe_nodes(std::span<const Link> links, const std::vector<std::string>& tokens,
                              int wait_milliseconds, std::vector<bool>& arrived) {
  std::vector<Message> sending(links_.size(), request_named("probe-send"));
  std::vector<Message> receiving(links_.size(), request_named("probe-received"));
  std::vector<std::vector<std::size_t>> arriving(links_.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (tokens[i].empty() || arrived[i]) continue;
    const auto to = static_cast<std::size_t>(links[i].to);
    sending[static_cast<std::size_t>(links[i].from)]
        .add("token", tokens[i])
        .add("to", link_of(links_, links[i].to).host().node_address);
    receiving[to].add("token", tokens[i]);
    arriving[to].push_back(i);
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (sending[i].fields.empty()) return;
    link.request(sending[i].add("count", kProbePackets));
  });
  std::mutex mutex;
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (arriving[i].empty()) return;
    const Message reply = link.request(receiving[i].add("count", 1).add("wait", wait_milliseconds));
    const std::vector<std::string> counts = reply.all("received");
    if (counts.size() != arriving[i].size())
      throw HarnessError(link.host().name + ": its agent lost a probe");
    const std::lock_guard lock(mutex);
    for (std::size_t k = 0; k < counts.size(); ++k) arrived[arriving[i][k]] = std::stoll(counts[k]) > 0;
  });
}

Evidence HostNetwork::probe(std::span<const Link> links, bool expect_open) {
  std::vector<std::string> tokens(links.size());
  std::vector<bool> arrived(links.size(), false);
  for (std::size_t i = 0; i < links.size(); ++i) {
    const bool clients = links[i].from == kClients || links[i].to == kClients;
    if (!clients) tokens[i] = std::to_string(++probes_);
    if (!clients) continue;
    const NodeId node = links[i].from == kClients ? links[i].to : links[i].from;
    arrived[i] = answers_tcp(link_of(links_, node).host().node_address, kWaitForCutMilliseconds);
  }
  for (int round = 0; round < (expect_open ? kRoundsForOpen : 1); ++round) {
    if (round > 0 && std::find(arrived.begin(), arrived.end(), false) == arrived.end()) break;
    probe_nodes(links, tokens, expect_open ? kWaitForOpenMilliseconds : kWaitForCutMilliseconds, arrived);
  }
  Evidence evidence{.proved = !links.empty(), .facts = {}};
  std::vector<Value> against;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (arrived[i] != expect_open) against.push_back(Value::text(link_name(links_, links[i])));
  }
  const auto total = static_cast<std::int64_t>(links.size());
  const auto wrong = static_cast<std::int64_t>(against.size());
  evidence.proved = evidence.proved && against.empty();
  evidence.facts.push_back({"links-probed", total});
  evidence.facts.push_back({"links-open", expect_open ? total - wrong : wrong});
  evidence.facts.push_back({"mechanism", Value::text(rules_by(links_))});
  if (!against.empty()) evidence.facts.push_back({"not-as-wanted", Value::list(std::move(against))});
  return evidence;
}

HostProcesses::HostProcesses(const Links& links, std::vector<NodeProgram> programs, bool clocks)
    : links_(links), programs_(std::move(programs)), clocks_(clocks) {}

HostLink& HostProcesses::link(NodeId node) const { return link_of(links_, node); }

void HostProcesses::kill(NodeId node) { link(node).request("kill"); }

void HostProcesses::kill_together(std::span<const NodeId> nodes) {
  for_each_link(links_, [&](std::size_t i, HostLink& one) {
    if (std::find(nodes.begin(), nodes.end(), static_cast<NodeId>(i)) != nodes.end()) one.request("kill");
  });
}

void HostProcesses::start(NodeId node) {
  const NodeProgram& program = programs_[static_cast<std::size_t>(node)];
  const Host& host = link(node).host();
  if (prepare_ && state(node) == State::dead) prepare_(node);
  Message message = request_named("start");
  message.add("binary", absolute_path(host, program.binary));
  for (const std::string& argument : program.arguments) message.add("argument", filled_in(argument, host));
  message.add("environment", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  message.add("environment", "HOME=" + data_folder_of(host));
  for (const auto& [name, value] : program.environment) {
    message.add("environment", name + "=" + filled_in(value, host));
  }
  message.add("log", absolute_path(host, program.log));
  message.add("user", program.user);
  for (const ProgramBeside& beside : program.beside) {
    // One field for each: the words of a further message.
    Message words;
    words.verb = "beside";
    words.add("binary", absolute_path(host, beside.binary)).add("log", absolute_path(host, beside.log));
    for (const std::string& argument : beside.arguments) words.add("argument", filled_in(argument, host));
    message.add("beside", words.to_line());
  }
  message.add("clock", clocks_ && !host.own_clock ? 1 : 0);
  link(node).request(message);
}

void HostProcesses::pause(NodeId node) { link(node).request("pause"); }
void HostProcesses::resume(NodeId node) { link(node).request("resume"); }

Processes::State HostProcesses::state(NodeId node) {
  const std::string state = link(node).request("state").text("state");
  return state == "running" ? State::running : state == "paused" ? State::paused : State::dead;
}

std::int64_t HostProcesses::incarnation(NodeId node) {
  return link(node).request("state").integer("incarnation");
}

std::optional<std::string> HostProcesses::lack(ProcessMeans means) {
  const char* field = means == ProcessMeans::freeze         ? "no-freezer"
                      : means == ProcessMeans::limit_cpu    ? "no-cpu"
                      : means == ProcessMeans::limit_memory ? "no-memory"
                      : means == ProcessMeans::limit_tasks  ? "no-pids"
                                                            : "";
  if (*field == 0) return std::nullopt;
  if (abilities_.empty()) {
    std::vector<Message> told(links_.size());
    for_each_link(links_, [&](std::size_t i, HostLink& one) { told[i] = one.request("process-ability"); });
    abilities_ = std::move(told);
  }
  return lack_of(links_, abilities_, field);
}

bool HostProcesses::terminate(NodeId node, Nanos patience) {
  const NodeProgram& program = programs_[static_cast<std::size_t>(node)];
  Message message = request_named("terminate").add("patience", patience);
  if (program.stop_command.empty()) {
    message.add("signal", program.stop_signal);
  } else {
    message.add("command", filled_in(program.stop_command, link(node).host()));
  }
  return link(node).request(message).integer("by-itself") != 0;
}

void HostProcesses::freeze(NodeId node) { link(node).request("freeze"); }
void HostProcesses::thaw(NodeId node) { link(node).request("thaw"); }

void HostProcesses::crash_loop(NodeId node, Nanos period) {
  link(node).request(request_named("crash-loop").add("period", period));
}

std::int64_t HostProcesses::crashes(NodeId node) { return link(node).request("crashes").integer("crashes"); }

void HostProcesses::limit(NodeId node, ProcessMeans means, std::int64_t amount) {
  link(node).request(request_named("limit").add("kind", limit_name(means)).add("amount", amount));
}

void HostProcesses::unlimit(NodeId node) { link(node).request("unlimit"); }

Evidence HostProcesses::measure_limit(NodeId node, ProcessMeans means, std::int64_t amount) {
  const Message reply =
      link(node).request(request_named("limit-measure").add("kind", limit_name(means)).add("amount", amount));
  Evidence evidence{.proved = reply.integer("proved") != 0, .facts = {}};
  for (const auto& [name, value] : reply.fields) {
    if (name != "proved") evidence.facts.push_back({name, reply.integer(name)});
  }
  return evidence;
}

void HostClocks::set_rate(NodeId node, std::int64_t ppm) {
  link_of(links_, node).request(request_named("clock-rate").add("ppm", ppm));
}

// The agent's moments, so that what asking takes does not count.
std::int64_t HostClocks::measure_rate(NodeId node) {
  constexpr int kWhileMilliseconds = 400;
  const Reading first = read(node);
  ::poll(nullptr, 0, kWhileMilliseconds);
  const Reading second = read(node);
  return (second.offset - first.offset) * 1'000'000 / std::max<Nanos>(1, second.at - first.at);
}

void HostClocks::leap(NodeId node, Nanos delta) {
  link_of(links_, node).request(request_named("clock-leap").add("delta", delta));
}

void HostClocks::set_offset(NodeId node, Nanos offset) {
  link_of(links_, node).request(request_named("clock-set").add("offset", offset));
}

Nanos HostClocks::measure_offset(NodeId node) { return read(node).offset; }

HostClocks::Reading HostClocks::read(NodeId node) {
  HostLink& link = link_of(links_, node);
  // A bracket as wide as that means that who reads was put off the processor each time: try again.
  for (int attempt = 0; attempt < 5; ++attempt) {
    const Message reply = link.request("clock-measure");
    if (reply.integer("precision") <= precision()) return {reply.integer("offset"), reply.integer("at")};
  }
  throw HarnessError(link.host().name +
                     ": its clock can't be read to the millisecond; the host is overloaded");
}

void HostClocks::strobe(NodeId node, Nanos delta, Nanos period) {
  link_of(links_, node).request(request_named("clock-strobe").add("delta", delta).add("period", period));
}

std::string HostClocks::mechanism() const {
  std::string text;
  for (const auto& link : links_) {
    const std::string one = link->host().own_clock ? "clock_settime" : "vdso";
    if (text.find(one) == std::string::npos) text += (text.empty() ? "" : ",") + one;
  }
  return text;
}

Evidence HostDisks::wipe(NodeId node) {
  HostLink& link = link_of(links_, node);
  link.request("kill");
  const Message reply = link.request("reset-data");
  const std::int64_t left = reply.integer("left");
  return {.proved = left == 0, .facts = {{"files-lost", reply.integer("removed")}, {"files-left", left}}};
}

Evidence HostDisks::power_loss(NodeId node) {
  const Message reply = link_of(links_, node).request("power-loss");
  const bool kept = reply.integer("synced-kept") != 0;
  const bool lost = reply.integer("unsynced-lost") != 0;
  return {.proved = kept && lost,
          .facts = {{"synced-marker-kept", Value::boolean(kept)},
                    {"unsynced-marker-lost", Value::boolean(lost)}}};
}

Evidence HostDisks::torn_power_loss(NodeId node) {
  const Message reply =
      link_of(links_, node).request(request_named("torn-power-loss").add("draw", ++torn_ * 7'919));
  return {.proved = reply.integer("torn") != 0,
          .facts = {{"torn", Value::boolean(reply.integer("torn") != 0)},
                    {"unsynced-bytes", reply.integer("unsynced")},
                    {"kept-bytes", reply.integer("kept")}}};
}

std::optional<std::string> HostDisks::lack(DiskTrouble wanted) {
  if (!only_folders_.empty()) return only_folders_;
  // Every disk of its own can be in these.
  if (wanted == DiskTrouble::full || wanted == DiskTrouble::errors || wanted == DiskTrouble::stuck)
    return std::nullopt;
  if (abilities_.empty()) {
    std::vector<Message> told(links_.size());
    for_each_link(links_, [&](std::size_t i, HostLink& link) { told[i] = link.request("disk-ability"); });
    abilities_ = std::move(told);
  }
  return lack_of(links_, abilities_, std::string("no-") + trouble_name(wanted));
}

void HostDisks::trouble(NodeId node, const DiskFault& fault) {
  link_of(links_, node)
      .request(
          request_named("disk-trouble").add("kind", trouble_name(fault.trouble)).add("delay", fault.delay));
}

Evidence HostDisks::try_out(NodeId node, const DiskFault& fault, bool in_force) {
  const Message reply = link_of(links_, node)
                            .request(request_named("disk-try")
                                         .add("kind", trouble_name(fault.trouble))
                                         .add("delay", fault.delay)
                                         .add("patience", kPatienceForHurtMilliseconds)
                                         .add("in-force", in_force ? 1 : 0));
  Evidence evidence{.proved = reply.integer("proved") != 0, .facts = {}};
  if (in_force && fault.trouble == DiskTrouble::lost_sync) {
    evidence.facts.push_back({"forgotten", Value::boolean(reply.integer("lost") != 0)});
    return evidence;
  }
  evidence.facts = {{"writing", Value::text(reply.text("writing"))},
                    {"reading", Value::text(reply.text("reading"))},
                    {"ns", reply.integer("nanos")}};
  if (reply.has("mechanism")) evidence.facts.push_back({"mechanism", Value::text(reply.text("mechanism"))});
  return evidence;
}

void HostDisks::relieve(NodeId node) { link_of(links_, node).request("disk-relieve"); }

Evidence HostDisks::damage(NodeId node, const FileDamage& wanted) {
  const Message reply = link_of(links_, node)
                            .request(request_named("file-damage")
                                         .add("kind", kDamageKinds[static_cast<std::size_t>(wanted.kind)])
                                         .add("place", kDamagePlaces[static_cast<std::size_t>(wanted.place)])
                                         .add("draw", static_cast<std::int64_t>(wanted.draw >> 1)));
  if (!reply.has("file")) return {};
  return {.proved = reply.integer("changed") != 0,
          .facts = {{"file", Value::text(reply.text("file"))},
                    {"offset", reply.integer("offset")},
                    {"bytes", reply.integer("size")}}};
}

void HostDisks::repair(NodeId node) { link_of(links_, node).request("file-repair"); }

}  // namespace assay::cluster
