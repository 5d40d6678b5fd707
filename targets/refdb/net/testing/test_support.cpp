#include "targets/refdb/net/testing/test_support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "targets/refdb/net/clock.h"

namespace assay::refdb {

namespace {

class EchoReplica : public Replica {
 public:
  EchoReplica(const ReplicaConfig& config, const StorageReader& storage) : self_(config.self) {
    storage.scan("kept", [this](std::string_view, std::string_view) { ++kept_; });
  }

  void tick(LocalTime now) override { deadline_ = now.monotonic + 20 * kMillisecond; }

  void receive(PeerId from, std::string_view payload, LocalTime) override {
    const std::string text(payload);
    if (text.starts_with("?")) {
      effects_.messages.push_back({from, "!" + text.substr(1)});
    } else if (const std::size_t space = text.find(' ');
               text.starts_with("!") && space != std::string::npos) {
      const ConnectionId connection = std::stoull(text.substr(1, space - 1));
      effects_.replies.push_back(
          {connection, "node " + std::to_string(from) + " says " + text.substr(space + 1)});
    }
  }

  void client_request(ConnectionId connection, std::string_view payload, LocalTime) override {
    const std::string text(payload);
    if (text.starts_with("put ")) {
      effects_.writes.push_back({"kept" + std::to_string(++kept_), text.substr(4)});
      effects_.must_sync = true;
      effects_.batch = batch_;
      waiting_[batch_].push_back({connection, "kept " + text.substr(4)});
    } else if (text == "count") {
      effects_.replies.push_back({connection, std::to_string(kept_)});
    } else if (text.starts_with("ask ")) {
      const auto peer = static_cast<PeerId>(text[4] - '0');
      effects_.messages.push_back({peer, "?" + std::to_string(connection) + " " + text.substr(6)});
    } else if (text.starts_with("large ")) {
      effects_.replies.push_back({connection, std::string(std::stoul(text.substr(6)), 'x')});
    }
  }

  void client_gone(ConnectionId) override { ++gone_; }

  std::string order(const Order& order, LocalTime) override {
    return order.kind == Order::Kind::transfer ? "" : "it only echoes";
  }

  void persisted(std::uint64_t batch, LocalTime) override {
    EXPECT_EQ(batch, persisted_ + 1);
    persisted_ = batch;
    for (ClientReply& reply : waiting_[batch]) effects_.replies.push_back(std::move(reply));
    waiting_.erase(batch);
  }

  Effects take_effects() override {
    if (effects_.has_writes()) ++batch_;
    return std::exchange(effects_, Effects());
  }

  std::int64_t next_deadline() const override { return deadline_; }

  ReplicaStatus status() const override {
    return {"leader", self_, 7, 5, 4, 6, {}, {{"kept", kept_}, {"clients gone", gone_}}};
  }

 private:
  const PeerId self_;
  Effects effects_;
  std::map<std::uint64_t, std::vector<ClientReply>> waiting_;
  std::int64_t kept_ = 0;
  std::int64_t gone_ = 0;
  std::uint64_t batch_ = 1;
  std::uint64_t persisted_ = 0;
  std::int64_t deadline_ = 0;
};

const std::vector<ProtocolPlugin::Bug>& no_bugs() {
  static const std::vector<ProtocolPlugin::Bug> none;
  return none;
}

std::unique_ptr<Replica> make_echo(const ReplicaConfig& config, const StorageReader& storage, LocalTime) {
  if (!config.bugs.empty() && config.bugs[0] == "refused") throw std::invalid_argument("that bug is refused");
  return std::make_unique<EchoReplica>(config, storage);
}

// Below the ports that the kernel gives to outgoing connections: one of those could have it before the server does, which then
// does not start.
constexpr std::uint16_t kLowestPort = 10'000, kPorts = 22'000;
constexpr int kPortTries = 200;

int bound_socket(std::uint16_t& port) {
  Rng random(static_cast<std::uint64_t>(monotonic_now()) ^ static_cast<std::uint64_t>(::getpid()) << 32);
  for (int attempt = 0; attempt < kPortTries; ++attempt) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    port = static_cast<std::uint16_t>(kLowestPort + random.below(kPorts));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(port);
    if (descriptor >= 0 &&
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      return descriptor;
    if (descriptor >= 0) ::close(descriptor);
  }
  throw HarnessError("no port is free on 127.0.0.1");
}

}  // namespace

const ProtocolPlugin& echo_protocol() {
  static const ProtocolPlugin plugin = {.mode = "echo", .bugs = no_bugs, .make = make_echo};
  return plugin;
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<std::uint16_t> ports(count);
  std::vector<int> held;
  for (std::uint16_t& port : ports) held.push_back(bound_socket(port));
  for (const int descriptor : held) ::close(descriptor);
  return ports;
}

std::string config_text(const std::vector<std::uint16_t>& ports, std::size_t self, std::uint16_t http_port,
                        const std::string& data, const std::string& extra) {
  std::string peers;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    peers += std::string(i == 0 ? "" : ", ") + "{\"name\": \"n" + std::to_string(i + 1) +
             "\", \"address\": \"127.0.0.1:" + std::to_string(ports[i]) + "\"}";
  }
  return "{\"node\": \"n" + std::to_string(self + 1) + "\", \"cluster\": \"test\", \"peers\": [" + peers +
         "], \"data\": \"" + data + "\", \"http\": \"127.0.0.1:" + std::to_string(http_port) + "\"" + extra +
         "}";
}

bool eventually(const std::function<bool()>& condition) {
  const Nanos limit = monotonic_now() + 60 * kSecond;
  while (monotonic_now() < limit) {
    if (condition()) return true;
    ::usleep(5'000);
  }
  return false;
}

RunningServer::RunningServer(const std::vector<std::uint16_t>& ports, std::size_t self,
                             const std::string& data, const std::string& extra)
    : log_(::open("/dev/null", O_WRONLY | O_CLOEXEC), "test") {
  server_ = std::make_unique<Server>(
      parse_server_config(config_text(ports, self, 0, data, ", \"mode\": \"echo\"" + extra), "test.json"),
      echo_protocol(), log_, "0.0.test");
  thread_ = std::thread([this] { server_->run(); });
}

RunningServer::~RunningServer() {
  server_->stop();
  thread_.join();
}

std::int64_t RunningServer::status(const std::string& pointer) const {
  nlohmann::json json = nlohmann::json::parse(body_of(http_get(http_port(), "/status")));
  const std::size_t dot = pointer.find('.');
  if (dot == std::string::npos) return json.at(pointer);
  return json.at(pointer.substr(0, dot)).at(pointer.substr(dot + 1));
}

RawConnection::RawConnection(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(port);
  const timeval limit{60, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw HarnessError("can't connect to 127.0.0.1:" + std::to_string(port));
  }
}

RawConnection::~RawConnection() { ::close(descriptor_); }

void RawConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return;  // closed: what the test asks next says so
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void RawConnection::hello(const Hello& hello) {
  std::string bytes;
  append_frame(bytes, FrameKind::hello, encode_hello(hello));
  write(bytes);
}

void RawConnection::message(std::string_view payload) {
  std::string bytes;
  append_frame(bytes, FrameKind::message, payload);
  write(bytes);
}

std::string RawConnection::receive() {
  for (;;) {
    if (const auto frame = decoder_.next()) return std::string(frame->payload);
    const auto room = decoder_.prepare(4'096);
    const ssize_t size = ::recv(descriptor_, room.data(), room.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return "(nothing came)";
    if (size <= 0) return "(closed)";
    decoder_.commit(static_cast<std::size_t>(size));
  }
}

std::string http_raw(std::uint16_t port, const std::string& request) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(port);
  const timeval limit{60, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string answer;
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL);
    char buffer[4'096];
    for (ssize_t size; (size = ::recv(descriptor, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(size));
    }
  }
  ::close(descriptor);
  return answer;
}

std::string http_get(std::uint16_t port, const std::string& path) {
  return http_raw(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

}  // namespace assay::refdb
