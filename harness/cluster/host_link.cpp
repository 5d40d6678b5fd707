#include "harness/cluster/host_link.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <set>

#include "harness/cluster/ssh_state.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

constexpr Nanos kHeartbeatPeriod = kSecond;

std::string numeric(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = {};
  ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

std::set<std::string> addresses_here() {
  std::set<std::string> found;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return found;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const int family = one->ifa_addr->sa_family;
    if (family == AF_INET) found.insert(numeric(one->ifa_addr, sizeof(sockaddr_in)));
    if (family != AF_INET6) continue;
    // A link-local address has its interface behind it.
    const std::string address = numeric(one->ifa_addr, sizeof(sockaddr_in6));
    found.insert(address.substr(0, address.find('%')));
  }
  ::freeifaddrs(all);
  return found;
}

}  // namespace

std::string source_towards(const std::string& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), "9", &hints, &found) != 0) return {};
  std::string source;
  const int socket = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  auto* generic = reinterpret_cast<sockaddr*>(&own);
  // Connecting a datagram socket sends nothing.
  if (socket >= 0 && ::connect(socket, found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(socket, generic, &size) == 0)
    source = numeric(generic, size);
  if (socket >= 0) ::close(socket);
  ::freeaddrinfo(found);
  return source;
}

HostLink::HostLink(Host host, ClusterOptions options)
    : host_(std::move(host)), addresses_({host_.node_address}), options_(std::move(options)) {}

HostLink::~HostLink() { stop_heartbeat(); }

SshSession& HostLink::session() {
  if (!session_ || session_->broken()) {
    stop_heartbeat();
    agent_.reset();
    session_.reset();
    session_ = std::make_unique<SshSession>(host_, options_.connect_timeout);
  }
  return *session_;
}

void HostLink::upload_agent() {
  session().upload(options_.agent_binary, agent_path(), 0755, options_.command_timeout);
}

void HostLink::start_agent() {
  upload_agent();
  const std::string command = "exec " + shell_quote(agent_path()) + " serve --home " +
                              shell_quote(host_.data) + " --probe-port " +
                              std::to_string(options_.probe_port) + " --dead-man " +
                              std::to_string(options_.dead_man_timeout / kMillisecond) + " --own-clock " +
                              (host_.own_clock ? "1" : "0");
  agent_ = session().open(command, options_.command_timeout);
  // An earlier run's agent may take its dead-man time to let go.
  const auto greeting =
      Message::parse(agent_->read_line(options_.command_timeout + options_.dead_man_timeout));
  if (!greeting || greeting->verb != "ready")
    throw HarnessError(host_.name + ": the node agent doesn't greet");
  start_heartbeat();
  Message hello;
  hello.verb = "hello";
  for (const std::string& address : {host_.node_address, host_.address}) {
    const std::string source = source_towards(address);
    if (!source.empty()) hello.add("client", source);
  }
  abilities_ = request(hello);
  const Nanos began = monotonic_now();
  request("state");
  round_trip_ = monotonic_now() - began;
}

Message HostLink::request(const std::string& verb) {
  Message message;
  message.verb = verb;
  return request(std::move(message));
}

Message HostLink::request(Message message) {
  const std::lock_guard lock(requesting_);
  if (!agent_) throw HarnessError(host_.name + ": its node agent doesn't run");
  message.number = next_number_++;
  agent_->write(message.to_line() + "\n", options_.command_timeout);
  while (true) {
    const std::string line = agent_->read_line(options_.command_timeout);
    const auto reply = Message::parse(line);
    if (!reply) throw HarnessError(host_.name + ": the node agent answers \"" + line.substr(0, 80) + "\"");
    // An answer that an earlier request did not wait for.
    if (reply->number != message.number) continue;
    if (reply->verb != "ok") throw HarnessError(host_.name + ": " + reply->text("message"));
    return *reply;
  }
}

void HostLink::stop_agent() {
  if (!session_) return;
  try {
    if (agent_ && !session_->broken()) {
      request("stop");
      stop_heartbeat();
      agent_.reset();
      return;
    }
  } catch (const HarnessError&) {
    // Below, by another way.
  }
  stop_heartbeat();
  agent_.reset();
  heal();
}

std::vector<std::string> HostLink::heal() {
  upload_agent();
  const ExecResult result =
      session().run(shell_quote(agent_path()) + " heal --home " + shell_quote(host_.data),
                    options_.command_timeout + options_.dead_man_timeout);
  std::vector<std::string> lines;
  std::string rest = result.output;
  for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
    lines.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  for (const std::string& line : lines) {
    if (line.rfind("failed", 0) == 0) throw HarnessError(host_.name + ": healing " + line);
  }
  if (result.exit_status != 0) throw HarnessError(host_.name + ": healing failed: " + result.error);
  return lines;
}

void HostLink::start_heartbeat() {
  heartbeat_ends_ = false;
  heartbeat_ = std::thread([this] {
    std::unique_lock lock(heartbeat_mutex_);
    while (!heartbeat_changed_.wait_for(lock, std::chrono::nanoseconds(kHeartbeatPeriod),
                                        [this] { return heartbeat_ends_; })) {
      lock.unlock();
      try {
        agent_->write("0 beat\n", kHeartbeatPeriod * 5);
      } catch (const HarnessError&) {
        // The session is broken now: the next request says so to somebody who can act on it.
        return;
      }
      lock.lock();
    }
  });
}

void HostLink::stop_heartbeat() {
  {
    const std::lock_guard lock(heartbeat_mutex_);
    heartbeat_ends_ = true;
  }
  heartbeat_changed_.notify_all();
  if (heartbeat_.joinable()) heartbeat_.join();
}

void share_addresses(const std::vector<std::unique_ptr<HostLink>>& links) {
  const std::set<std::string> here = addresses_here();
  std::map<std::string, int> owners;
  for (const auto& link : links) {
    std::set<std::string> told;
    for (const char* kind : {"address", "link-address"}) {
      for (const std::string& address : link->abilities().all(kind)) told.insert(address);
    }
    for (const std::string& address : told) ++owners[address];
  }
  for (const auto& link : links) {
    const std::string& first = link->host().node_address;
    const auto all_own = [&](const char* kind, std::vector<std::string>& addresses) {
      const std::vector<std::string> told = link->abilities().all(kind);
      for (const std::string& address : std::set<std::string>(told.begin(), told.end())) {
        if (address != first && owners[address] == 1 && !here.contains(address)) addresses.push_back(address);
      }
    };
    link->addresses_ = {first};
    link->link_addresses_.clear();
    all_own("address", link->addresses_);
    all_own("link-address", link->link_addresses_);
  }
}

void for_each_link(const std::vector<std::unique_ptr<HostLink>>& links,
                   const std::function<void(std::size_t, HostLink&)>& work) {
  std::vector<std::string> troubles(links.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < links.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        work(i, *links[i]);
      } catch (const std::exception& error) {
        troubles[i] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string all;
  for (const std::string& trouble : troubles) {
    if (!trouble.empty()) all += (all.empty() ? "" : "; ") + trouble;
  }
  if (!all.empty()) throw HarnessError(all);
}

}  // namespace assay::cluster
