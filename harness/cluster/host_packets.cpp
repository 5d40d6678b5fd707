#include "harness/cluster/host_packets.h"

#include <algorithm>
#include <atomic>

#include "harness/core/assert.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

std::size_t position_of(NodeId node) {
  ASSAY_ASSERT(node >= 0);
  return static_cast<std::size_t>(node);
}

Message asking(const std::string& verb) {
  Message message;
  message.verb = verb;
  return message;
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
    Message request = asking("packets-ability");
    for (const auto& other : links_) {
      if (other.get() != &link) request.add("peer", other->host().node_address);
    }
    const Message reply = link.request(request);
    abilities_[i].netem = reply.text("no-netem").empty();
    abilities_[i].queue = reply.text("no-queue").empty();
    if (!abilities_[i].netem && !abilities_[i].queue)
      lacks[i] = link.host().name + ": " + reply.text("no-netem") + "; " + reply.text("no-queue");
  });
  for (std::string& lack : lacks) {
    if (lack_.empty()) lack_ = std::move(lack);
  }
}

bool HostPackets::by_netem(const ShapedLink& link) const {
  return abilities_[position_of(link.link.from)].netem && netem_can(link.quality);
}

void HostPackets::shape(std::span<const ShapedLink> links) {
  std::vector<Message> requests(links_.size(), asking("packets-shape"));
  for (const ShapedLink& shaped : links) {
    const std::string quality = format_packet_quality(shaped.quality);
    const Host& from = links_[position_of(shaped.link.from)]->host();
    const Host& to = links_[position_of(shaped.link.to)]->host();
    if (by_netem(shaped)) {
      used_netem_ = true;
      requests[position_of(shaped.link.from)].add("to", to.node_address).add("to-quality", quality);
      continue;
    }
    if (!abilities_[position_of(shaped.link.to)].queue)
      throw HarnessError(to.name + ": it has no packet queue, and netem can't do " + quality);
    used_queue_ = true;
    requests[position_of(shaped.link.to)].add("from", from.node_address).add("from-quality", quality);
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i]);
  });
}

void HostPackets::restore() {
  for_each_link(links_, [](std::size_t, HostLink& link) { link.request("packets-restore"); });
}

std::string HostPackets::mechanism() const {
  if (used_netem_ && used_queue_) return "netem,nfqueue";
  return used_netem_ ? "netem" : "nfqueue";
}

std::vector<LinkMeasure> HostPackets::measure(std::span<const Link> links, const ProbePlan& plan) {
  std::vector<Message> sending(links_.size(), asking("train-send"));
  std::vector<Message> receiving(links_.size(), asking("train-received"));
  std::vector<std::vector<std::size_t>> arriving(links_.size());
  std::vector<LinkMeasure> measures(links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string token = std::to_string(++trains_);
    measures[i].link = links[i];
    measures[i].sent = plan.count;
    sending[position_of(links[i].from)]
        .add("token", token)
        .add("to", links_[position_of(links[i].to)]->host().node_address);
    receiving[position_of(links[i].to)].add("token", token);
    arriving[position_of(links[i].to)].push_back(i);
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (sending[i].fields.empty()) return;
    link.request(
        sending[i].add("count", plan.count).add("interval", plan.interval).add("size", plan.size_bytes));
  });
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (arriving[i].empty()) return;
    const Message reply =
        link.request(receiving[i].add("count", plan.count).add("wait", plan.patience / kMillisecond));
    const std::vector<std::string> arrived = reply.all("arrived");
    if (arrived.size() != arriving[i].size())
      throw HarnessError(link.host().name + ": its agent lost a train of probes");
    for (std::size_t k = 0; k < arrived.size(); ++k) {
      LinkMeasure& measure = measures[arriving[i][k]];
      measure.arrived = number_at(arrived, k);
      measure.duplicates = number_at(reply.all("duplicates"), k);
      measure.overtaken = number_at(reply.all("overtaken"), k);
      measure.delay_median = number_at(reply.all("delay"), k);
      const std::int64_t span = number_at(reply.all("span"), k);
      if (span > 0) measure.rate = (measure.arrived - 1) * plan.size_bytes * 8 * kSecond / span;
    }
  });
  return measures;
}

HostConnections::HostConnections(const Links& links) : links_(links) {
  std::vector<std::string> lacks(links.size());
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    const std::string lack = link.request("connections-ability").text("no-connections");
    if (!lack.empty()) lacks[i] = link.host().name + ": " + lack;
  });
  for (std::string& lack : lacks) {
    if (lack_.empty()) lack_ = std::move(lack);
  }
}

void HostConnections::reset(std::span<const Link> links, Nanos period) {
  std::vector<Message> requests(links_.size(), asking("connections-reset"));
  for (const Link& link : links) {
    if (link.from == kClients) {
      requests[position_of(link.to)].add("clients", 1);
    } else if (link.to == kClients) {
      requests[position_of(link.from)].add("clients", 1);
    } else {
      requests[position_of(link.from)].add("peer", links_[position_of(link.to)]->host().node_address);
    }
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i].add("period", period));
  });
}

void HostConnections::forget(std::span<const Link> links) {
  std::vector<Message> requests(links_.size(), asking("connections-forget"));
  for (const Link& link : links) {
    ASSAY_ASSERT(link.from != kClients);
    if (link.to == kClients) {
      requests[position_of(link.from)].add("clients", 1);
    } else {
      requests[position_of(link.from)].add("peer", links_[position_of(link.to)]->host().node_address);
    }
  }
  for_each_link(links_, [&](std::size_t i, HostLink& link) {
    if (!requests[i].fields.empty()) link.request(requests[i]);
  });
}

void HostConnections::heal() {
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
