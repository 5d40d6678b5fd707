// Cutting the network between this host and chosen peers: an nftables table of our own, `inet assay`, with
// sets of addresses whose packets are dropped on the way in or on the way out. Where there is no nft, chains of our own in
// iptables and ip6tables. Nobody else's rules are touched. Addresses that are in no set stay connected. Clients are whoever comes
// from where the controller does; cut off, they keep the controller's SSH.
//
// IPv4 and IPv6 alike, but for the messages by which IPv6's neighbours find each other (as IPv4's ARP, which is not filtered
// here): without them a cut in one direction would soon be one in both.
//
// A drop of input is what makes a cut exact in one direction. The sender drops too, on output, so that a
// two-way cut is in force at each side the moment its own rules are.
//
// Thread safety: one thread at a time. Errors: AgentError with what nft said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::agent {

struct CutCounters {
  std::int64_t dropped_in = 0;
  std::int64_t dropped_out = 0;
  bool present = false;  // our table or chains are there
};

// Why this host can't cut its network, or an empty string.
std::string network_unavailable();
// By what this host does: "nftables" or "iptables".
std::string network_means();

// Addresses are IPv4 or IPv6, numeric.
struct Cut {
  std::vector<std::string> in_from;
  std::vector<std::string> out_to;
  bool clients_in = false;
  bool clients_out = false;
};
// Adds to the sets.
void cut_network(const Cut& cut);
// Takes from the sets again. Requires: all of it was cut.
void join_network(const Cut& cut);

struct Controller {
  std::string address;
  std::uint16_t ssh_port = 22;
};
// From where the SSH connection comes on which this process was started; nothing when there is none.
std::optional<Controller> controller_of_this_agent();
// From where clients come: as SSH does, and from these addresses, which the controller told. From any thread.
void note_client_addresses(const std::vector<std::string>& addresses);
struct Clients {
  std::vector<std::string> addresses;  // not empty
  std::uint16_t ssh_port = 22;
};
// Throws AgentError when that is unknown.
Clients known_clients();
// This host's addresses, numeric, but for its loopback's.
struct OwnAddresses {
  std::vector<std::string> anywhere;
  std::vector<std::string> of_links;  // IPv6's link-local ones, without the interface
};
OwnAddresses own_addresses();
// Deletes our table and chains. True when it is gone (also when it never was there).
bool heal_network();
bool network_is_cut();
CutCounters cut_counters();

}  // namespace assay::agent
