// The network between simulated nodes: datagrams that may be lost, delayed, duplicated and reordered, and directed
// cuts. A link keeps its order unless a message was drawn to be reordered. A cut drops what is sent and what is
// still under way when it comes into force, as a packet filter on the receiver does. Cuts between clients and nodes are kept
// here too; SimConnections obeys them.
//
// A link that was shaped (Packets) is worse than the network is by itself. A corrupted message is one that a checksum found:
// it is dropped.
//
// Thread safety: none. Probabilities are in parts per million, so that decisions are integers. Ownership: payloads
// are moved all the way; the receiver outlives the network's events.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/core/link_gauge.h"
#include "harness/core/message_trace.h"
#include "harness/core/packets.h"
#include "harness/core/rng.h"
#include "harness/core/target.h"
#include "harness/sim/sim_names.h"
#include "harness/sim/sim_processes.h"
#include "harness/sim/simulator.h"

namespace assay::sim {

// A fixed part plus an exponential tail.
struct LatencyConfig {
  Nanos base = 200 * kMicrosecond;
  Nanos tail_mean = 200 * kMicrosecond;
  Nanos draw(Rng& rng) const { return base + (tail_mean > 0 ? rng.exponential(tail_mean) : 0); }
};

struct NetworkConfig {
  LatencyConfig latency;
  std::int64_t loss_ppm = 1'000;
  std::int64_t duplicate_ppm = 5'000;
  std::int64_t reorder_ppm = 10'000;
  Nanos reorder_delay_max = 5 * kMillisecond;  // what a reordered message takes longer, at most
};

struct NetworkCounters {
  std::int64_t sent = 0;  // probes included
  std::int64_t delivered = 0;
  std::int64_t lost = 0;  // by chance
  std::int64_t cut = 0;   // by a cut
  std::int64_t duplicated = 0;
  std::int64_t reordered = 0;
  std::int64_t corrupted = 0;
  std::int64_t unconnected = 0;    // its receiver's name could not be found
  std::int64_t undeliverable = 0;  // no process there, or its backlog was full
};

class DatagramReceiver {
 public:
  virtual ~DatagramReceiver() = default;
  virtual void datagram(NodeId to, NodeId from, std::string payload) = 0;
};

// Who carries messages that obey the cuts, too.
class CutListener {
 public:
  virtual ~CutListener() = default;
  virtual void cuts_changed() = 0;
};

class SimNetwork final : public Network, public Packets {
 public:
  SimNetwork(Simulator& simulator, SimProcesses& processes, int node_count, const NetworkConfig& config,
             const Rng& rng);

  void set_receiver(DatagramReceiver* receiver) { receiver_ = receiver; }
  void set_cut_listener(CutListener* listener) { cut_listener_ = listener; }
  // By which nodes find each other; must outlive this object.
  void set_names(SimNames* names) { names_ = names; }
  void send(NodeId from, NodeId to, std::string payload);

  void cut(std::span<const Link> links) override;
  void play(std::span<const TimedCut> script, Nanos period) override;
  std::int64_t played() override { return played_; }
  void heal() override;
  // Sends kProbes packets over each link, between the hosts (the process may be paused or dead), and lets the
  // simulation go on until they must have arrived. Not from inside an event.
  Evidence probe(std::span<const Link> links, bool expect_open) override;

  void shape(std::span<const ShapedLink> links) override;
  void restore() override { shapers_.clear(); }
  // Lets the simulation go on until the last probe must have arrived. Not from inside an event.
  std::vector<LinkMeasure> measure(std::span<const Link> links, const ProbePlan& plan) override;
  std::string mechanism() const override { return "simulated"; }

  // How much longer a reliable stream takes over a link that shape() made bad: what is lost or damaged is sent again.
  Nanos stream_delay(NodeId from, NodeId to, std::size_t size_bytes);

  // What is under way on the link is lost, as when its connection is reset.
  void lose_under_way(const Link& link) {
    ++epochs_[index(link.from, link.to)];
    connect_anew(link);
  }
  // What `from` sends next wants a connection that is yet to be made.
  void connect_anew(const Link& link) {
    if (names_ != nullptr) names_->lost(link);
  }
  // Drops what is sent on the link, as a connection that only its sender believes in, until `silent` is taken back.
  void set_silent(const Link& link, bool silent);

  bool is_cut(NodeId from, NodeId to) const { return cut_[index(from, to)] != 0; }
  const NetworkCounters& counters() const { return counters_; }

  // Keeps what is sent in [begin, end] of virtual time, at most `count_max` messages; `origin` is what their times count from.
  void trace(Nanos begin, Nanos end, Nanos origin, std::size_t count_max);
  const std::vector<TracedMessage>& traced() const { return traced_; }

  static constexpr int kProbes = 5;
  // Where packets get lost.
  static constexpr int kProbesOfBadLinks = 60;
  // What a message weighs on the wire beyond its bytes: UDP, IP and Ethernet.
  static constexpr std::int64_t kHeaderBytes = 42;

 private:
  static constexpr std::int64_t kMillion = 1'000'000;
  // Why a link is cut; several reasons may hold.
  static constexpr unsigned char kByHand = 1, kByScript = 2, kSilent = 4;
  static constexpr int kCopiesMax = 4;  // twice, by the network and by its shape

  // Clients come after the last node.
  std::size_t place(NodeId node) const {
    ASSAY_ASSERT((node >= 0 && node < node_count_) || node == kClients);
    return static_cast<std::size_t>(node == kClients ? node_count_ : node);
  }
  std::size_t index(NodeId from, NodeId to) const {
    return place(from) * (static_cast<std::size_t>(node_count_) + 1) + place(to);
  }
  // Whether a packet sent now gets through, and how many copies of it.
  int copies(std::size_t link);
  // Of a packet that leaves then.
  Nanos arrival(std::size_t link, Nanos leaves, bool reordered);
  // How often a packet sent now arrives, and when each time.
  int passages(std::size_t link, std::size_t size_bytes, Nanos (&arrives)[kCopiesMax]);
  int shaped_passages(std::size_t link, int count, std::size_t size_bytes, Nanos (&arrives)[kCopiesMax]);
  bool blocked_on_arrival(std::size_t link, std::uint32_t epoch);
  void set_cut(std::size_t link, unsigned char reason, bool cut);
  void cuts_changed() {
    if (cut_listener_ != nullptr) cut_listener_->cuts_changed();
  }
  void turn(TimedCut timed, Nanos begin, Nanos period, std::uint64_t generation);
  // The longest that a packet can be under way.
  Nanos longest_passage() const;
  bool tracing() const { return simulator_.now() >= trace_begin_ && simulator_.now() <= trace_end_; }
  void record(NodeId from, NodeId to, Nanos arrives, std::size_t size_bytes);
  void record_loss(NodeId from, NodeId to);
  void transmit(NodeId from, NodeId to, std::string payload, Nanos arrives);
  void transmit_probe(NodeId from, NodeId to, std::size_t slot);
  void transmit_gauge(std::size_t slot, int sequence, std::int64_t size_bytes);

  Simulator& simulator_;
  SimProcesses& processes_;
  NodeId node_count_;
  NetworkConfig config_;
  Rng rng_;
  DatagramReceiver* receiver_ = nullptr;
  CutListener* cut_listener_ = nullptr;
  SimNames* names_ = nullptr;
  NetworkCounters counters_;
  std::vector<unsigned char> cut_;     // reasons, by index(from, to)
  std::vector<std::uint32_t> epochs_;  // of what is under way, by index(from, to)
  // By index(from, to), null for a link that was not shaped; empty while none is.
  std::vector<std::unique_ptr<PacketFates>> shapers_;
  std::uint64_t shapes_made_ = 0;
  std::uint64_t script_generation_ = 0;
  std::int64_t played_ = 0;
  std::vector<LinkGauge> gauges_;  // of the measurement under way, by its link
  std::uint64_t gauge_generation_ = 0;
  std::vector<Nanos> last_arrival_;  // of messages in order, by index(from, to)
  std::vector<int> probes_arrived_;  // of the probe under way, by its link
  std::vector<TracedMessage> traced_;
  std::size_t traced_max_ = 0;
  Nanos trace_begin_ = kNever, trace_end_ = -1, trace_origin_ = 0;
  std::uint64_t probe_generation_ = 0;  // stragglers of an earlier probe don't count
};

}  // namespace assay::sim
