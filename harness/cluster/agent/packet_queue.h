// Bad links in user space: the kernel queues packets of chosen peers to this process (NFQUEUE), which holds them back, drops,
// doubles, damages or lets them pass as PacketFates says. Packets are taken where they arrive, so that a sender's TCP notices
// nothing but the network; only those to clients, on whose machine there is no agent, are taken where they leave. It fails open: when this process ends, or too much waits, traffic flows as it was.
//
// Netlink is spoken directly (linux/netfilter/nfnetlink_queue.h): the agent is static, and the five messages it needs are less
// than the two libraries would be. A duplicate is sent by a raw socket with a mark that the rules let pass.
// A damaged packet keeps its checksum, so that TCP and UDP drop it as they do what a bad cable delivers.
//
// Thread safety: all methods from one thread; a thread of its own does the work. Errors: AgentError.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/core/packets.h"

namespace assay::agent {

class PacketQueue {
 public:
  // The queue's number and the mark of packets that must not be queued again.
  static constexpr std::uint16_t kNumber = 7077;
  static constexpr std::uint32_t kMark = 0xa55a7;

  struct Counters {
    std::int64_t passed = 0, lost = 0, duplicated = 0, reordered = 0, corrupted = 0, overflowed = 0;
  };

  // Binds the queue.
  PacketQueue();
  ~PacketQueue();
  PacketQueue(const PacketQueue&) = delete;
  PacketQueue& operator=(const PacketQueue&) = delete;

  // What comes from that address (IPv4 or IPv6), or what leaves for it, from now on, instead of what was said before.
  enum class Way : std::uint8_t { comes, leaves };
  void shape(Way way, const std::string& address, const PacketQuality& quality);
  Counters counters() const;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace assay::agent
