// The part of RoutedNetwork that measures it: probes that travel among the messages, sent from the thread of faults.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "harness/core/link_gauge.h"
#include "targets/maelstrom/routed_network.h"

namespace assay::maelstrom {

namespace {

// Beyond when the last probe should have arrived, on a busy machine.
constexpr Nanos kPatience = 5 * kSecond;

std::string name_of(NodeId end) { return end == kClients ? "clients" : "n" + std::to_string(end + 1); }

}  // namespace

// What arrived of the probes over each link. Every probe that is under way holds it.
struct RoutedNetwork::Gauges {
  std::vector<LinkGauge> links;

  Gauges(std::span<const Link> wanted, std::size_t probes) {
    for (const Link& link : wanted) links.emplace_back(link, probes);
  }
};

// Requires: the lock is held.
void RoutedNetwork::send_probe(const std::shared_ptr<Gauges>& gauges, std::size_t slot, std::size_t sequence,
                               std::int64_t size_bytes) {
  LinkGauge& gauge = gauges->links[slot];
  const Link link = gauge.link();
  const Nanos now = world_.now();
  gauge.left(sequence, now);
  const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(0, size_bytes - kHeaderBytes));
  const Arrivals arrivals = passages(link.from, link.to, bytes, now);
  const auto arrive = [this, gauges, slot, sequence] {
    const std::lock_guard lock(mutex_);
    gauges->links[slot].came(sequence, world_.now());
  };
  const auto passage = std::make_shared<Passage>(Passage{link.from, link.to, Passage::Kind::probe, arrive});
  for (int copy = 0; copy < arrivals.count; ++copy) put(arrivals.at[copy], passage);
}

// Until no probe holds the gauges any more.
void RoutedNetwork::await(const std::shared_ptr<Gauges>& gauges, std::unique_lock<std::mutex>& lock,
                          Nanos latest) {
  ++probing_;
  boost::asio::post(io_, [this] { arm(); });
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::nanoseconds(std::max<Nanos>(0, latest - world_.now()) + kPatience);
  arrived_.wait_until(lock, end, [&] { return gauges.use_count() == 1; });
  --probing_;
}

Evidence RoutedNetwork::probe(std::span<const Link> links, bool expect_open) {
  std::unique_lock lock(mutex_);
  const int probes = shaped_ || settings_.loss_ppm > 0 ? kProbesOfBadLinks : kProbes;
  const auto gauges = std::make_shared<Gauges>(links, static_cast<std::size_t>(probes));
  for (std::size_t slot = 0; slot < links.size(); ++slot) {
    for (int i = 0; i < probes; ++i) send_probe(gauges, slot, static_cast<std::size_t>(i), kHeaderBytes);
  }
  // A queue may be long: the last of them is what is waited for.
  await(gauges, lock, world_.now() + PacketFates::kQueueMax);

  std::int64_t open = 0, arrived = 0;
  std::vector<Value> unexpected;
  for (const LinkGauge& gauge : gauges->links) {
    arrived += gauge.arrived();
    const bool is_open = gauge.arrived() > 0;
    open += is_open ? 1 : 0;
    if (is_open != expect_open) {
      const Link& link = gauge.link();
      unexpected.push_back(Value::text(name_of(link.from) + ">" + name_of(link.to)));
    }
  }
  const auto count = static_cast<std::int64_t>(links.size());
  Evidence evidence{.proved = unexpected.empty(),
                    .facts = {{"links probed", count},
                              {"probes sent", count * probes},
                              {"probes arrived", arrived},
                              {"links open", open}}};
  if (!unexpected.empty()) evidence.facts.push_back({"not as expected", Value::list(std::move(unexpected))});
  return evidence;
}

std::vector<LinkMeasure> RoutedNetwork::measure(std::span<const Link> links, const ProbePlan& plan) {
  std::unique_lock lock(mutex_);
  const auto gauges = std::make_shared<Gauges>(links, static_cast<std::size_t>(plan.count));
  const Nanos begin = world_.now();
  for (int i = 0; i < plan.count; ++i) {
    const auto send_all = [this, gauges, i, size_bytes = plan.size_bytes] {
      const std::lock_guard sending(mutex_);
      for (std::size_t slot = 0; slot < gauges->links.size(); ++slot)
        send_probe(gauges, slot, static_cast<std::size_t>(i), size_bytes);
    };
    put(begin + i * plan.interval, std::make_shared<Passage>(Passage{0, 0, Passage::Kind::event, send_all}));
  }
  await(gauges, lock, begin + plan.count * plan.interval + plan.patience);

  std::vector<LinkMeasure> measures;
  for (const LinkGauge& gauge : gauges->links) measures.push_back(gauge.result(plan.size_bytes));
  return measures;
}

}  // namespace assay::maelstrom
