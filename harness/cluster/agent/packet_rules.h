// What the kernel of a host is told so that links become bad. Two ways:
//   netem    at the sender: an htb class for each peer on the interface that leads to it, with a netem discipline in it. Only
//            where the kernel has both, and the interface has no discipline of somebody's own.
//   nfqueue  at the receiver: rules in a chain of ours (ASSAY in the table mangle, by iptables: nft's own "queue" is missing in
//            many kernels) that hand packets of chosen peers to PacketQueue, and pass them when nobody listens there. Packets to
//            clients are taken where they leave (ASSAY_CLIENTS); SSH is left alone.
// Both are found out by trying, in an empty network namespace.
//
// Thread safety: one thread at a time. Errors: AgentError with what the program said.
#pragma once

#include <string>
#include <vector>

#include "harness/core/packets.h"

namespace assay::agent {

// Why this host can't, or an empty string.
std::string netem_unavailable(const std::vector<std::string>& peers);
std::string netem_duplicates_unavailable();
std::string queue_unavailable();

// Packets from these addresses, and those from or to clients, go to the queue from now on, instead of those said before.
struct QueuedPackets {
  std::vector<std::string> from;
  bool from_clients = false;
  bool to_clients = false;
};
void queue_packets(const QueuedPackets& packets);
// What iptables has to make for that first (iptables.h), to be written down before.
std::vector<std::string> frames_to_be_made(const QueuedPackets& packets);

struct Departure {
  std::string to;
  PacketQuality quality;
};
// Everything that this host sends to these, instead of what was said before. Requires: netem can do that.
void shape_departures(const std::vector<Departure>& departures);

// True when neither is left; also when there never was any.
bool heal_packets();
bool packets_are_touched();

}  // namespace assay::agent
