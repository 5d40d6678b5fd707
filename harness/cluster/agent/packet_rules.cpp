#include "harness/cluster/agent/packet_rules.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "harness/cluster/agent/iptables.h"
#include "harness/cluster/agent/network.h"
#include "harness/cluster/agent/packet_queue.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr OwnChain kQueueChain{"ASSAY", "INPUT"};
constexpr OwnChain kClientsChain{"ASSAY_CLIENTS", "OUTPUT"};
// How neighbours find each other in IPv6 stays as it is, as ARP does.
constexpr const char* kNeighbourRules[] = {" -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j RETURN\n",
                                           " -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j RETURN\n"};
// Of our own disciplines, by which they are recognised.
constexpr char kRoot[] = "a55:";

void run_or_throw(const std::vector<std::string>& command, const std::string& input = {}) {
  const CommandOutcome outcome = run_command(command, input);
  if (outcome.exit_status == 0) return;
  std::string line;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
  throw AgentError(line + ": " + outcome.output);
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

void tc(const std::string& arguments) { run_or_throw(words_of("tc " + arguments)); }

// In a network namespace that ends with it.
CommandOutcome try_apart(const std::string& script) {
  return run_command({"unshare", "-n", "sh", "-c", script});
}

std::string queue_rule(const OwnChain& chain, const std::string& match) {
  return std::string("-A ") + chain.name + " " + match + " -m mark ! --mark " +
         std::to_string(PacketQueue::kMark) + " -j NFQUEUE --queue-num " +
         std::to_string(PacketQueue::kNumber) + " --queue-bypass\n";
}

// Everything that clients send, or are sent, but for SSH.
std::string client_queue_rules(const OwnChain& chain, bool v6, bool leaving) {
  const Clients clients = known_clients();
  const std::string ssh = (leaving ? " --sport " : " --dport ") + std::to_string(clients.ssh_port);
  std::string rules;
  for (const std::string& address : clients.addresses) {
    if (is_v6(address) != v6) continue;
    const std::string match = (leaving ? "-d " : "-s ") + address;
    rules += queue_rule(chain, match + " -p tcp -m tcp !" + ssh) + queue_rule(chain, match + " ! -p tcp");
  }
  return rules;
}

// What a chain hands to the queue; nothing when it isn't needed.
std::string rules_of(const OwnChain& chain, const QueuedPackets& packets, bool v6) {
  if (chain.name == kClientsChain.name)
    return packets.to_clients ? client_queue_rules(chain, v6, true) : std::string();
  std::string rules;
  for (const std::string& address : packets.from) {
    if (is_v6(address) == v6) rules += queue_rule(chain, "-s " + address);
  }
  if (packets.from_clients) rules += client_queue_rules(chain, v6, false);
  return rules;
}

// All rules of a chain at once.
void replace_chain(const OwnChain& chain, bool v6, const std::string& rules) {
  if (rules.empty()) return;
  std::string first;
  for (const char* rule : kNeighbourRules)
    first += v6 ? std::string("-A ") + chain.name + rule : std::string();
  run_or_throw({v6 ? "ip6tables-restore" : "iptables-restore", "-w", "5", "--noflush"},
               std::string("*mangle\n:") + chain.name + " - [0:0]\n" + first + rules + "COMMIT\n");
  jump_to(chain, v6);
}

// The device that leads to a peer; empty when there is none.
std::string device_to(const std::string& address) {
  const std::vector<std::string> words = words_of(run_command({"ip", "-o", "route", "get", address}).output);
  const auto found = std::find(words.begin(), words.end(), "dev");
  return found != words.end() && found + 1 != words.end() ? *(found + 1) : std::string();
}

// Nothing when the interface has the discipline that the kernel gave it ("0:"), or ours.
std::string foreign_discipline(const std::string& device) {
  const std::vector<std::string> words =
      words_of(run_command({"tc", "qdisc", "show", "dev", device, "root"}).output);
  if (words.size() < 3 || words[2] == "0:" || words[2] == kRoot) return {};
  return words[1] + " " + words[2];
}

std::vector<std::string> shaped_devices() {
  std::vector<std::string> devices;
  std::istringstream lines(run_command({"tc", "qdisc", "show"}).output);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() > 4 && words[1] == "htb" && words[2] == kRoot && words[3] == "dev")
      devices.push_back(words[4]);
  }
  return devices;
}

std::string percent(std::int64_t ppm) {
  std::string fraction = std::to_string(ppm % 10'000 + 10'000).substr(1);
  return std::to_string(ppm / 10'000) + "." + fraction + "%";
}

std::string netem_arguments(const PacketQuality& quality) {
  const auto microseconds = [](Nanos time) { return std::to_string(time / kMicrosecond) + "us"; };
  std::int64_t limit = 100'000;
  if (quality.rate > 0) {
    // As many full packets as the rate takes kQueueMax for.
    limit =
        std::max<std::int64_t>(10, quality.rate / 8 * (PacketFates::kQueueMax / kMillisecond) / 1000 / 1514);
  }
  std::string text = "netem limit " + std::to_string(limit);
  if (quality.delay > 0) {
    text += " delay " + microseconds(quality.delay);
    if (quality.jitter > 0) text += " " + microseconds(quality.jitter);
    if (quality.jitter > 0 && quality.spread == PacketQuality::Spread::normal) text += " distribution normal";
  } else if (quality.reorder_ppm > 0) {
    // netem sends the share that it "reorders" at once and holds back the others.
    text += " delay " + microseconds(quality.reorder_delay_max) + " reorder " +
            percent(1'000'000 - quality.reorder_ppm);
  }
  if (quality.loss_ppm > 0 && quality.loss_burst > 1) {
    const std::int64_t enter =
        quality.loss_ppm * 1'000'000 / (quality.loss_burst * (1'000'000 - quality.loss_ppm));
    text += " loss gemodel " + percent(enter) + " " + percent(1'000'000 / quality.loss_burst);
  } else if (quality.loss_ppm > 0) {
    text += " loss " + percent(quality.loss_ppm);
  }
  if (quality.duplicate_ppm > 0) text += " duplicate " + percent(quality.duplicate_ppm);
  if (quality.corrupt_ppm > 0) text += " corrupt " + percent(quality.corrupt_ppm);
  if (quality.rate > 0) text += " rate " + std::to_string(quality.rate) + "bit";
  return text;
}

void shape_device(const std::string& device, const std::vector<Departure>& departures) {
  tc("qdisc replace dev " + device + " root handle " + kRoot + " htb default 1");
  tc("class replace dev " + device + " parent a55: classid a55:1 htb rate 100gbit quantum 60000");
  int number = 1;
  for (const Departure& departure : departures) {
    std::ostringstream id;
    id << std::hex << ++number;
    const std::string flow = "a55:" + id.str();
    const std::string leaf = "a" + std::string(id.str().size() < 2 ? "0" : "") + id.str();
    const bool v6 = is_v6(departure.to);
    tc("class replace dev " + device + " parent a55: classid " + flow + " htb rate 100gbit quantum 60000");
    tc("qdisc replace dev " + device + " parent " + flow + " handle " + leaf + ": " +
       netem_arguments(departure.quality));
    tc("filter add dev " + device + " protocol " + (v6 ? "ipv6" : "ip") + " parent a55: prio " +
       (v6 ? "2" : "1") + " u32 match " + (v6 ? "ip6" : "ip") + " dst " + departure.to +
       (v6 ? "/128" : "/32") + " flowid " + flow);
  }
}

}  // namespace

std::string netem_unavailable(const std::vector<std::string>& peers) {
  if (::geteuid() != 0) return "tc needs root";
  const CommandOutcome outcome = try_apart(
      "tc qdisc add dev lo root handle a55: htb default 1 && "
      "tc class add dev lo parent a55: classid a55:2 htb rate 1gbit && "
      "tc qdisc add dev lo parent a55:2 netem delay 1ms && "
      "tc filter add dev lo protocol ip parent a55: prio 1 u32 match ip dst 192.0.2.1/32 flowid a55:2");
  if (outcome.exit_status != 0) return "the kernel has no netem (" + outcome.output + ")";
  for (const std::string& peer : peers) {
    const std::string device = device_to(peer);
    if (device.empty() || device == "lo") return "no interface leads to " + peer;
    const std::string other = foreign_discipline(device);
    if (!other.empty()) return device + " has a discipline of its own: " + other;
  }
  return {};
}

// Some kernels refuse a netem that duplicates beside any other on the same interface.
std::string netem_duplicates_unavailable() {
  const CommandOutcome outcome = try_apart(
      "tc qdisc add dev lo root handle a55: htb default 1 && "
      "tc class add dev lo parent a55: classid a55:2 htb rate 1gbit && "
      "tc class add dev lo parent a55: classid a55:3 htb rate 1gbit && "
      "tc qdisc add dev lo parent a55:2 netem duplicate 1% && "
      "tc qdisc add dev lo parent a55:3 netem duplicate 1%");
  return outcome.exit_status == 0 ? std::string() : outcome.output;
}

std::string queue_unavailable() {
  if (::geteuid() != 0) return "touching packets needs root on the host (or \"sudo\": true)";
  const CommandOutcome outcome =
      try_apart(std::string("iptables -t mangle -N ") + kQueueChain.name + " && iptables -t mangle " +
                queue_rule(kQueueChain, "-s 192.0.2.1"));
  if (outcome.exit_status == 127) return "the program iptables is missing on the host";
  if (outcome.exit_status != 0) return "iptables has no NFQUEUE here (" + outcome.output + ")";
  return {};
}

void queue_packets(const QueuedPackets& packets) {
  for (const bool v6 : {false, true}) {
    for (const OwnChain& chain : {kQueueChain, kClientsChain})
      replace_chain(chain, v6, rules_of(chain, packets, v6));
  }
}

std::vector<std::string> frames_to_be_made(const QueuedPackets& packets) {
  std::vector<std::string> frames;
  for (const bool v6 : {false, true}) {
    for (const OwnChain& chain : {kQueueChain, kClientsChain}) {
      if (rules_of(chain, packets, v6).empty()) continue;
      const std::vector<std::string> more = frames_to_be_made(chain, v6);
      frames.insert(frames.end(), more.begin(), more.end());
    }
  }
  return frames;
}

void shape_departures(const std::vector<Departure>& departures) {
  std::map<std::string, std::vector<Departure>> by_device;
  for (const Departure& departure : departures) {
    // An address of the peer that this host has no way to needs nothing.
    const std::string device = device_to(departure.to);
    if (!device.empty() && device != "lo") by_device[device].push_back(departure);
  }
  for (const std::string& device : shaped_devices())
    run_command({"tc", "qdisc", "del", "dev", device, "root"});
  for (const auto& [device, leaving] : by_device) {
    const std::string other = foreign_discipline(device);
    if (!other.empty()) throw AgentError(device + " has a queueing discipline of its own: " + other);
    shape_device(device, leaving);
  }
}

bool packets_are_touched() {
  return chain_is_there(kQueueChain) || chain_is_there(kClientsChain) || !shaped_devices().empty();
}

bool heal_packets() {
  for (const std::string& device : shaped_devices())
    run_command({"tc", "qdisc", "del", "dev", device, "root"});
  const bool healed = shaped_devices().empty();
  const bool removed = remove_chain(kQueueChain);
  return remove_chain(kClientsChain) && removed && healed;
}

}  // namespace assay::agent
