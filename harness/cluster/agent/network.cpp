#include "harness/cluster/agent/network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <sstream>

#include "harness/cluster/agent/iptables.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

// Before other tables' filters (priority 0), so that the counters see every packet. Clients are cut off but for the SSH
// connection on which the controller, from where they come, holds this very agent.
constexpr char kTable[] = R"(add table inet assay
add set inet assay in4 { type ipv4_addr; }
add set inet assay in6 { type ipv6_addr; }
add set inet assay out4 { type ipv4_addr; }
add set inet assay out6 { type ipv6_addr; }
add set inet assay client_in4 { type ipv4_addr; }
add set inet assay client_in6 { type ipv6_addr; }
add set inet assay client_out4 { type ipv4_addr; }
add set inet assay client_out6 { type ipv6_addr; }
add chain inet assay input { type filter hook input priority -300; policy accept; }
add chain inet assay output { type filter hook output priority -300; policy accept; }
flush chain inet assay input
flush chain inet assay output
add rule inet assay input icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
add rule inet assay output icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
add rule inet assay input ip saddr @in4 counter drop
add rule inet assay input ip6 saddr @in6 counter drop
add rule inet assay output ip daddr @out4 counter drop
add rule inet assay output ip6 daddr @out6 counter drop
)";

// The rules for clients, which need the port of the SSH server.
std::string client_rules(std::uint16_t ssh_port) {
  const std::string port = std::to_string(ssh_port);
  std::string rules;
  for (const char* version : {"4", "6"}) {
    const std::string ip = version[0] == '4' ? "ip" : "ip6";
    const std::string in = "add rule inet assay input " + ip + " saddr @client_in" + version;
    const std::string out = "add rule inet assay output " + ip + " daddr @client_out" + version;
    rules += in + " tcp dport != " + port + " counter drop\n" + in + " meta l4proto != tcp counter drop\n";
    rules += out + " tcp sport != " + port + " counter drop\n" + out + " meta l4proto != tcp counter drop\n";
  }
  return rules;
}

constexpr OwnChain kCutIn{"ASSAY_IN", "INPUT"};
constexpr OwnChain kCutOut{"ASSAY_OUT", "OUTPUT"};

std::mutex clients_mutex;
std::vector<std::string> clients_told;

CommandOutcome run_nft(const std::string& rules) { return run_command({"nft", "-f", "-"}, rules); }

bool is_numeric(const std::string& address) {
  in6_addr parsed;
  return ::inet_pton(is_v6(address) ? AF_INET6 : AF_INET, address.c_str(), &parsed) == 1;
}

void change_elements(std::string& rules, const std::string& verb, const std::vector<std::string>& addresses,
                     const std::string& set) {
  for (const std::string& address : addresses)
    rules += verb + " element inet assay " + set + (is_v6(address) ? "6" : "4") + " { " + address + " }\n";
}

// Found out once: whatever cuts also joins.
bool has_nft() {
  static const bool has = run_command({"nft", "list", "tables"}).exit_status == 0;
  return has;
}

// The same cut as rules of iptables for one kind of addresses and one direction.
std::vector<std::string> iptables_rules(const Cut& cut, bool v6, bool in) {
  std::vector<std::string> rules;
  const std::string match = in ? "-s " : "-d ";
  for (const std::string& address : in ? cut.in_from : cut.out_to) {
    if (is_v6(address) == v6) rules.push_back(match + address + " -j DROP");
  }
  if (!(in ? cut.clients_in : cut.clients_out)) return rules;
  const Clients clients = known_clients();
  const std::string ssh = std::string(in ? " --dport " : " --sport ") + std::to_string(clients.ssh_port);
  for (const std::string& address : clients.addresses) {
    if (is_v6(address) != v6) continue;
    rules.push_back(match + address + " -p tcp !" + ssh + " -j DROP");
    rules.push_back(match + address + " ! -p tcp -j DROP");
  }
  return rules;
}

void change_iptables(const Cut& cut, void (*change)(const OwnChain&, bool, const std::vector<std::string>&)) {
  for (const bool v6 : {false, true}) {
    for (const bool in : {true, false}) {
      const std::vector<std::string> rules = iptables_rules(cut, v6, in);
      if (!rules.empty()) change(in ? kCutIn : kCutOut, v6, rules);
    }
  }
}

void refuse_names(const Cut& cut) {
  for (const auto* addresses : {&cut.in_from, &cut.out_to}) {
    for (const std::string& address : *addresses) {
      if (!is_numeric(address))
        throw AgentError("\"" + address + "\" is no IP address, and only those can be cut off");
    }
  }
}

pid_t parent_of(pid_t pid) {
  const std::string text = read_whole_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 4 > text.size() ? 0
                                                                     : std::atoi(text.c_str() + name_end + 4);
}

// Sums the packets of the counters of one chain in nft's listing.
std::int64_t sum_packets(const std::string& listing, const std::string& chain) {
  std::int64_t sum = 0;
  std::size_t at = listing.find("chain " + chain);
  if (at == std::string::npos) return 0;
  const std::size_t end = listing.find('}', at);
  const std::string word = "counter packets ";
  for (at = listing.find(word, at); at < end; at = listing.find(word, at + 1)) {
    sum += std::atoll(listing.c_str() + at + word.size());
  }
  return sum;
}

}  // namespace

std::string network_unavailable() {
  if (::geteuid() != 0) return "cutting the network needs root on the host (or \"sudo\": true)";
  const CommandOutcome outcome = run_command({"nft", "list", "tables"});
  if (outcome.exit_status == 0) return {};
  const std::string nft = outcome.exit_status == 127
                              ? "the program nft (package nftables) is missing on the host"
                              : "nft doesn't work on the host: " + outcome.output;
  const std::string iptables = iptables_unavailable();
  return iptables.empty() ? "" : nft + ", and " + iptables;
}

std::string network_means() { return has_nft() ? "nftables" : "iptables"; }

std::optional<Controller> controller_of_this_agent() {
  // sshd tells its children; sudo drops that, so look at those who started it, too.
  for (pid_t pid = ::getpid(); pid > 1; pid = parent_of(pid)) {
    const std::string environment = read_whole_file("/proc/" + std::to_string(pid) + "/environ");
    const std::string name = "SSH_CONNECTION=";
    for (std::size_t at = 0; at < environment.size(); at = environment.find('\0', at) + 1) {
      if (environment.compare(at, name.size(), name) == 0) {
        std::istringstream words(environment.c_str() + at + name.size());
        Controller controller;
        std::string own_address;
        int port = 0;
        words >> controller.address >> port >> own_address >> port;
        controller.ssh_port = static_cast<std::uint16_t>(port);
        // An IPv4 client of an IPv6 socket.
        if (controller.address.rfind("::ffff:", 0) == 0) controller.address.erase(0, 7);
        return controller;
      }
      if (environment.find('\0', at) == std::string::npos) break;
    }
  }
  return std::nullopt;
}

void note_client_addresses(const std::vector<std::string>& addresses) {
  const std::lock_guard lock(clients_mutex);
  clients_told = addresses;
}

Clients known_clients() {
  Clients clients;
  {
    const std::lock_guard lock(clients_mutex);
    clients.addresses = clients_told;
  }
  if (const auto controller = controller_of_this_agent()) {
    clients.ssh_port = controller->ssh_port;
    clients.addresses.push_back(controller->address);
  }
  std::erase_if(clients.addresses, [](const std::string& address) { return !is_numeric(address); });
  std::sort(clients.addresses.begin(), clients.addresses.end());
  clients.addresses.erase(std::unique(clients.addresses.begin(), clients.addresses.end()),
                          clients.addresses.end());
  if (clients.addresses.empty())
    throw AgentError("where clients come from is unknown: the agent was not started over SSH");
  return clients;
}

OwnAddresses own_addresses() {
  OwnAddresses addresses;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return addresses;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    char text[INET6_ADDRSTRLEN] = {};
    bool of_link = false;
    if (one->ifa_addr->sa_family == AF_INET) {
      ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text);
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr;
      of_link = IN6_IS_ADDR_LINKLOCAL(&address);
      ::inet_ntop(AF_INET6, &address, text, sizeof text);
    }
    if (*text != 0) (of_link ? addresses.of_links : addresses.anywhere).emplace_back(text);
  }
  ::freeifaddrs(all);
  return addresses;
}

void cut_network(const Cut& cut) {
  refuse_names(cut);
  if (!has_nft()) return change_iptables(cut, add_rules);
  std::string rules = kTable;
  change_elements(rules, "add", cut.in_from, "in");
  change_elements(rules, "add", cut.out_to, "out");
  // Always, since what was cut before stays cut.
  const auto controller = controller_of_this_agent();
  rules += client_rules(controller ? controller->ssh_port : Controller().ssh_port);
  if (cut.clients_in) change_elements(rules, "add", known_clients().addresses, "client_in");
  if (cut.clients_out) change_elements(rules, "add", known_clients().addresses, "client_out");
  const CommandOutcome outcome = run_nft(rules);
  if (outcome.exit_status != 0) throw AgentError("nft refused the rules: " + outcome.output);
}

void join_network(const Cut& cut) {
  if (!has_nft()) return change_iptables(cut, delete_rules);
  std::string rules;
  change_elements(rules, "delete", cut.in_from, "in");
  change_elements(rules, "delete", cut.out_to, "out");
  if (cut.clients_in) change_elements(rules, "delete", known_clients().addresses, "client_in");
  if (cut.clients_out) change_elements(rules, "delete", known_clients().addresses, "client_out");
  const CommandOutcome outcome = run_nft(rules);
  if (outcome.exit_status != 0) throw AgentError("nft refused to join the network: " + outcome.output);
}

bool network_is_cut() {
  if (run_command({"nft", "list", "table", "inet", "assay"}).exit_status == 0) return true;
  return chain_is_there(kCutIn) || chain_is_there(kCutOut);
}

bool heal_network() {
  // Adding first makes deleting work whether or not it is there.
  run_nft("add table inet assay\ndelete table inet assay\n");
  remove_chain(kCutIn);
  remove_chain(kCutOut);
  return !network_is_cut();
}

CutCounters cut_counters() {
  const CommandOutcome outcome = run_command({"nft", "list", "table", "inet", "assay"});
  CutCounters counters;
  counters.present = outcome.exit_status == 0;
  counters.dropped_in = sum_packets(outcome.output, "input");
  counters.dropped_out = sum_packets(outcome.output, "output");
  if (outcome.exit_status != 127) return counters;
  counters.present = network_is_cut();
  counters.dropped_in = packets_dropped_by(kCutIn);
  counters.dropped_out = packets_dropped_by(kCutOut);
  return counters;
}

}  // namespace assay::agent
