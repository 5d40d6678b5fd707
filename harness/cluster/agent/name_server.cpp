#include "harness/cluster/agent/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/cluster/agent/dns_message.h"

namespace assay::agent {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kPacketSizeMax = 4096;
// Questions that nobody answered are forgotten, the oldest first.
constexpr std::size_t kAskedMax = 1024;

// Empty when it is no address.
std::string socket_address(const std::string& text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(kDnsPort);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) return {reinterpret_cast<char*>(&v4), sizeof v4};
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(kDnsPort);
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1)
    return {reinterpret_cast<char*>(&v6), sizeof v6};
  return {};
}

const sockaddr* generic(const std::string& address) {
  return reinterpret_cast<const sockaddr*>(address.data());
}

Descriptor datagram_socket(int family) {
  return Descriptor(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

NameServer::NameServer(std::map<std::string, std::string> names, const std::string& upstream)
    : upstream_(socket_address(upstream)), socket_(datagram_socket(AF_INET)) {
  for (auto& [name, address] : names) entries_[name].address = std::move(address);
  const std::string own = socket_address(kAddress);
  if (!socket_.valid() || ::bind(socket_.get(), generic(own), static_cast<socklen_t>(own.size())) != 0)
    throw_errno(std::string("can't answer questions for names at ") + kAddress + ":53");
  if (!upstream_.empty()) upstream_socket_ = datagram_socket(generic(upstream_)->sa_family);
  wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
  if (!wake_.valid()) throw_errno("can't make an eventfd");
  thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
  const std::uint64_t one = 1;
  while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
}

void NameServer::set(const std::string& name, Manner manner, const std::string& instead) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw AgentError("there is no node of the name \"" + name + "\"");
  found->second.manner = manner;
  found->second.instead = instead;
}

void NameServer::set_all_right() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, entry] : entries_) entry.manner = Manner::right;
}

NameServer::Lies NameServer::lies(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? Lies() : found->second.lies;
}

std::int64_t NameServer::all_lies() const {
  const std::lock_guard lock(mutex_);
  std::int64_t all = 0;
  for (const auto& [name, entry] : entries_) all += entry.lies.all();
  return all;
}

void NameServer::serve() {
  pollfd waiting[] = {
      {wake_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}, {upstream_socket_.get(), POLLIN, 0}};
  char packet[kPacketSizeMax];
  while (true) {
    if (::poll(waiting, 3, -1) < 0 && errno != EINTR) return;
    if (waiting[0].revents != 0) return;
    sockaddr_storage from{};
    socklen_t from_size = sizeof from;
    ssize_t size =
        ::recvfrom(socket_.get(), packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size > 0)
      answer({packet, static_cast<std::size_t>(size)}, {reinterpret_cast<char*>(&from), from_size});
    if (!upstream_socket_.valid()) continue;
    size = ::recv(upstream_socket_.get(), packet, sizeof packet, 0);
    if (size > 0) pass_back({packet, static_cast<std::size_t>(size)});
  }
}

void NameServer::answer(std::string_view packet, const std::string& asker) {
  const auto question = read_question(packet);
  if (!question) return;
  DnsCode code = DnsCode::no_error;
  std::string address;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(question->name);
    if (found == entries_.end()) return pass_on(packet, asker);
    Entry& entry = found->second;
    if (entry.manner == Manner::silent) {
      ++entry.lies.ignored;
      return;
    }
    if (entry.manner == Manner::missing) {
      ++entry.lies.denied;
      code = DnsCode::no_such_name;
    } else {
      if (entry.manner == Manner::wrong) ++entry.lies.misled;
      address = entry.manner == Manner::wrong ? entry.instead : entry.address;
    }
  }
  send(dns_reply(packet, *question, code, address), asker);
}

void NameServer::pass_on(std::string_view packet, const std::string& asker) {
  if (upstream_socket_.valid()) {
    std::string passed(packet);
    ++last_number_;
    passed[0] = static_cast<char>(last_number_ >> 8);
    passed[1] = static_cast<char>(last_number_ & 0xff);
    const ssize_t sent = ::sendto(upstream_socket_.get(), passed.data(), passed.size(), 0, generic(upstream_),
                                  static_cast<socklen_t>(upstream_.size()));
    if (sent == static_cast<ssize_t>(passed.size())) {
      asked_[last_number_] = {asker, std::string(packet.substr(0, 2))};
      asked_.erase(static_cast<std::uint16_t>(last_number_ - kAskedMax));
      return;
    }
  }
  const auto question = read_question(packet);
  if (question) send(dns_reply(packet, *question, DnsCode::server_failure), asker);
}

void NameServer::pass_back(std::string_view packet) {
  if (packet.size() < 2) return;
  const auto number = static_cast<std::uint16_t>(static_cast<unsigned char>(packet[0]) << 8 |
                                                 static_cast<unsigned char>(packet[1]));
  const auto found = asked_.find(number);
  if (found == asked_.end()) return;
  send(found->second.number + std::string(packet.substr(2)), found->second.address);
  asked_.erase(found);
}

void NameServer::send(const std::string& packet, const std::string& asker) {
  // Lost like any datagram when it can't be sent.
  static_cast<void>(::sendto(socket_.get(), packet.data(), packet.size(), 0, generic(asker),
                             static_cast<socklen_t>(asker.size())));
}

}  // namespace assay::agent
