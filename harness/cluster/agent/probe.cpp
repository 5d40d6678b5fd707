#include "harness/cluster/agent/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr std::string_view kGreeting = "assay-probe ";
constexpr std::string_view kTrainGreeting = "assay-train ";
// UDP, IP and Ethernet.
constexpr std::int64_t kHeaderBytes = 42;
constexpr int kProbeBuffer = 4 << 20;
// Old probes are forgotten when this many are known.
constexpr std::size_t kProbesMax = 10'000;

// Listening on :: takes IPv4 as well, whose addresses are then written ::ffff:a.b.c.d.
bool parse_address(const std::string& text, std::uint16_t port, sockaddr_in6& address) {
  address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  const std::string mapped = text.find(':') == std::string::npos ? "::ffff:" + text : text;
  return ::inet_pton(AF_INET6, mapped.c_str(), &address.sin6_addr) == 1;
}

int open_socket(std::uint16_t port) {
  const int v6 = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (v6 >= 0) {
    const int off = 0;
    ::setsockopt(v6, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(port);
    if (::bind(v6, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0) return v6;
    ::close(v6);
  }
  return -1;
}

int open_socket_v4(std::uint16_t port) {
  const int v4 = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  if (v4 >= 0 && ::bind(v4, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0) return v4;
  if (v4 >= 0) ::close(v4);
  return -1;
}

}  // namespace

ProbeListener::ProbeListener(std::uint16_t port) : port_(port), socket_(open_socket(port)) {
  if (socket_ < 0) socket_ = open_socket_v4(port);
  if (socket_ < 0) throw_errno("can't listen for probes on UDP port " + std::to_string(port));
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  // The port is at the same place in both families.
  if (port == 0 && ::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size) == 0)
    port_ = ntohs(reinterpret_cast<const sockaddr_in*>(&own)->sin_port);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &kProbeBuffer, sizeof kProbeBuffer);
  if (::pipe2(stop_pipe_, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  thread_ = std::thread([this] { listen(); });
}

ProbeListener::~ProbeListener() {
  ::close(stop_pipe_[1]);
  thread_.join();
  ::close(stop_pipe_[0]);
  ::close(socket_);
}

void ProbeListener::listen() {
  // A probe has arrived when this thread has noticed it. Where that isn't allowed, busy processors make probes late.
  constexpr int kFirstInLine = -15;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kFirstInLine));
  while (true) {
    pollfd waiting[2] = {{socket_, POLLIN, 0}, {stop_pipe_[0], POLLIN, 0}};
    ::poll(waiting, 2, -1);
    if (waiting[1].revents != 0) return;
    char buffer[2048];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size <= 0) continue;
    std::string_view packet(buffer, static_cast<std::size_t>(size));
    if (packet.substr(0, kTrainGreeting.size()) == kTrainGreeting) {
      note_train(packet.substr(kTrainGreeting.size()));
      continue;
    }
    if (packet.substr(0, kGreeting.size()) != kGreeting) continue;
    packet.remove_prefix(kGreeting.size());
    const std::size_t space = packet.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view digits = packet.substr(space + 1);
    int sequence = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), sequence).ec != std::errc()) continue;
    const std::lock_guard lock(mutex_);
    if (seen_.size() > kProbesMax) seen_.clear();
    seen_[std::string(packet.substr(0, space))].insert(sequence);
    arrived_.notify_all();
  }
}

// "TOKEN NUMBER SENT-AT ...", by the sender's monotonic clock.
void ProbeListener::note_train(std::string_view words) {
  const std::int64_t now = monotonic_nanos();
  const std::size_t space = words.find(' ');
  if (space == std::string_view::npos) return;
  const std::string token(words.substr(0, space));
  words.remove_prefix(space + 1);
  int number = 0;
  std::int64_t sent = 0;
  const auto first = std::from_chars(words.data(), words.data() + words.size(), number);
  if (first.ec != std::errc() || first.ptr == words.data() + words.size()) return;
  if (std::from_chars(first.ptr + 1, words.data() + words.size(), sent).ec != std::errc()) return;
  const std::lock_guard lock(mutex_);
  if (trains_.size() > kProbesMax) trains_.clear();
  Arrivals& train = trains_[token];
  if (train.numbers.empty()) train.first = now;
  if (!train.numbers.empty() && number < *train.numbers.rbegin() && !train.numbers.contains(number))
    ++train.overtaken;
  if (!train.numbers.insert(number).second) {
    ++train.duplicates;
    return;
  }
  train.last = now;
  train.delays.push_back(now - sent);
  arrived_.notify_all();
}

socklen_t ProbeListener::target_of(const std::string& address, std::uint16_t port,
                                   sockaddr_storage& target) const {
  sockaddr_in6 v6;
  if (!parse_address(address, port, v6)) throw AgentError("\"" + address + "\" is no IP address to probe");
  target = {};
  std::memcpy(&target, &v6, sizeof v6);
  int family = 0;
  socklen_t size = sizeof family;
  ::getsockopt(socket_, SOL_SOCKET, SO_DOMAIN, &family, &size);
  if (family != AF_INET) return sizeof v6;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  std::memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
  std::memcpy(&target, &v4, sizeof v4);
  return sizeof v4;
}

int ProbeListener::send(const std::string& token, const std::string& address, int count) {
  sockaddr_storage target{};
  const socklen_t target_size = target_of(address, port_, target);
  int sent = 0;
  for (int i = 0; i < count; ++i) {
    const std::string packet = std::string(kGreeting) + token + " " + std::to_string(i);
    // A drop of output is reported to the sender as "not permitted": that is the cut at work, not an error.
    if (::sendto(socket_, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&target),
                 target_size) >= 0) {
      ++sent;
    }
  }
  return sent;
}

void ProbeListener::send_train(const std::vector<std::string>& tokens,
                               const std::vector<std::string>& addresses, std::uint16_t port, int count,
                               std::int64_t interval_nanos, std::int64_t size_bytes) {
  std::vector<sockaddr_storage> targets(addresses.size());
  std::vector<socklen_t> sizes;
  for (std::size_t i = 0; i < addresses.size(); ++i)
    sizes.push_back(target_of(addresses[i], port, targets[i]));
  const auto payload = static_cast<std::size_t>(std::max<std::int64_t>(0, size_bytes - kHeaderBytes));
  const std::int64_t begin = monotonic_nanos();
  for (int number = 0; number < count; ++number) {
    const std::int64_t due = begin + number * interval_nanos;
    const timespec time{.tv_sec = due / 1'000'000'000, .tv_nsec = due % 1'000'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      std::string packet = std::string(kTrainGreeting) + tokens[i] + " " + std::to_string(number) + " " +
                           std::to_string(monotonic_nanos()) + " ";
      packet.resize(std::max(packet.size(), payload), '.');
      if (::sendto(socket_, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&targets[i]),
                   sizes[i]) < 0) {
        continue;  // dropped on its way out: it will be missed
      }
    }
  }
}

ProbeListener::Train ProbeListener::train(const std::string& token, int count, int wait_milliseconds) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::milliseconds(wait_milliseconds),
                    [&] { return static_cast<int>(trains_[token].numbers.size()) >= count; });
  Arrivals arrivals = std::move(trains_[token]);
  trains_.erase(token);
  Train result;
  result.arrived = static_cast<std::int64_t>(arrivals.numbers.size());
  result.duplicates = arrivals.duplicates;
  result.overtaken = arrivals.overtaken;
  if (arrivals.delays.empty()) return result;
  result.span = arrivals.last - arrivals.first;
  const auto middle = arrivals.delays.begin() + static_cast<std::ptrdiff_t>(arrivals.delays.size() / 2);
  std::nth_element(arrivals.delays.begin(), middle, arrivals.delays.end());
  result.delay_median = *middle;
  return result;
}

int ProbeListener::received(const std::string& token, int count, int wait_milliseconds) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::milliseconds(wait_milliseconds),
                    [&] { return static_cast<int>(seen_[token].size()) >= count; });
  return static_cast<int>(seen_[token].size());
}

}  // namespace assay::agent
