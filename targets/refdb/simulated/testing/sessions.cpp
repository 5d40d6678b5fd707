#include "targets/refdb/simulated/testing/sessions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/core/plan.h"
#include "targets/refdb/simulated/make_simulated.h"

namespace assay::refdb {

std::unique_ptr<SimTarget> make_sim_target(const std::string& mode, std::uint64_t seed, int nodes,
                                           const OptionTexts& options, std::int64_t log_entries_kept) {
  Plan plan;
  plan.mode = mode;
  plan.seed = seed;
  plan.nodes = nodes;
  if (log_entries_kept > 0) plan.options.push_back({"log_entries_kept", Value(log_entries_kept)});
  for (const auto& [name, value] : options) plan.options.push_back({name, Value::text(value)});
  return std::unique_ptr<SimTarget>(static_cast<SimTarget*>(make_simulated(plan).release()));
}

void cut_off(SimTarget& target, NodeId node) {
  std::vector<Link> links;
  for (NodeId other = 0; other < static_cast<NodeId>(target.node_names().size()); ++other) {
    if (other != node) links.insert(links.end(), {{node, other}, {other, node}});
  }
  target.network()->cut(links);
}

std::function<void()> random_fault(SimTarget& target, Rng& rng) {
  const auto node = static_cast<NodeId>(rng.below(target.node_names().size()));
  switch (rng.below(6)) {
    case 0:
      cut_off(target, node);
      return [&target] { target.network()->heal(); };
    case 1:
      target.processes()->kill(node);
      break;
    case 2:
      target.processes()->pause(node);
      return [&target, node] { target.processes()->resume(node); };
    case 3:
      target.clocks()->strobe(node, 400 * kMillisecond, 20 * kMillisecond);
      return [&target, node] { target.clocks()->set_offset(node, 0); };
    case 4:
      target.clocks()->set_offset(node, rng.between(-5, 5) * kSecond);
      return [&target, node] { target.clocks()->set_offset(node, 0); };
    default:
      EXPECT_TRUE(target.disks()->power_loss(node).proved);
  }
  return [&target, node] { target.processes()->start(node); };
}

void Session::step() {
  if (busy_) return;
  busy_ = true;
  const bool write = ++steps_ % 2 == 1;
  Mop mop{write ? Fn::write : Fn::read, key_, write ? Value(++last_tried_) : Value(), Value()};
  client_->invoke({mop}, kSecond, [this](const Completion& completion) { finish(completion); });
}

void Session::connect() {
  const auto node = static_cast<NodeId>(static_cast<std::size_t>(key_) % target_.node_names().size());
  client_ = target_.connect(node, static_cast<ProcessId>(key_ + 100 * ++connects_));
}

void Session::finish(const Completion& completion) {
  busy_ = false;
  const Mop& mop = completion.mops.at(0);
  if (completion.outcome == Outcome::info) connect();
  if (completion.outcome != Outcome::ok) return;
  ++ok;
  const Value& seen = mop.fn == Fn::write ? mop.argument : mop.result;
  const std::int64_t count = seen.is_nil() ? 0 : seen.as_integer();
  went_back += count < lowest_ ? 1 : 0;
  lowest_ = std::max(lowest_, count);
}

SessionCluster::SessionCluster(std::unique_ptr<SimTarget> made, int sessions) : target(std::move(made)) {
  target->start();
  for (Key key = 0; key < sessions; ++key) sessions_.push_back(std::make_unique<Session>(*target, key));
}

void SessionCluster::run(Nanos duration) {
  const Nanos end = target->world().now() + duration;
  while (target->world().now() < end) {
    for (const auto& session : sessions_) session->step();
    target->world().wait(std::min(end, target->world().now() + 10 * kMillisecond));
  }
}

void SessionCluster::run_with_faults(int faults, Rng& rng) {
  for (int i = 0; i < faults; ++i) {
    const std::function<void()> heal = random_fault(*target, rng);
    run(rng.between(300, 1500) * kMillisecond);
    heal();
    run(rng.between(100, 900) * kMillisecond);
  }
}

int SessionCluster::ok() const {
  int sum = 0;
  for (const auto& session : sessions_) sum += session->ok;
  return sum;
}

int SessionCluster::went_back() const {
  int sum = 0;
  for (const auto& session : sessions_) sum += session->went_back;
  return sum;
}

std::int64_t SessionCluster::counter(const std::string& name) const {
  std::int64_t sum = 0;
  for (NodeId node = 0; node < static_cast<NodeId>(target->node_names().size()); ++node) {
    const auto status = target->status(node);
    if (!status) continue;
    for (const auto& [each, value] : status->counters) sum += each == name ? value : 0;
  }
  return sum;
}

}  // namespace assay::refdb
