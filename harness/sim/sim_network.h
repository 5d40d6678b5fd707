// The network between simulated nodes: datagrams that may be lost, delayed, duplicated and reordered, and directed
// cuts. A link keeps its order unless a message was drawn to be reordered. A cut drops what is sent and what is
// still under way when it comes into force, as a packet filter on the receiver does.
//
// Thread safety: none. Probabilities are in parts per million, so that decisions are integers. Ownership: payloads
// are moved all the way; the receiver outlives the network's events.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/message_trace.h"
#include "harness/core/rng.h"
#include "harness/core/target.h"
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
  std::int64_t undeliverable = 0;  // no process there, or its backlog was full
};

class DatagramReceiver {
 public:
  virtual ~DatagramReceiver() = default;
  virtual void datagram(NodeId to, NodeId from, std::string payload) = 0;
};

class SimNetwork final : public Network {
 public:
  SimNetwork(Simulator& simulator, SimProcesses& processes, int node_count, const NetworkConfig& config,
             const Rng& rng);

  void set_receiver(DatagramReceiver* receiver) { receiver_ = receiver; }
  void send(NodeId from, NodeId to, std::string payload);

  void cut(std::span<const Link> links) override;
  void heal() override;
  // Sends kProbes packets over each link, between the hosts (the process may be paused or dead), and lets the
  // simulation go on until they must have arrived. Not from inside an event.
  Evidence probe(std::span<const Link> links, bool expect_open) override;

  bool is_cut(NodeId from, NodeId to) const { return cut_[index(from, to)] != 0; }
  const NetworkCounters& counters() const { return counters_; }

  // Keeps what is sent in [begin, end] of virtual time, at most `count_max` messages; `origin` is what their times count from.
  void trace(Nanos begin, Nanos end, Nanos origin, std::size_t count_max);
  const std::vector<TracedMessage>& traced() const { return traced_; }

  static constexpr int kProbes = 5;

 private:
  static constexpr std::int64_t kMillion = 1'000'000;

  std::size_t index(NodeId from, NodeId to) const {
    ASSAY_ASSERT(from >= 0 && from < node_count_ && to >= 0 && to < node_count_);
    return static_cast<std::size_t>(from) * static_cast<std::size_t>(node_count_) +
           static_cast<std::size_t>(to);
  }
  // Whether a packet sent now gets through, and how many copies of it.
  int copies(std::size_t link);
  Nanos arrival(std::size_t link);
  bool blocked_on_arrival(std::size_t link);
  bool tracing() const { return simulator_.now() >= trace_begin_ && simulator_.now() <= trace_end_; }
  void record(NodeId from, NodeId to, Nanos arrives, std::size_t size_bytes);
  void record_loss(NodeId from, NodeId to);
  void transmit(NodeId from, NodeId to, std::string payload);
  void transmit_probe(NodeId from, NodeId to, std::size_t slot);

  Simulator& simulator_;
  SimProcesses& processes_;
  NodeId node_count_;
  NetworkConfig config_;
  Rng rng_;
  DatagramReceiver* receiver_ = nullptr;
  NetworkCounters counters_;
  std::vector<unsigned char> cut_;   // by index(from, to)
  std::vector<Nanos> last_arrival_;  // of messages in order, by index(from, to)
  std::vector<int> probes_arrived_;  // of the probe under way, by its link
  std::vector<TracedMessage> traced_;
  std::size_t traced_max_ = 0;
  Nanos trace_begin_ = kNever, trace_end_ = -1, trace_origin_ = 0;
  std::uint64_t probe_generation_ = 0;  // stragglers of an earlier probe don't count
};

}  // namespace assay::sim
