// The part of SimNetwork that makes links bad and measures how bad they are.
#include <algorithm>
#include <utility>

#include "harness/sim/sim_network.h"

namespace assay::sim {

void SimNetwork::shape(std::span<const ShapedLink> links) {
  shapers_.resize(cut_.size());
  for (const ShapedLink& shaped : links) {
    const std::size_t link = index(shaped.link.from, shaped.link.to);
    // A generator of its own: what one link draws moves no other.
    shapers_[link] = std::make_unique<PacketFates>(shaped.quality, rng_.fork("shape", ++shapes_made_));
  }
}

int SimNetwork::shaped_passages(std::size_t link, int count, std::size_t size_bytes,
                                Nanos (&arrives)[kCopiesMax]) {
  int passing = 0;
  for (int copy = 0; copy < count; ++copy) {
    const PacketFates::Fate fate =
        shapers_[link]->next(simulator_.now(), static_cast<std::int64_t>(size_bytes) + kHeaderBytes);
    counters_.lost += fate.copies == 0 ? 1 : 0;
    counters_.duplicated += fate.copies == 2 ? 1 : 0;
    counters_.reordered += fate.reordered ? 1 : 0;
    if (fate.copies > 0 && fate.corrupted) {
      ++counters_.corrupted;
      continue;
    }
    for (int i = 0; i < fate.copies; ++i) arrives[passing++] = arrival(link, fate.leaves[i], fate.reordered);
  }
  return passing;
}

Nanos SimNetwork::stream_delay(NodeId from, NodeId to, std::size_t size_bytes) {
  // As TCP's first timeout, which doubles; it gives up at some time, which is not ours to say.
  constexpr Nanos kFirstTimeout = 200 * kMillisecond, kPatience = 60 * kSecond;
  PacketFates* const shaper = shapers_.empty() ? nullptr : shapers_[index(from, to)].get();
  if (shaper == nullptr) return 0;
  const Nanos now = simulator_.now();
  Nanos waited = 0;
  for (Nanos timeout = kFirstTimeout; waited < kPatience; timeout *= 2) {
    const PacketFates::Fate fate = shaper->next(now, static_cast<std::int64_t>(size_bytes) + kHeaderBytes);
    if (fate.copies > 0 && !fate.corrupted) return waited + fate.leaves[0] - now;
    waited += timeout;
  }
  return waited;
}

Nanos SimNetwork::longest_passage() const {
  // The tail of an exponential distribution is longer than 40 means once in 10^17 draws.
  const Nanos unshaped = config_.latency.base + 40 * config_.latency.tail_mean + config_.reorder_delay_max;
  Nanos longest = 0;
  for (const auto& shaper : shapers_) {
    if (shaper == nullptr) continue;
    const PacketQuality& quality = shaper->quality();
    const bool tail = quality.spread == PacketQuality::Spread::exponential;
    Nanos passage = quality.delay + (tail ? 40 : 6) * quality.jitter;
    if (quality.rate > 0) passage += PacketFates::kQueueMax + kMillisecond;
    if (quality.reorder_ppm > 0) passage += quality.reorder_delay_max;
    longest = std::max(longest, passage);
  }
  return unshaped + longest;
}

void SimNetwork::transmit_gauge(std::size_t slot, int sequence, std::int64_t size_bytes) {
  LinkGauge& gauge = gauges_[slot];
  const std::size_t link = index(gauge.link().from, gauge.link().to);
  gauge.left(static_cast<std::size_t>(sequence), simulator_.now());
  Nanos arrives[kCopiesMax];
  const int count = passages(link, static_cast<std::size_t>(size_bytes - kHeaderBytes), arrives);
  for (int copy = 0; copy < count; ++copy) {
    simulator_.at(arrives[copy],
                  [this, slot, sequence, link, epoch = epochs_[link], generation = gauge_generation_] {
                    if (blocked_on_arrival(link, epoch)) return;
                    ++counters_.delivered;
                    if (generation != gauge_generation_) return;
                    gauges_[slot].came(static_cast<std::size_t>(sequence), simulator_.now());
                  });
  }
}

std::vector<LinkMeasure> SimNetwork::measure(std::span<const Link> links, const ProbePlan& plan) {
  ASSAY_ASSERT(plan.count > 0 && plan.size_bytes >= kHeaderBytes);
  ++gauge_generation_;
  gauges_.clear();
  for (std::size_t slot = 0; slot < links.size(); ++slot) {
    gauges_.emplace_back(links[slot], static_cast<std::size_t>(plan.count));
    for (int i = 0; i < plan.count; ++i) {
      simulator_.after(i * plan.interval, [this, slot, i, size_bytes = plan.size_bytes] {
        transmit_gauge(slot, i, size_bytes);
      });
    }
  }
  simulator_.run_until(simulator_.now() + plan.count * plan.interval + longest_passage() + kMillisecond);

  std::vector<LinkMeasure> measures;
  for (const LinkGauge& gauge : gauges_) measures.push_back(gauge.result(plan.size_bytes));
  return measures;
}

}  // namespace assay::sim
