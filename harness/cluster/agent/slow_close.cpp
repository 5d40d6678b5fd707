#include "harness/cluster/agent/slow_close.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>
#include <sstream>

#include "harness/cluster/agent/iptables.h"
#include "harness/cluster/agent/network.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr char kTable[] = "inet assay_connections";
constexpr OwnChain kEnds{"ASSAY_ENDS", "OUTPUT"};

// Of <net/tcp_states.h> in the kernel.
constexpr unsigned kEstablished = 1;
constexpr unsigned kClosing[] = {4, 5, 8, 9, 11};  // FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING

struct TcpSocket {
  std::string peer;
  std::uint16_t local_port = 0;
  unsigned state = 0;
  std::uint64_t inode = 0;
};

template <typename Number>
Number hexadecimal(const std::string& text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

// The kernel prints words as they lie in memory. An IPv4 address in IPv6's clothes is one of IPv4.
std::string address_from(const std::string& hex) {
  std::uint32_t words[4] = {};
  const std::size_t count = std::min<std::size_t>(hex.size() / 8, 4);
  for (std::size_t i = 0; i < count; ++i) words[i] = hexadecimal<std::uint32_t>(hex.substr(8 * i, 8));
  char text[INET6_ADDRSTRLEN] = {};
  const bool mapped = count == 4 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff);
  if (count == 1 || mapped) {
    ::inet_ntop(AF_INET, &words[count - 1], text, sizeof text);
  } else if (count == 4) {
    ::inet_ntop(AF_INET6, words, text, sizeof text);
  }
  return text;
}

// "sl local:port remote:port state queues timer retransmits uid timeout inode ..."
std::vector<TcpSocket> tcp_sockets() {
  std::vector<TcpSocket> sockets;
  for (const char* file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::istringstream lines(read_whole_file(file));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string number, local, remote, state, other;
      TcpSocket socket;
      words >> number >> local >> remote >> state;
      for (int i = 0; i < 5; ++i) words >> other;
      if (!(words >> socket.inode)) continue;
      socket.peer = address_from(remote.substr(0, remote.find(':')));
      socket.local_port = hexadecimal<std::uint16_t>(local.substr(local.find(':') + 1));
      socket.state = hexadecimal<unsigned>(state);
      sockets.push_back(std::move(socket));
    }
  }
  return sockets;
}

std::vector<TcpSocket> sockets_with(const Peers& peers) {
  const std::set<std::string> nodes(peers.addresses.begin(), peers.addresses.end());
  const Clients clients = peers.clients ? known_clients() : Clients();
  const std::set<std::string> callers(clients.addresses.begin(), clients.addresses.end());
  std::vector<TcpSocket> sockets = tcp_sockets();
  std::erase_if(sockets, [&](const TcpSocket& socket) {
    const bool of_clients = callers.contains(socket.peer) && socket.local_port != clients.ssh_port;
    return !nodes.contains(socket.peer) && !of_clients;
  });
  return sockets;
}

int descriptor_of_another(pid_t pid, int number) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) return -1;
  return static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0));
}

// Closes those of the sockets that the process has, and takes them from the set.
std::int64_t shut_down(pid_t pid, std::set<std::uint64_t>& inodes) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  DIR* directory = ::opendir(folder.c_str());
  if (directory == nullptr) return 0;
  std::int64_t closed = 0;
  while (const dirent* entry = ::readdir(directory)) {
    char target[64] = {};
    constexpr std::size_t kWordSize = sizeof "socket:[" - 1;
    if (::readlink((folder + "/" + entry->d_name).c_str(), target, sizeof target - 1) <= 0 ||
        std::strncmp(target, "socket:[", kWordSize) != 0) {
      continue;
    }
    std::uint64_t inode = 0;
    std::from_chars(target + kWordSize, target + std::strlen(target), inode);
    if (!inodes.contains(inode)) continue;
    const Descriptor socket(descriptor_of_another(pid, std::atoi(entry->d_name)));
    if (!socket.valid() || ::shutdown(socket.get(), SHUT_RDWR) != 0) continue;
    inodes.erase(inode);
    ++closed;
  }
  ::closedir(directory);
  return closed;
}

void withhold_by_iptables(const Peers& peers, const Clients& clients) {
  for (const bool v6 : {false, true}) {
    std::vector<std::string> rules;
    for (const char* flag : {"FIN FIN", "RST RST"}) {
      const std::string drop = std::string(" --tcp-flags ") + flag + " -j DROP";
      for (const std::string& address : peers.addresses) {
        if (is_v6(address) == v6) rules.push_back("-d " + address + " -p tcp -m tcp" + drop);
      }
      for (const std::string& address : clients.addresses) {
        if (is_v6(address) == v6)
          rules.push_back("-d " + address + " -p tcp -m tcp ! --sport " + std::to_string(clients.ssh_port) +
                          drop);
      }
    }
    if (!rules.empty()) add_rules(kEnds, v6, rules);
  }
}

void withhold_ends(const Peers& peers) {
  const Clients clients = peers.clients ? known_clients() : Clients();
  if (network_means() == "iptables") return withhold_by_iptables(peers, clients);
  const std::string table = kTable;
  std::string rules = "add table " + table + "\nadd chain " + table +
                      " ends { type filter hook output priority -300; policy accept; }\n";
  const auto add = [&](const std::string& address, const std::string& but) {
    rules += "add rule " + table + " ends " + (is_v6(address) ? "ip6" : "ip") + " daddr " + address + but +
             " tcp flags & (fin | rst) != 0 counter drop\n";
  };
  for (const std::string& address : peers.addresses) add(address, "");
  for (const std::string& address : clients.addresses)
    add(address, " tcp sport != " + std::to_string(clients.ssh_port));
  const CommandOutcome outcome = run_command({"nft", "-f", "-"}, rules);
  if (outcome.exit_status != 0) throw AgentError("nft refused the rules: " + outcome.output);
}

}  // namespace

std::string slow_close_unavailable() {
  const Descriptor copy(descriptor_of_another(::getpid(), STDIN_FILENO));
  if (copy.valid()) return {};
  return std::string("the kernel does not lend the sockets of processes (pidfd_getfd: ") +
         std::strerror(errno) + ")";
}

std::int64_t close_connections_slowly(const Peers& peers) {
  withhold_ends(peers);
  std::set<std::uint64_t> inodes;
  for (const TcpSocket& socket : sockets_with(peers)) {
    if (socket.state == kEstablished) inodes.insert(socket.inode);
  }
  std::int64_t closed = 0;
  for (const pid_t pid : all_processes()) {
    if (inodes.empty()) break;
    closed += shut_down(pid, inodes);
  }
  return closed;
}

std::int64_t ends_withheld() {
  if (network_means() == "iptables") return packets_dropped_by(kEnds);
  const std::string listing =
      run_command({"nft", "list", "chain", "inet", "assay_connections", "ends"}).output;
  constexpr char kWord[] = "counter packets ";
  std::int64_t sum = 0;
  for (std::size_t at = listing.find(kWord); at != std::string::npos; at = listing.find(kWord, at + 1))
    sum += std::atoll(listing.c_str() + at + sizeof kWord - 1);
  return sum;
}

std::int64_t connections_closing(const Peers& peers) {
  const std::vector<TcpSocket> sockets = sockets_with(peers);
  return std::count_if(sockets.begin(), sockets.end(), [](const TcpSocket& socket) {
    return std::find(std::begin(kClosing), std::end(kClosing), socket.state) != std::end(kClosing);
  });
}

bool ends_are_withheld_by_iptables() { return chain_is_there(kEnds); }

void let_ends_go_by_iptables() { remove_chain(kEnds); }

}  // namespace assay::agent
