#include "targets/refdb/simulated/sim_administration.h"

#include "targets/refdb/replica/administration.h"
#include "targets/refdb/replica/builds.h"

namespace assay::refdb {

namespace {

constexpr Nanos kAskEvery = 5 * kMillisecond;

}  // namespace

std::optional<std::string> SimAdministration::lack(AdminMeans) { return lacking_orders(plugin_); }

NodeViews SimAdministration::views() {
  NodeViews views;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const bool runs = processes_.state(static_cast<NodeId>(node)) == Processes::State::running;
    const std::optional<ReplicaStatus> status = runs ? nodes_[node]->status() : std::nullopt;
    views.push_back(status ? view_of(*status, nodes_.size()) : NodeView());
    if (status) views.back().version = version_text(ASSAY_VERSION, nodes_[node]->format_level());
  }
  return views;
}

NodeViews SimAdministration::await(const std::function<bool(const NodeViews&)>& reached, Nanos patience) {
  const Nanos end = world_.now() + patience;
  for (;;) {
    NodeViews seen = views();
    if (reached(seen) || world_.now() >= end) return seen;
    world_.let_pass(kAskEvery);
  }
}

std::string SimAdministration::give_leader(const Order& order) {
  const std::optional<NodeId> leader = leading_node(views());
  if (!leader) return "no node leads";
  return nodes_[static_cast<std::size_t>(*leader)]->order(order);
}

std::string SimAdministration::transfer(NodeId to) {
  return give_leader({Order::Kind::transfer, static_cast<PeerId>(to)});
}

std::string SimAdministration::set_member(NodeId node, bool member) {
  return give_leader(
      {member ? Order::Kind::add_member : Order::Kind::remove_member, static_cast<PeerId>(node)});
}

std::string SimAdministration::set_build(NodeId node, bool newer) {
  const int level = newer ? kNewestFormatLevel : kFirstFormatLevel;
  nodes_[static_cast<std::size_t>(node)]->set_format_level(level);
  return version_text(ASSAY_VERSION, level);
}

}  // namespace assay::refdb
