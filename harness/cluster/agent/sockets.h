// Ends established TCP connections of this host, by the kernel's own means (SOCK_DESTROY, through ss -K): both ends learn of it
// by a reset. Where this host is to forget a connection without a word, a table of its own in nftables, `inet
// assay_connections`, or without nft a chain of its own in iptables, keeps its resets from leaving: the other end goes on believing.
//
// Clients are whoever comes from where the controller does, but for its SSH.
//
// Thread safety: all functions from any thread. Errors: AgentError.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::agent {

// Why this host can't, or an empty string.
std::string sockets_unavailable();

struct Peers {
  std::vector<std::string> addresses;
  bool clients = false;
};

// Ends connections to these. How many.
std::int64_t reset_connections(const Peers& peers);
// Ends them so that the other end doesn't learn of it, now or when it sends. How many.
std::int64_t forget_connections(const Peers& peers);
// Lets resets and other ends leave again (slow_close.h, too). True when nothing is left.
bool heal_connections();
bool connections_are_touched();

}  // namespace assay::agent
