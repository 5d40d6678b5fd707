#include "targets/maelstrom/routed_network.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "harness/core/assert.h"

namespace assay::maelstrom {

RoutedNetwork::RoutedNetwork(boost::asio::io_context& io, World& world, int nodes, int services,
                             const NetworkSettings& settings, const Rng& rng)
    : io_(io),
      world_(world),
      nodes_(static_cast<NodeId>(nodes)),
      ends_(static_cast<NodeId>(nodes + services + 1)),
      settings_(settings),
      timer_(io),
      rng_(rng.fork("network")) {
  const auto links = static_cast<std::size_t>(ends_) * static_cast<std::size_t>(ends_);
  cut_.assign(links, 0);
  fates_.resize(links);
}

RoutedNetwork::~RoutedNetwork() = default;

std::size_t RoutedNetwork::index(NodeId from, NodeId to) const {
  const auto place = [this](NodeId end) {
    const NodeId at = end == kClients ? static_cast<NodeId>(ends_ - 1) : end;
    ASSAY_ASSERT(at >= 0 && at < ends_);
    return static_cast<std::size_t>(at);
  };
  return place(from) * static_cast<std::size_t>(ends_) + place(to);
}

bool RoutedNetwork::is_cut(const Link& link, Nanos now) const {
  if (cut_[index(link.from, link.to)] != 0) return true;
  if (script_.empty()) return false;
  const Nanos moment = (now - script_begin_) % script_period_;
  return std::any_of(script_.begin(), script_.end(), [&](const TimedCut& timed) {
    return timed.link == link && moment >= timed.begin && moment < timed.end;
  });
}

Nanos RoutedNetwork::latency() {
  const Nanos mean = settings_.latency;
  if (mean == 0) return 0;
  switch (settings_.spread) {
    case NetworkSettings::Spread::constant:
      return mean;
    case NetworkSettings::Spread::uniform:
      return rng_.between(0, 2 * mean);
    case NetworkSettings::Spread::exponential:
      return rng_.exponential(mean);
  }
  return mean;
}

RoutedNetwork::Arrivals RoutedNetwork::passages(NodeId from, NodeId to, std::size_t size_bytes, Nanos now) {
  Arrivals arrivals;
  arrivals.cut = is_cut({from, to}, now);
  if (arrivals.cut) return arrivals;
  if (from == kClients || to == kClients) {
    arrivals.at[arrivals.count++] = now;
    return arrivals;
  }
  if (settings_.loss_ppm > 0 && rng_.chance(static_cast<std::uint64_t>(settings_.loss_ppm), 1'000'000))
    return arrivals;
  PacketFates* fates = fates_[index(from, to)].get();
  if (fates == nullptr) {
    arrivals.at[arrivals.count++] = now + latency();
    return arrivals;
  }
  const auto fate = fates->next(now, static_cast<std::int64_t>(size_bytes) + kHeaderBytes);
  if (fate.corrupted) return arrivals;  // a checksum finds it
  for (int copy = 0; copy < fate.copies; ++copy)
    arrivals.at[arrivals.count++] = fate.leaves[copy] + latency();
  return arrivals;
}

void RoutedNetwork::send(NodeId from, NodeId to, std::size_t size_bytes, Task arrive) {
  {
    const std::lock_guard lock(mutex_);
    const Nanos now = world_.now();
    const bool clients = from == kClients || to == kClients;
    ++(clients                        ? totals_.of_clients
       : is_node(from) && is_node(to) ? totals_.between_nodes
                                      : totals_.of_services);
    const Arrivals arrivals = passages(from, to, size_bytes, now);
    if (arrivals.count == 0) {
      ++(arrivals.cut ? totals_.cut : totals_.lost);
      return;
    }
    if (arrivals.count > 1 || arrivals.at[0] > now) {
      const auto passage =
          std::make_shared<Passage>(Passage{from, to, Passage::Kind::message, std::move(arrive)});
      for (int copy = 0; copy < arrivals.count; ++copy) put(arrivals.at[copy], passage);
      arrive = nullptr;
    }
  }
  arrive ? arrive() : arm();
}

NetworkTotals RoutedNetwork::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

// Requires: the lock is held.
void RoutedNetwork::put(Nanos at, std::shared_ptr<Passage> passage) {
  queue_.push({at, ++numbered_, std::move(passage)});
}

// On the loop's thread.
void RoutedNetwork::arm() {
  Nanos next = kNever;
  {
    const std::lock_guard lock(mutex_);
    if (!queue_.empty()) next = queue_.top().at;
  }
  if (next >= armed_for_) return;
  armed_for_ = next;
  timer_.expires_after(std::chrono::nanoseconds(std::max<Nanos>(0, next - world_.now())));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // it was set anew
    armed_for_ = kNever;
    deliver();
  });
}

void RoutedNetwork::deliver() {
  while (true) {
    std::shared_ptr<Passage> passage;
    bool cut = false, probing = false;
    {
      const std::lock_guard lock(mutex_);
      const Nanos now = world_.now();
      if (queue_.empty() || queue_.top().at > now) break;
      passage = queue_.top().passage;
      queue_.pop();
      cut = passage->kind != Passage::Kind::event && is_cut({passage->from, passage->to}, now);
      totals_.cut += cut && passage->kind == Passage::Kind::message ? 1 : 0;
      probing = probing_ > 0;
    }
    if (!cut) passage->arrive();
    passage.reset();
    if (!probing) continue;
    const std::lock_guard lock(mutex_);
    arrived_.notify_all();
  }
  arm();
}

void RoutedNetwork::cut(std::span<const Link> links) {
  const std::lock_guard lock(mutex_);
  for (const Link& link : links) cut_[index(link.from, link.to)] = 1;
}

void RoutedNetwork::play(std::span<const TimedCut> script, Nanos period) {
  const std::lock_guard lock(mutex_);
  script_.assign(script.begin(), script.end());
  script_begin_ = world_.now();
  script_period_ = period;
}

std::int64_t RoutedNetwork::turns(Nanos now) const {
  if (script_.empty()) return 0;
  const Nanos rounds = (now - script_begin_) / script_period_,
              moment = (now - script_begin_) % script_period_;
  std::int64_t count = 0;
  for (const TimedCut& timed : script_)
    count += 2 * rounds + (moment >= timed.begin ? 1 : 0) + (moment >= timed.end ? 1 : 0);
  return count;
}

std::int64_t RoutedNetwork::played() {
  const std::lock_guard lock(mutex_);
  return turns(world_.now());
}

void RoutedNetwork::heal() {
  const std::lock_guard lock(mutex_);
  std::fill(cut_.begin(), cut_.end(), static_cast<unsigned char>(0));
  script_.clear();
}

void RoutedNetwork::shape(std::span<const ShapedLink> links) {
  const std::lock_guard lock(mutex_);
  shaped_ = true;
  for (const ShapedLink& link : links) {
    // A generator of its own: what one link draws moves no other.
    fates_[index(link.link.from, link.link.to)] =
        std::make_unique<PacketFates>(link.quality, rng_.fork("shape", ++shapes_made_));
  }
}

void RoutedNetwork::restore() {
  const std::lock_guard lock(mutex_);
  shaped_ = false;
  for (auto& fates : fates_) fates.reset();
}

}  // namespace assay::maelstrom
