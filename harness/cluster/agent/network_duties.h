// The verbs about the network: cuts and probes (cut, play, heal, counters, probe-send, probe-received), bad links
// (packets-ability, packets-shape, packets-restore, packets-counters, train-send, train-received), connections
// (connections-ability, connections-reset, connections-forget, connections-close-slowly, connections-lingering,
// connections-heal, connections-ended), and those of name_duties.h.
//
// Thread safety: one thread, always the same. Errors: AgentError with one sentence. Ownership: the journal must outlive it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "harness/cluster/agent/cut_script.h"
#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/name_duties.h"
#include "harness/cluster/agent/packet_queue.h"
#include "harness/cluster/agent/probe.h"
#include "harness/cluster/agent/sockets.h"
#include "harness/cluster/agent/strobe.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class NetworkDuties {
 public:
  // `home`: the host's data folder.
  NetworkDuties(const std::string& home, std::uint16_t probe_port, Journal& journal)
      : journal_(journal), probe_(probe_port), names_(home, journal) {}

  // Nothing when the verb is not about the network.
  std::optional<cluster::Message> perform(const cluster::Message& request);
  // Ends what goes on by itself; rules are left to the journal.
  void stop();

 private:
  using Message = cluster::Message;

  Message cut(const Message& request);
  Message play(const Message& request);
  Message heal();
  Message counters();
  Message probe_send(const Message& request);
  Message probe_received(const Message& request);

  Message packets_ability(const Message& request);
  Message packets_shape(const Message& request);
  Message packets_restore();
  Message packets_counters();
  Message train_send(const Message& request);
  Message train_received(const Message& request);

  Message connections_ability();
  Message connections_reset(const Message& request);
  Message connections_forget(const Message& request);
  Message connections_close_slowly(const Message& request);
  Message connections_lingering();
  Message connections_heal();

  Journal& journal_;
  ProbeListener probe_;
  CutScript script_;
  std::unique_ptr<PacketQueue> queue_;
  std::set<std::string> queued_;  // peers whose packets go to the queue
  bool queued_from_clients_ = false, queued_to_clients_ = false;
  std::map<std::string, PacketQuality> departures_;  // peers that netem is in the way to
  Strobe resets_;
  std::atomic<std::int64_t> ended_{0};
  std::atomic<bool> resets_failed_{false};
  Peers closed_with_;  // whose connections were closed slowly
  NameDuties names_;
};

}  // namespace assay::agent
