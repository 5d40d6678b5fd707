#include "harness/cluster/agent/packet_queue.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>
#include <mutex>
#include <queue>
#include <thread>
#include <utility>
#include <vector>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

using PeerAddress = std::array<unsigned char, 16>;  // IPv4 in the first four
using Bytes = std::vector<unsigned char>;

constexpr std::int64_t kEthernetHeader = 14;
constexpr std::uint32_t kQueueLength = 65'536;
constexpr int kReceiveBuffer = 8 << 20;

void append(Bytes& message, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  message.insert(message.end(), bytes, bytes + size);
  message.resize(NLMSG_ALIGN(message.size()));
}

void append_attribute(Bytes& message, std::uint16_t type, const void* data, std::size_t size) {
  const nlattr header{static_cast<std::uint16_t>(NLA_HDRLEN + size), type};
  append(message, &header, sizeof header);
  append(message, data, size);
}

// A message to the queue; finish() fills in its length.
Bytes begin_message(std::uint16_t kind, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_QUEUE << 8 | kind);
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  nfgenmsg family{};
  family.nfgen_family = AF_UNSPEC;
  family.version = NFNETLINK_V0;
  family.res_id = htons(PacketQueue::kNumber);
  Bytes message;
  append(message, &header, sizeof header);
  append(message, &family, sizeof family);
  return message;
}

void finish(Bytes& message) {
  const auto length = static_cast<std::uint32_t>(message.size());
  std::memcpy(message.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
}

// Sends a configuration and waits until the kernel has taken it.
void configure(int socket, Bytes message, const std::string& what) {
  finish(message);
  if (::send(socket, message.data(), message.size(), 0) < 0) throw_errno(what);
  alignas(nlmsghdr) char reply[1024];
  const ssize_t size = ::recv(socket, reply, sizeof reply, 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(reply);
  if (size < static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(nlmsgerr)) || header->nlmsg_type != NLMSG_ERROR)
    throw AgentError("the kernel doesn't answer: " + what);
  errno = -reinterpret_cast<const nlmsgerr*>(reply + NLMSG_HDRLEN)->error;
  if (errno != 0) throw_errno(what);
}

int open_queue() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!socket.valid()) throw_errno("can't open a netlink socket");
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

  Bytes bind = begin_message(NFQNL_MSG_CONFIG, NLM_F_ACK);
  nfqnl_msg_config_cmd command{};
  command.command = NFQNL_CFG_CMD_BIND;
  append_attribute(bind, NFQA_CFG_CMD, &command, sizeof command);
  configure(socket.get(), std::move(bind), "the kernel has no packet queue (NFQUEUE)");

  Bytes parameters = begin_message(NFQNL_MSG_CONFIG, NLM_F_ACK);
  nfqnl_msg_config_params copy{};
  copy.copy_range = htonl(0xffff);
  copy.copy_mode = NFQNL_COPY_PACKET;
  append_attribute(parameters, NFQA_CFG_PARAMS, &copy, sizeof copy);
  const std::uint32_t length = htonl(kQueueLength);
  append_attribute(parameters, NFQA_CFG_QUEUE_MAXLEN, &length, sizeof length);
  const std::uint32_t fail_open = htonl(NFQA_CFG_F_FAIL_OPEN);
  append_attribute(parameters, NFQA_CFG_MASK, &fail_open, sizeof fail_open);
  append_attribute(parameters, NFQA_CFG_FLAGS, &fail_open, sizeof fail_open);
  configure(socket.get(), std::move(parameters), "the packet queue can't be set up");
  return socket.release();
}

int open_raw_socket(int family) {
  const int raw = ::socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  const std::uint32_t mark = PacketQueue::kMark;
  if (raw >= 0) ::setsockopt(raw, SOL_SOCKET, SO_MARK, &mark, sizeof mark);
  return raw;
}

// Its source, or of one that leaves its destination. Zeros when the packet is too short to be one.
PeerAddress peer_of(const unsigned char* packet, std::size_t size, bool leaves) {
  PeerAddress address{};
  if (size >= 20 && packet[0] >> 4 == 4) std::memcpy(address.data(), packet + (leaves ? 16 : 12), 4);
  if (size >= 40 && packet[0] >> 4 == 6) std::memcpy(address.data(), packet + (leaves ? 24 : 8), 16);
  return address;
}

// One bit behind the IP header, where a checksum looks.
void damage(Bytes& packet, Rng& rng) {
  const std::size_t header = packet[0] >> 4 == 4 ? static_cast<std::size_t>(packet[0] & 15) * 4 : 40;
  if (packet.size() <= header) return;
  packet[header + rng.below(packet.size() - header)] ^= static_cast<unsigned char>(1U << rng.below(8));
}

// A packet, or the copy of one, that waits for its time.
struct Waiting {
  std::int64_t time = 0;
  std::uint64_t order = 0;  // of arrival, for equal times
  std::uint32_t id = 0;
  bool duplicate = false;  // a copy of our own, not the kernel's packet
  Bytes changed;           // what it is now; empty: as it was

  bool operator<(const Waiting& other) const {  // std::priority_queue has the largest on top
    return time != other.time ? time > other.time : order > other.order;
  }
};

}  // namespace

class PacketQueue::Worker {
 public:
  Worker()
      : queue_(open_queue()),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        raw_v4_(open_raw_socket(AF_INET)),
        raw_v6_(open_raw_socket(AF_INET6)),
        seed_(static_cast<std::uint64_t>(monotonic_nanos())),
        damage_rng_(seed_.fork("damage")),
        thread_([this] { work(); }) {}

  ~Worker() {
    stopping_ = true;
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) stopping_ = true;
    thread_.join();
  }

  void shape(Way way, const PeerAddress& address, const PacketQuality& quality) {
    const std::lock_guard lock(mutex_);
    peers_.insert_or_assign({way, address}, PacketFates(quality, seed_.fork("peer", ++peers_shaped_)));
  }

  Counters counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  void work() {
    while (!stopping_) {
      release_due();
      pollfd ready[2] = {{queue_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      timespec pause{.tv_sec = 1, .tv_nsec = 0};
      if (!waiting_.empty()) {
        const std::int64_t left = std::max<std::int64_t>(0, waiting_.top().time - monotonic_nanos());
        pause = {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
      }
      if (::ppoll(ready, 2, &pause, nullptr) > 0 && ready[0].revents != 0) receive();
    }
    // Whatever waits goes on now; the kernel lets pass what it still has when the socket closes.
    while (!waiting_.empty()) release_next();
  }

  void release_due() {
    const std::int64_t now = monotonic_nanos();
    while (!waiting_.empty() && waiting_.top().time <= now) release_next();
  }

  void release_next() {
    const Waiting next = waiting_.top();
    waiting_.pop();
    if (next.duplicate) {
      inject(next.changed);
    } else {
      give_verdict(next.id, NF_ACCEPT, next.changed);
    }
  }

  void give_verdict(std::uint32_t id, std::uint32_t verdict, const Bytes& changed = {}) {
    Bytes message = begin_message(NFQNL_MSG_VERDICT, 0);
    const nfqnl_msg_verdict_hdr header{htonl(verdict), id};
    append_attribute(message, NFQA_VERDICT_HDR, &header, sizeof header);
    if (!changed.empty()) append_attribute(message, NFQA_PAYLOAD, changed.data(), changed.size());
    finish(message);
    // A packet whose verdict is lost is let pass when the queue closes.
    if (::send(queue_.get(), message.data(), message.size(), 0) < 0) return;
  }

  // To whom the packet's own header says.
  void inject(const Bytes& packet) const {
    if (packet[0] >> 4 == 4) {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      std::memcpy(&to.sin_addr, packet.data() + 16, 4);
      if (::sendto(raw_v4_.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                   sizeof to) < 0)
        return;
    } else {
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      std::memcpy(&to.sin6_addr, packet.data() + 24, 16);
      if (::sendto(raw_v6_.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                   sizeof to) < 0)
        return;
    }
  }

  void receive() {
    alignas(nlmsghdr) static thread_local char buffer[0x20000];
    // A few at a time: those that wait have their time, too.
    for (int messages = 0; messages < 64; ++messages) {
      const ssize_t size = ::recv(queue_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (size <= 0) return;
      const auto received = static_cast<std::size_t>(size);
      for (std::size_t at = 0; at + sizeof(nlmsghdr) <= received;) {
        const auto* message = reinterpret_cast<const nlmsghdr*>(buffer + at);
        if (message->nlmsg_len < sizeof(nlmsghdr) || at + message->nlmsg_len > received) break;
        if (message->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)) take(*message);
        at += NLMSG_ALIGN(message->nlmsg_len);
      }
    }
  }

  // One packet from the kernel.
  void take(const nlmsghdr& message) {
    const auto* begin = reinterpret_cast<const char*>(&message) + NLMSG_LENGTH(sizeof(nfgenmsg));
    const auto* end = reinterpret_cast<const char*>(&message) + message.nlmsg_len;
    std::uint32_t id = 0;
    Way way = Way::comes;
    const unsigned char* packet = nullptr;
    std::size_t size = 0;
    for (const char* at = begin; at + NLA_HDRLEN <= end;) {
      const auto* attribute = reinterpret_cast<const nlattr*>(at);
      if (attribute->nla_len < NLA_HDRLEN) break;
      const int type = attribute->nla_type & NLA_TYPE_MASK;
      if (type == NFQA_PACKET_HDR) {
        nfqnl_msg_packet_hdr header{};
        std::memcpy(&header, at + NLA_HDRLEN, sizeof header);
        id = header.packet_id;
        way = header.hook == NF_INET_LOCAL_OUT ? Way::leaves : Way::comes;
      }
      if (type == NFQA_PAYLOAD) {
        packet = reinterpret_cast<const unsigned char*>(at) + NLA_HDRLEN;
        size = attribute->nla_len - static_cast<std::size_t>(NLA_HDRLEN);
      }
      at += NLA_ALIGN(attribute->nla_len);
    }
    decide(way, id, packet, size);
  }

  void decide(Way way, std::uint32_t id, const unsigned char* packet, std::size_t size) {
    PacketFates::Fate fate;
    Bytes changed;
    {
      const std::lock_guard lock(mutex_);
      const auto peer = peers_.find({way, peer_of(packet, size, way == Way::leaves)});
      if (peer == peers_.end()) {
        give_verdict(id, NF_ACCEPT);
        return;
      }
      fate = peer->second.next(monotonic_nanos(), static_cast<std::int64_t>(size) + kEthernetHeader);
      ++(fate.copies == 0 ? counters_.lost : counters_.passed);
      counters_.overflowed += fate.overflowed ? 1 : 0;
      counters_.duplicated += fate.copies == 2 ? 1 : 0;
      counters_.reordered += fate.reordered ? 1 : 0;
      counters_.corrupted += fate.copies > 0 && fate.corrupted ? 1 : 0;
    }
    if (fate.copies == 0) return give_verdict(id, NF_DROP);
    if (fate.corrupted || fate.copies == 2) changed.assign(packet, packet + size);
    if (fate.copies == 2) waiting_.push({fate.leaves[1], ++arrivals_, 0, true, changed});
    if (fate.corrupted) {
      damage(changed, damage_rng_);
    } else {
      changed.clear();
    }
    waiting_.push({fate.leaves[0], ++arrivals_, id, false, std::move(changed)});
  }

  Descriptor queue_;
  Descriptor wake_;
  Descriptor raw_v4_;
  Descriptor raw_v6_;
  mutable std::mutex mutex_;  // peers_, counters_
  std::map<std::pair<Way, PeerAddress>, PacketFates> peers_;
  std::uint64_t peers_shaped_ = 0;
  Counters counters_;
  const Rng seed_;
  Rng damage_rng_;
  std::priority_queue<Waiting> waiting_;
  std::uint64_t arrivals_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

PacketQueue::PacketQueue() : worker_(std::make_unique<Worker>()) {}
PacketQueue::~PacketQueue() = default;

void PacketQueue::shape(Way way, const std::string& address, const PacketQuality& quality) {
  PeerAddress bytes{};
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) != 1 &&
      ::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) {
    throw AgentError("\"" + address + "\" is no IP address, and only the links of those can be made bad");
  }
  worker_->shape(way, bytes, quality);
}

PacketQueue::Counters PacketQueue::counters() const { return worker_->counters(); }

}  // namespace assay::agent
