// Connections of this host that end slowly: they are closed here as their programs would do it (shutdown() on a second
// descriptor of the socket, which pidfd_getfd() gives), and what tells the other end of it, a FIN or a reset, does not leave. Here
// they wait in FIN_WAIT1; the other end believes in them until the rules are gone and the kernel's next attempt arrives.
//
// The rules are a chain in the table `inet assay_connections` of sockets.h, or without nft a chain of its own in iptables.
// heal_connections() removes both. Found in /proc/net/tcp and tcp6: what this network namespace has. SSH of clients is left alone.
//
// Thread safety: all functions from any thread. Errors: AgentError.
#pragma once

#include <cstdint>
#include <string>

#include "harness/cluster/agent/sockets.h"

namespace assay::agent {

// Why this host can't, or an empty string. Beyond sockets_unavailable().
std::string slow_close_unavailable();

// Closes what is established with these, and keeps the ends of all connections to them from leaving. How many were closed.
std::int64_t close_connections_slowly(const Peers& peers);
// Packets that were kept from leaving.
std::int64_t ends_withheld();
// Connections with these that one end has closed and the other has not.
std::int64_t connections_closing(const Peers& peers);

// For sockets.h: what it does not know of.
bool ends_are_withheld_by_iptables();
void let_ends_go_by_iptables();

}  // namespace assay::agent
