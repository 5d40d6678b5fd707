// Cutting the network between this host and chosen peers: an nftables table of our own, `inet assay`, with
// sets of addresses whose packets are dropped on the way in or on the way out. Nobody else's rules are
// touched. Addresses that are in no set (the controller, clients) stay connected.
//
// A drop of input is what makes a cut exact in one direction. The sender drops too, on output, so that a
// two-way cut is in force at each side the moment its own rules are.
//
// Thread safety: one thread at a time. Errors: AgentError with what nft said.
#pragma once

#include <cstdint>
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

// Adds to the sets. Addresses are IPv4 or IPv6, numeric.
void cut_network(const std::vector<std::string>& in_from, const std::vector<std::string>& out_to);
// Deletes our table. True when it is gone (also when it never was there).
bool heal_network();
bool network_is_cut();
CutCounters cut_counters();

}  // namespace assay::agent
