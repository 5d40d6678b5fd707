#include "harness/cluster/agent/network.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

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

CommandOutcome run_nft(const std::string& rules) { return run_command({"nft", "-f", "-"}, rules); }

void change_elements(std::string& rules, const std::string& verb, const std::vector<std::string>& addresses,
                     const std::string& set) {
  for (const std::string& address : addresses) {
    in6_addr parsed;
    const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), &parsed) == 1;
    if (!is_v4 && ::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) {
      throw AgentError("\"" + address + "\" is no IP address, and only those can be cut off");
    }
    rules += verb + " element inet assay " + set + (is_v4 ? "4" : "6") + " { " + address + " }\n";
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
  if (outcome.exit_status == 127) return "the program nft (package nftables) is missing on the host";
  if (outcome.exit_status != 0) return "nft doesn't work on the host: " + outcome.output;
  return {};
}

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

void cut_network(const Cut& cut) {
  std::string rules = kTable;
  change_elements(rules, "add", cut.in_from, "in");
  change_elements(rules, "add", cut.out_to, "out");
  if (cut.clients_in || cut.clients_out) {
    const auto controller = controller_of_this_agent();
    if (!controller)
      throw AgentError("where clients come from is unknown: the agent was not started over SSH");
    rules += client_rules(controller->ssh_port);
    if (cut.clients_in) change_elements(rules, "add", {controller->address}, "client_in");
    if (cut.clients_out) change_elements(rules, "add", {controller->address}, "client_out");
  }
  const CommandOutcome outcome = run_nft(rules);
  if (outcome.exit_status == 127) throw AgentError("the program nft (package nftables) is missing");
  if (outcome.exit_status != 0) throw AgentError("nft refused the rules: " + outcome.output);
}

void join_network(const Cut& cut) {
  std::string rules;
  change_elements(rules, "delete", cut.in_from, "in");
  change_elements(rules, "delete", cut.out_to, "out");
  const auto controller =
      cut.clients_in || cut.clients_out ? controller_of_this_agent() : std::optional<Controller>();
  if (controller && cut.clients_in) change_elements(rules, "delete", {controller->address}, "client_in");
  if (controller && cut.clients_out) change_elements(rules, "delete", {controller->address}, "client_out");
  const CommandOutcome outcome = run_nft(rules);
  if (outcome.exit_status != 0) throw AgentError("nft refused to join the network: " + outcome.output);
}

bool network_is_cut() { return run_command({"nft", "list", "table", "inet", "assay"}).exit_status == 0; }

bool heal_network() {
  // Adding first makes deleting work whether or not it is there.
  run_nft("add table inet assay\ndelete table inet assay\n");
  return !network_is_cut();
}

CutCounters cut_counters() {
  const CommandOutcome outcome = run_command({"nft", "list", "table", "inet", "assay"});
  CutCounters counters;
  counters.present = outcome.exit_status == 0;
  counters.dropped_in = sum_packets(outcome.output, "input");
  counters.dropped_out = sum_packets(outcome.output, "output");
  return counters;
}

}  // namespace assay::agent
