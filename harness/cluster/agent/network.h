// Cutting the network between this host and chosen peers: an nftables table of our own, `inet assay`, with
// sets of addresses whose packets are dropped on the way in or on the way out. Nobody else's rules are
// touched. Addresses that are in no set stay connected. Clients are whoever comes from where the controller does; cut off,
// they keep the controller's SSH.
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
  bool present = false;  // the table is there
};

// Why this host can't cut its network, or an empty string.
std::string network_unavailable();

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
// Deletes our table. True when it is gone (also when it never was there).
bool heal_network();
bool network_is_cut();
CutCounters cut_counters();

}  // namespace assay::agent
