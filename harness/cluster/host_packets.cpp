#include "harness/cluster/host_packets.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

std::size_t position_of(NodeId node) {
  ASSAY_ASSERT(node >= 0);
  return static_cast<std::size_t>(node);
}

// netem has no exponential spread, and reorders only what it doesn't delay otherwise.
bool netem_can(const PacketQuality& quality) {
  const bool spread = quality.jitter == 0 || quality.spread != PacketQuality::Spread::exponential;
  return spread && (quality.reorder_ppm == 0 || quality.delay == 0);
}

std::int64_t number_at(const std::vector<std::string>& texts, std::size_t i) { return std::stoll(texts[i]); }

}  // namespace

HostPackets::HostPackets(const Links& links) : links_(links), abilities_(links.size()) {
  std::vector<std::string> lacks(links.size());
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    Message request = Message::asking("packets-ability");
    for (const auto& other : links_) {
      if (other.get() != &link) request.add("peer", other->host().node_address);
    }
    const Message reply = link.request(request);
    abilities_[i].netem = reply.text("no-netem").empty();
    abilities_[i].netem_duplicates = reply.text("no-netem-duplicates").empty();
    abilities_[i].queue = reply.text("no-queue").empty();
    if (!abilities_[i].netem && !abilities_[i].queue)
      lacks[i] = link.host().name + ": " + reply.text("no-netem") + "; " + reply.text("no-queue");
  });
  for (std::string& lack : lacks) {
    if (lack_.empty()) lack_ = std::move(lack);
  }
}

bool HostPackets::by_netem(const ShapedLink& link) const {
  if (link.link.from == kClients || link.link.to == kClients) return false;
  const Ability& ability = abilities_[position_of(link.link.from)];
  return ability.netem && netem_can(link.quality) &&
         (link.quality.duplicate_ppm == 0 || ability.netem_duplicates);
}

void HostPackets::shape_client_link(const ShapedLink& shaped, std::vector<Message>& requests) {
  const bool to_clients = shaped.link.to == kClients;
  const std::size_t node = position_of(to_clients ? shaped.link.from : shaped.link.to);
  if (!abilities_[node].queue)
    throw HarnessError(links_[node]->host().name + ": it has no packet queue, which links of clients need");
  used_queue_ = true;
  requests[node].add(to_clients ? "to-clients-quality" : "clients-quality",
                     format_packet_quality(shaped.quality));
}

void HostPackets::shape(std::span<const ShapedLink> links) {
  std::vector<Message> requests(links_.size(), Message::asking("packets-shape"));
  for (const ShapedLink& shaped : links) {
    if (shaped.link.from == kClients || shaped.link.to == kClients) {
      shape_client_link(shaped, requests);
      continue;
    }
    const std::string quality = format_packet_quality(shaped.quality);
    const Host& to = links_[position_of(shaped.link.to)]->host();
    if (by_netem(shaped)) {
      used_netem_ = true;
      for (const std::string& address : links_[position_of(shaped.link.to)]->addresses())
        requests[position_of(shaped.link.from)].add("to", address).add("to-quality", quality);
      continue;
    }
    if (!abilities_[position_of(shaped.link.to)].queue)
      throw HarnessError(to.name + ": it has no packet queue, and netem can't do " + quality);
    used_queue_ = true;
    for (const std::string& address : links_[position_of(shaped.link.from)]->addresses())
      requests[position_of(shaped.link.to)].add("from", address).add("from-quality", quality);
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i]);
  });
}

void HostPackets::restore() {
  for_each_link(links_, [](std::size_t, HostLink& link) { link.request("packets-restore"); });
  used_netem_ = used_queue_ = false;
}

std::string HostPackets::mechanism() const {
  bool netem = used_netem_, queue = used_queue_;
  if (!netem && !queue) {
    for (const Ability& ability : abilities_) (ability.netem ? netem : queue) = true;
  }
  if (netem && queue) return "netem,nfqueue";
  return netem ? "netem" : "nfqueue";
}

agent::ProbeListener& HostPackets::listener() {
  if (!listener_) listener_ = std::make_unique<agent::ProbeListener>(std::uint16_t{0});
  return *listener_;
}

namespace {

// What is sent and received at one end, by the number of the link: as requests to an agent, or done here.
struct TrainEnd {
  std::vector<std::string> tokens, addresses;  // to send
  std::vector<std::size_t> arriving;           // links that end here
  std::vector<std::string> awaited;            // their tokens
};

void fill_in(LinkMeasure& measure, const agent::ProbeListener::Train& train, const ProbePlan& plan) {
  measure.arrived = train.arrived;
  measure.duplicates = train.duplicates;
  measure.overtaken = train.overtaken;
  measure.delay_median = train.delay_median;
  if (train.span > 0) measure.rate = (train.arrived - 1) * plan.size_bytes * 8 * kSecond / train.span;
}

void take_reply(const Message& reply, const TrainEnd& end, const ProbePlan& plan,
                std::vector<LinkMeasure>& measures) {
  for (std::size_t k = 0; k < end.arriving.size(); ++k) {
    fill_in(measures[end.arriving[k]],
            {.arrived = number_at(reply.all("arrived"), k),
             .duplicates = number_at(reply.all("duplicates"), k),
             .overtaken = number_at(reply.all("overtaken"), k),
             .delay_median = number_at(reply.all("delay"), k),
             .span = number_at(reply.all("span"), k)},
            plan);
  }
}

}  // namespace

std::vector<LinkMeasure> HostPackets::measure(std::span<const Link> links, const ProbePlan& plan) {
  std::vector<TrainEnd> nodes(links_.size()), to_clients(links_.size());
  TrainEnd here;
  std::vector<LinkMeasure> measures(links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto [from, to] = std::pair(links[i].from, links[i].to);
    const std::string token = std::to_string(++trains_);
    measures[i].link = links[i];
    measures[i].sent = plan.count;
    TrainEnd& sender = from == kClients ? here : (to == kClients ? to_clients : nodes)[position_of(from)];
    TrainEnd& receiver = to == kClients ? here : nodes[position_of(to)];
    const Host& node = links_[position_of(from == kClients ? to : to == kClients ? from : to)]->host();
    sender.tokens.push_back(token);
    sender.addresses.push_back(to == kClients ? source_towards(node.node_address) : node.node_address);
    receiver.arriving.push_back(i);
    receiver.awaited.push_back(token);
  }
  const auto ask_to_send = [&](HostLink& link, const TrainEnd& end, std::int64_t port) {
    if (end.tokens.empty()) return;
    Message request = Message::asking("train-send");
    for (std::size_t k = 0; k < end.tokens.size(); ++k)
      request.add("token", end.tokens[k]).add("to", end.addresses[k]);
    if (port != 0) request.add("port", port);
    link.request(
        request.add("count", plan.count).add("interval", plan.interval).add("size", plan.size_bytes));
  };
  const bool clients = !here.tokens.empty() || !here.arriving.empty();
  const std::int64_t own_port = clients ? listener().port() : 0;
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    ask_to_send(link, nodes[i], 0);
    ask_to_send(link, to_clients[i], own_port);
  });
  if (!here.tokens.empty()) {
    listener().send_train(here.tokens, here.addresses, links_.front()->probe_port(), plan.count,
                          plan.interval, plan.size_bytes);
  }
  const auto patience = plan.patience / kMillisecond;
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    const TrainEnd& end = nodes[i];
    if (end.arriving.empty()) return;
    Message request = Message::asking("train-received");
    for (const std::string& token : end.awaited) request.add("token", token);
    const Message reply = link.request(request.add("count", plan.count).add("wait", patience));
    if (reply.all("arrived").size() != end.arriving.size())
      throw HarnessError(link.host().name + ": its agent lost a train of probes");
    take_reply(reply, end, plan, measures);
  });
  for (std::size_t k = 0; k < here.arriving.size(); ++k) {
    fill_in(measures[here.arriving[k]],
            listener().train(here.awaited[k], plan.count, static_cast<int>(patience)), plan);
  }
  return measures;
}

HostConnections::HostConnections(const Links& links) : links_(links) {
  std::vector<Message> abilities(links.size());
  for_each_link(links_,
                [&](std::size_t i, HostLink& link) { abilities[i] = link.request("connections-ability"); });
  const auto first = [&](const char* field) {
    for (std::size_t i = 0; i < abilities.size(); ++i) {
      const std::string lack = abilities[i].text(field);
      if (!lack.empty()) return links_[i]->host().name + ": " + lack;
    }
    return std::string();
  };
  lack_ = first("no-connections");
  lack_of_slow_close_ = first("no-slow-close");
}

void HostConnections::reset(std::span<const Link> links, Nanos period) {
  std::vector<Message> requests(links_.size(), Message::asking("connections-reset"));
  for (const Link& link : links) {
    if (link.from == kClients) {
      requests[position_of(link.to)].add("clients", 1);
    } else if (link.to == kClients) {
      requests[position_of(link.from)].add("clients", 1);
    } else {
      for (const std::string& address : links_[position_of(link.to)]->addresses())
        requests[position_of(link.from)].add("peer", address);
    }
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i].add("period", period));
  });
}

std::string HostConnections::mechanism() const {
  std::string means = closed_ ? "pidfd_getfd" : "SOCK_DESTROY";
  for (const char* rules : {"nftables", "iptables"}) {
    const bool used =
        (forgot_ || closed_) && std::any_of(links_.begin(), links_.end(), [&](const auto& link) {
          return link->abilities().text("network-means") == rules;
        });
    if (used) means += std::string(",") + rules;
  }
  return means;
}

void HostConnections::forget(std::span<const Link> links) {
  forgot_ = true;
  const std::vector<Message> requests = requests_at_beginning(links, "connections-forget");
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i]);
  });
}

std::optional<std::string> HostConnections::lack_of_slow_close() {
  return lack_of_slow_close_.empty() ? std::nullopt : std::optional(lack_of_slow_close_);
}

void HostConnections::close_slowly(std::span<const Link> links) {
  closed_ = true;
  const std::vector<Message> requests = requests_at_beginning(links, "connections-close-slowly");
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i]);
  });
}

// The kernel may have something else to send on a connection before its end.
Connections::Lingering HostConnections::lingering() {
  constexpr int kLooks = 50;
  for (int look = 1;; ++look) {
    std::atomic<std::int64_t> withheld{0}, closing{0};
    for_each_link(links_, [&](std::size_t, HostLink& link) {
      const Message reply = link.request("connections-lingering");
      withheld += reply.integer("withheld");
      closing += reply.integer("closing");
    });
    if (withheld > 0 || look == kLooks || ended() == 0) return {withheld, closing};
    ::poll(nullptr, 0, 20);
  }
}

std::vector<Message> HostConnections::requests_at_beginning(std::span<const Link> links,
                                                            const std::string& verb) const {
  std::vector<Message> requests(links_.size(), Message::asking(verb));
  for (const Link& link : links) {
    ASSAY_ASSERT(link.from != kClients);
    if (link.to == kClients) {
      requests[position_of(link.from)].add("clients", 1);
    } else {
      for (const std::string& address : links_[position_of(link.to)]->addresses())
        requests[position_of(link.from)].add("peer", address);
    }
  }
  return requests;
}

void HostConnections::heal() {
  forgot_ = closed_ = false;
  for_each_link(links_, [](std::size_t, HostLink& link) { link.request("connections-heal"); });
}

std::int64_t HostConnections::ended() {
  std::atomic<std::int64_t> ended{0};
  for_each_link(links_, [&](std::size_t, HostLink& link) {
    ended += link.request("connections-ended").integer("ended");
  });
  return ended;
}

}  // namespace assay::cluster
