#include "harness/cluster/agent/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "harness/cluster/agent/iptables.h"
#include "harness/cluster/agent/network.h"
#include "harness/cluster/agent/slow_close.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr char kTableName[] = "assay_connections";
constexpr OwnChain kQuiet{"ASSAY_QUIET", "OUTPUT"};

// Closes what the filter of ss finds, and counts it.
std::int64_t destroy(std::vector<std::string> filter) {
  std::vector<std::string> command = {"ss", "-H", "-K", "-t", "-n", "state", "established"};
  command.insert(command.end(), filter.begin(), filter.end());
  const CommandOutcome outcome = run_command(command);
  if (outcome.exit_status != 0) throw AgentError("ss can't end connections: " + outcome.output);
  return std::count(outcome.output.begin(), outcome.output.end(), '\n');
}

// As the filter of ss wants it.
std::string host_of(const std::string& address) { return is_v6(address) ? "[" + address + "]" : address; }

// Resets to these don't leave. By iptables.
void keep_resets(const Peers& peers) {
  constexpr const char* kReset = " --tcp-flags RST RST -j DROP";
  for (const bool v6 : {false, true}) {
    std::vector<std::string> rules;
    for (const std::string& address : peers.addresses) {
      if (is_v6(address) == v6) rules.push_back("-d " + address + " -p tcp -m tcp" + kReset);
    }
    const Clients clients = peers.clients ? known_clients() : Clients();
    for (const std::string& address : clients.addresses) {
      if (is_v6(address) == v6)
        rules.push_back("-d " + address + " -p tcp -m tcp ! --sport " + std::to_string(clients.ssh_port) +
                        kReset);
    }
    if (!rules.empty()) add_rules(kQuiet, v6, rules);
  }
}

}  // namespace

std::string sockets_unavailable() {
  if (::geteuid() != 0) return "ending connections needs root on the host (or \"sudo\": true)";
  const std::string network = network_unavailable();
  if (!network.empty()) return network;
  // By trying, on a connection of this process to itself.
  const Descriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Descriptor connecting(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listening.get(), generic, size) != 0 || ::listen(listening.get(), 1) != 0 ||
      ::getsockname(listening.get(), generic, &size) != 0 ||
      ::connect(connecting.get(), generic, size) != 0) {
    return "this host can't connect to itself";
  }
  const std::string port = std::to_string(ntohs(address.sin_port));
  const CommandOutcome outcome =
      run_command({"ss", "-H", "-K", "-t", "-n", "state", "established", "dport", "=", ":" + port});
  if (outcome.exit_status == 127) return "the program ss (package iproute2) is missing on the host";
  if (outcome.output.find(port) == std::string::npos)
    return "the kernel can't end connections (SOCK_DESTROY)";
  return {};
}

std::int64_t reset_connections(const Peers& peers) {
  std::int64_t ended = 0;
  for (const std::string& address : peers.addresses) ended += destroy({"dst", host_of(address)});
  const Clients clients = peers.clients ? known_clients() : Clients();
  for (const std::string& address : clients.addresses)
    ended += destroy({"dst", host_of(address), "sport", "!=", ":" + std::to_string(clients.ssh_port)});
  return ended;
}

std::int64_t forget_connections(const Peers& peers) {
  if (network_means() == "iptables") {
    keep_resets(peers);
    return reset_connections(peers);
  }
  const std::string table = std::string("inet ") + kTableName;
  std::string rules = "add table " + table + "\nadd chain " + table +
                      " output { type filter hook output priority -300; policy accept; }\n";
  const std::string rule = "add rule " + table + " output ";
  const auto ip = [](const std::string& address) { return is_v6(address) ? "ip6" : "ip"; };
  for (const std::string& address : peers.addresses)
    rules += rule + ip(address) + " daddr " + address + " tcp flags rst counter drop\n";
  const Clients clients = peers.clients ? known_clients() : Clients();
  for (const std::string& address : clients.addresses) {
    rules += rule + ip(address) + " daddr " + address + " tcp sport != " + std::to_string(clients.ssh_port) +
             " tcp flags rst counter drop\n";
  }
  const CommandOutcome outcome = run_command({"nft", "-f", "-"}, rules);
  if (outcome.exit_status != 0) throw AgentError("nft refused the rules: " + outcome.output);
  return reset_connections(peers);
}

bool connections_are_touched() {
  return run_command({"nft", "list", "table", "inet", kTableName}).exit_status == 0 ||
         chain_is_there(kQuiet) || ends_are_withheld_by_iptables();
}

bool heal_connections() {
  const std::string table = std::string("inet ") + kTableName;
  run_command({"nft", "-f", "-"}, "add table " + table + "\ndelete table " + table + "\n");
  remove_chain(kQuiet);
  let_ends_go_by_iptables();
  return !connections_are_touched();
}

}  // namespace assay::agent
