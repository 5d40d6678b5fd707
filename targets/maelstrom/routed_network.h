// The network between node programs, clients and services: messages that this program routes in real time, each delayed by a
// latency of its own (so that they may overtake each other), lost with a chance, cut, or treated as a shaped link treats packets
// (harness/core/packets.h). What is drawn comes from the seed, link by link; when it happens is the machine's clock.
//
// Clients are where their nodes are, as in Maelstrom: their messages take no time and are not lost, but can be cut off.
//
// Thread safety: send() on the loop's thread alone; the handles of faults from any other thread: probes travel among the
// messages, and the caller waits for them. Ownership: outlived by the io_context. A cut drops what is sent and what arrives.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <vector>

#include "harness/core/packets.h"
#include "harness/core/rng.h"
#include "harness/core/target.h"

namespace assay::maelstrom {

struct NetworkSettings {
  enum class Spread : std::uint8_t { constant, uniform, exponential };
  Nanos latency = 0;  // mean
  Spread spread = Spread::constant;
  std::int64_t loss_ppm = 0;
};

struct NetworkTotals {
  std::int64_t between_nodes = 0, of_services = 0, of_clients = 0;  // sent
  std::int64_t lost = 0, cut = 0;
};

class RoutedNetwork final : public Network, public Packets {
 public:
  using Task = std::function<void()>;
  // Ends of links: nodes, clients (kClients), and services, which are numbered from `service(0)`.
  RoutedNetwork(boost::asio::io_context& io, World& world, int nodes, int services,
                const NetworkSettings& settings, const Rng& rng);
  ~RoutedNetwork() override;

  NodeId service(int number) const { return static_cast<NodeId>(nodes_ + number); }
  // Runs `arrive` when the message arrives: at once, later, twice, or never.
  void send(NodeId from, NodeId to, std::size_t size_bytes, Task arrive);
  NetworkTotals totals() const;

  void cut(std::span<const Link> links) override;
  void play(std::span<const TimedCut> script, Nanos period) override;
  std::int64_t played() override;
  void heal() override;
  Evidence probe(std::span<const Link> links, bool expect_open) override;

  void shape(std::span<const ShapedLink> links) override;
  void restore() override;
  std::vector<LinkMeasure> measure(std::span<const Link> links, const ProbePlan& plan) override;
  std::string mechanism() const override { return "routed"; }

 private:
  static constexpr int kProbes = 5;
  static constexpr int kProbesOfBadLinks = 60;
  static constexpr std::int64_t kHeaderBytes =
      42;  // of UDP, IP and Ethernet: what rates count on a real network
  struct Passage {
    enum class Kind : std::uint8_t { message, probe, event };  // an event happens at its time, and is nowhere
    NodeId from = 0, to = 0;
    Kind kind = Kind::message;
    Task arrive;
  };
  struct Due {
    Nanos at = 0;
    std::uint64_t number = 0;  // of two at the same time the first one first
    std::shared_ptr<Passage> passage;
    bool operator>(const Due& other) const { return at != other.at ? at > other.at : number > other.number; }
  };
  struct Arrivals {
    Nanos at[2] = {0, 0};
    int count = 0;
    bool cut = false;
  };
  struct Gauges;

  std::size_t index(NodeId from, NodeId to) const;
  bool is_node(NodeId end) const { return end >= 0 && end < nodes_; }
  bool is_cut(const Link& link, Nanos now) const;
  std::int64_t turns(Nanos now) const;
  Arrivals passages(NodeId from, NodeId to, std::size_t size_bytes, Nanos now);
  Nanos latency();
  void put(Nanos at, std::shared_ptr<Passage> passage);
  void arm();
  void deliver();
  void send_probe(const std::shared_ptr<Gauges>& gauges, std::size_t slot, std::size_t sequence,
                  std::int64_t size_bytes);
  void await(const std::shared_ptr<Gauges>& gauges, std::unique_lock<std::mutex>& lock, Nanos latest);

  boost::asio::io_context& io_;
  World& world_;
  const NodeId nodes_;
  const NodeId ends_;  // with services and clients
  const NetworkSettings settings_;
  boost::asio::steady_timer timer_;
  Nanos armed_for_ = kNever;

  mutable std::mutex mutex_;  // of everything below
  std::condition_variable arrived_;
  Rng rng_;
  std::vector<unsigned char> cut_;  // by index()
  std::vector<TimedCut> script_;
  Nanos script_begin_ = 0, script_period_ = 0;
  std::vector<std::unique_ptr<PacketFates>> fates_;  // by index(); null: not shaped
  std::uint64_t shapes_made_ = 0;
  bool shaped_ = false;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> queue_;
  std::uint64_t numbered_ = 0;
  NetworkTotals totals_;
  int probing_ = 0;  // callers that wait for their probes
};

}  // namespace assay::maelstrom
