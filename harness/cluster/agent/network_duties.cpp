#include "harness/cluster/agent/network_duties.h"

#include <exception>
#include <functional>
#include <map>
#include <sstream>

#include "harness/cluster/agent/network.h"
#include "harness/cluster/agent/packet_rules.h"
#include "harness/cluster/agent/slow_close.h"
#include "harness/cluster/agent/sockets.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

Cut cut_in(const cluster::Message& request) {
  return {.in_from = request.all("in"),
          .out_to = request.all("out"),
          .clients_in = request.integer("clients-in") != 0,
          .clients_out = request.integer("clients-out") != 0};
}

Peers peers_in(const cluster::Message& request) {
  return {.addresses = request.all("peer"), .clients = request.integer("clients") != 0};
}

PacketQuality quality_from(const std::string& text) {
  const auto quality = parse_packet_quality(text);
  if (!quality) throw AgentError("\"" + text + "\" is no quality of a link");
  return *quality;
}

// "BEGIN END in|out ADDRESS,ADDRESS", or "clients" for the addresses, which are one peer's.
void add_steps(const std::string& text, std::vector<CutScript::Step>& steps) {
  std::istringstream words(text);
  std::int64_t begin = 0, end = 0;
  std::string direction, address;
  if (!(words >> begin >> end >> direction >> address)) throw AgentError("\"" + text + "\" is no timed cut");
  Cut cut;
  const bool in = direction == "in";
  if (address == "clients") {
    (in ? cut.clients_in : cut.clients_out) = true;
  } else {
    std::istringstream each(address);
    for (std::string one; std::getline(each, one, ',');) (in ? cut.in_from : cut.out_to).push_back(one);
  }
  steps.push_back({begin, false, cut});
  steps.push_back({end, true, cut});
}

}  // namespace

std::optional<cluster::Message> NetworkDuties::perform(const Message& request) {
  using Duty = std::function<Message(NetworkDuties&, const Message&)>;
  static const std::map<std::string, Duty, std::less<>> table = {
      {"cut", [](NetworkDuties& self, const Message& asked) { return self.cut(asked); }},
      {"play", [](NetworkDuties& self, const Message& asked) { return self.play(asked); }},
      {"heal", [](NetworkDuties& self, const Message&) { return self.heal(); }},
      {"counters", [](NetworkDuties& self, const Message&) { return self.counters(); }},
      {"probe-send", [](NetworkDuties& self, const Message& asked) { return self.probe_send(asked); }},
      {"probe-received",
       [](NetworkDuties& self, const Message& asked) { return self.probe_received(asked); }},
      {"packets-ability",
       [](NetworkDuties& self, const Message& asked) { return self.packets_ability(asked); }},
      {"packets-shape", [](NetworkDuties& self, const Message& asked) { return self.packets_shape(asked); }},
      {"packets-restore", [](NetworkDuties& self, const Message&) { return self.packets_restore(); }},
      {"packets-counters", [](NetworkDuties& self, const Message&) { return self.packets_counters(); }},
      {"train-send", [](NetworkDuties& self, const Message& asked) { return self.train_send(asked); }},
      {"train-received",
       [](NetworkDuties& self, const Message& asked) { return self.train_received(asked); }},
      {"connections-ability", [](NetworkDuties& self, const Message&) { return self.connections_ability(); }},
      {"connections-reset",
       [](NetworkDuties& self, const Message& asked) { return self.connections_reset(asked); }},
      {"connections-forget",
       [](NetworkDuties& self, const Message& asked) { return self.connections_forget(asked); }},
      {"connections-close-slowly",
       [](NetworkDuties& self, const Message& asked) { return self.connections_close_slowly(asked); }},
      {"connections-lingering",
       [](NetworkDuties& self, const Message&) { return self.connections_lingering(); }},
      {"connections-heal", [](NetworkDuties& self, const Message&) { return self.connections_heal(); }},
      {"connections-ended",
       [](NetworkDuties& self, const Message&) {
         Message reply;
         reply.add("ended", self.ended_.load());
         return reply;
       }},
  };
  const auto found = table.find(request.verb);
  if (found == table.end()) return names_.perform(request);
  return found->second(*this, request);
}

void NetworkDuties::stop() {
  script_.stop();
  resets_.stop();
  queue_.reset();
  names_.stop();
}

cluster::Message NetworkDuties::cut(const Message& request) {
  journal_.add_network();
  cut_network(cut_in(request));
  return {};
}

cluster::Message NetworkDuties::play(const Message& request) {
  journal_.add_network();
  script_.stop();
  std::vector<CutScript::Step> steps;
  for (const std::string& text : request.all("step")) add_steps(text, steps);
  cut_network({});
  script_.play(std::move(steps), request.integer("period"));
  return {};
}

cluster::Message NetworkDuties::heal() {
  script_.stop();
  if (network_is_cut() && !heal_network()) throw AgentError("the table \"inet assay\" can't be deleted");
  if (!script_.trouble().empty()) throw AgentError(script_.trouble());
  return {};
}

cluster::Message NetworkDuties::counters() {
  const CutCounters counters = cut_counters();
  Message reply;
  reply.add("present", counters.present ? 1 : 0).add("played", script_.played());
  reply.add("in", counters.dropped_in).add("out", counters.dropped_out);
  return reply;
}

cluster::Message NetworkDuties::probe_send(const Message& request) {
  const std::vector<std::string> tokens = request.all("token");
  const std::vector<std::string> addresses = request.all("to");
  if (tokens.size() != addresses.size()) throw AgentError("a probe needs as many tokens as addresses");
  Message reply;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    reply.add("sent", probe_.send(tokens[i], addresses[i], static_cast<int>(request.integer("count", 3))));
  }
  return reply;
}

cluster::Message NetworkDuties::probe_received(const Message& request) {
  // The wait is shared by all tokens: packets that will never come cost it once.
  const std::int64_t deadline = monotonic_nanos() + request.integer("wait") * 1'000'000;
  Message reply;
  for (const std::string& token : request.all("token")) {
    const std::int64_t left = (deadline - monotonic_nanos()) / 1'000'000;
    reply.add("received", probe_.received(token, static_cast<int>(request.integer("count", 3)),
                                          static_cast<int>(left > 0 ? left : 0)));
  }
  return reply;
}

cluster::Message NetworkDuties::packets_ability(const Message& request) {
  Message reply;
  reply.add("no-netem", netem_unavailable(request.all("peer"))).add("no-queue", queue_unavailable());
  reply.add("no-netem-duplicates", netem_duplicates_unavailable());
  return reply;
}

// "from" and "from-quality", "clients-quality" (from clients) and "to-clients-quality" go to the queue, "to" and "to-quality" to
// netem.
cluster::Message NetworkDuties::packets_shape(const Message& request) {
  journal_.add_packets();
  const std::vector<std::string> sources = request.all("from");
  const std::vector<std::string> source_qualities = request.all("from-quality");
  const std::vector<std::string> destinations = request.all("to");
  const std::vector<std::string> destination_qualities = request.all("to-quality");
  if (sources.size() != source_qualities.size() || destinations.size() != destination_qualities.size())
    throw AgentError("every bad link needs a quality");
  const bool from_clients = request.has("clients-quality"), to_clients = request.has("to-clients-quality");
  if (!sources.empty() || from_clients || to_clients) {
    using Way = PacketQueue::Way;
    if (!queue_) queue_ = std::make_unique<PacketQueue>();
    for (std::size_t i = 0; i < sources.size(); ++i) {
      queue_->shape(Way::comes, sources[i], quality_from(source_qualities[i]));
      queued_.insert(sources[i]);
    }
    const Clients clients = from_clients || to_clients ? known_clients() : Clients();
    for (const std::string& address : clients.addresses) {
      if (from_clients) queue_->shape(Way::comes, address, quality_from(request.text("clients-quality")));
      if (to_clients) queue_->shape(Way::leaves, address, quality_from(request.text("to-clients-quality")));
    }
    queued_from_clients_ = queued_from_clients_ || from_clients;
    queued_to_clients_ = queued_to_clients_ || to_clients;
    const QueuedPackets packets{{queued_.begin(), queued_.end()}, queued_from_clients_, queued_to_clients_};
    for (const std::string& frame : frames_to_be_made(packets)) journal_.add_frame(frame);
    queue_packets(packets);
  }
  for (std::size_t i = 0; i < destinations.size(); ++i)
    departures_[destinations[i]] = quality_from(destination_qualities[i]);
  if (destinations.empty()) return {};
  std::vector<Departure> departures;
  for (const auto& [to, quality] : departures_) departures.push_back({to, quality});
  shape_departures(departures);
  return {};
}

cluster::Message NetworkDuties::packets_restore() {
  const bool healed = (!packets_are_touched() || heal_packets()) && journal_.undo_frames();
  queue_.reset();
  queued_.clear();
  queued_from_clients_ = queued_to_clients_ = false;
  departures_.clear();
  if (!healed) throw AgentError("the rules for packets can't be deleted");
  return {};
}

cluster::Message NetworkDuties::packets_counters() {
  const PacketQueue::Counters counters = queue_ ? queue_->counters() : PacketQueue::Counters();
  Message reply;
  reply.add("passed", counters.passed).add("lost", counters.lost).add("duplicated", counters.duplicated);
  reply.add("reordered", counters.reordered).add("corrupted", counters.corrupted);
  return reply;
}

cluster::Message NetworkDuties::train_send(const Message& request) {
  const std::vector<std::string> tokens = request.all("token");
  const std::vector<std::string> addresses = request.all("to");
  if (tokens.size() != addresses.size()) throw AgentError("a train needs as many tokens as addresses");
  probe_.send_train(tokens, addresses, static_cast<std::uint16_t>(request.integer("port", probe_.port())),
                    static_cast<int>(request.integer("count")), request.integer("interval"),
                    request.integer("size"));
  return {};
}

cluster::Message NetworkDuties::train_received(const Message& request) {
  const std::int64_t deadline = monotonic_nanos() + request.integer("wait") * 1'000'000;
  Message reply;
  for (const std::string& token : request.all("token")) {
    const std::int64_t left = (deadline - monotonic_nanos()) / 1'000'000;
    const ProbeListener::Train train = probe_.train(token, static_cast<int>(request.integer("count")),
                                                    static_cast<int>(left > 0 ? left : 0));
    reply.add("arrived", train.arrived).add("duplicates", train.duplicates).add("overtaken", train.overtaken);
    reply.add("delay", train.delay_median).add("span", train.span);
  }
  return reply;
}

cluster::Message NetworkDuties::connections_ability() {
  Message reply;
  reply.add("no-connections", sockets_unavailable()).add("no-slow-close", slow_close_unavailable());
  return reply;
}

cluster::Message NetworkDuties::connections_reset(const Message& request) {
  const Peers peers = peers_in(request);
  ended_ += reset_connections(peers);
  const std::int64_t period = request.integer("period");
  if (period == 0) return {};
  // The strobe calls twice a period, the first time at once.
  resets_.start(period / 2, [this, peers](bool turn) {
    if (turn) return;
    try {
      ended_ += reset_connections(peers);
    } catch (const std::exception&) {
      resets_failed_ = true;
    }
  });
  return {};
}

cluster::Message NetworkDuties::connections_forget(const Message& request) {
  journal_.add_connections();
  ended_ += forget_connections(peers_in(request));
  return {};
}

cluster::Message NetworkDuties::connections_close_slowly(const Message& request) {
  journal_.add_connections();
  const Peers peers = peers_in(request);
  closed_with_.clients = closed_with_.clients || peers.clients;
  closed_with_.addresses.insert(closed_with_.addresses.end(), peers.addresses.begin(), peers.addresses.end());
  ended_ += close_connections_slowly(peers);
  return {};
}

cluster::Message NetworkDuties::connections_lingering() {
  Message reply;
  const bool any = closed_with_.clients || !closed_with_.addresses.empty();
  reply.add("withheld", any ? ends_withheld() : 0)
      .add("closing", any ? connections_closing(closed_with_) : 0);
  return reply;
}

cluster::Message NetworkDuties::connections_heal() {
  resets_.stop();
  const bool healed = !connections_are_touched() || heal_connections();
  ended_ = 0;
  closed_with_ = Peers();
  if (!healed) throw AgentError("the table \"inet assay_connections\" can't be deleted");
  if (resets_failed_.exchange(false)) throw AgentError("ss could not end connections all the time");
  return {};
}

}  // namespace assay::agent
