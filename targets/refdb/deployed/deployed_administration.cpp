#include "targets/refdb/deployed/deployed_administration.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "targets/refdb/deployed/status_query.h"
#include "targets/refdb/replica/administration.h"

namespace assay::refdb {

namespace {

constexpr Nanos kAnswerTimeout = 300 * kMillisecond;
constexpr std::chrono::milliseconds kAskAgainAfter{20};

}  // namespace

DeployedAdministration::DeployedAdministration(const ProtocolPlugin& protocol, std::vector<std::string> names,
                                               std::vector<std::string> addresses, std::uint16_t http_port,
                                               Install install)
    : protocol_(protocol),
      names_(std::move(names)),
      addresses_(std::move(addresses)),
      http_port_(http_port),
      install_(std::move(install)) {}

std::optional<std::string> DeployedAdministration::lack(AdminMeans) { return lacking_orders(protocol_); }

std::optional<NodeId> DeployedAdministration::node_named(const std::string& name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return std::nullopt;
  return static_cast<NodeId>(found - names_.begin());
}

NodeViews DeployedAdministration::views() {
  NodeViews views;
  for (const auto& status : query_status(addresses_, http_port_, kAnswerTimeout)) {
    NodeView& view = views.emplace_back();
    if (!status) continue;
    view.answered = true;
    view.leader = node_named(status->leader);
    view.term = static_cast<std::int64_t>(status->term);
    view.version = status->version;
    for (const std::string& member : status->members) {
      if (const auto node = node_named(member)) view.members.push_back(*node);
    }
  }
  return views;
}

NodeViews DeployedAdministration::await(const std::function<bool(const NodeViews&)>& reached,
                                        Nanos patience) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience);
  boost::asio::io_context io;
  boost::asio::steady_timer timer(io);
  for (;;) {
    NodeViews seen = views();
    if (reached(seen) || std::chrono::steady_clock::now() >= end) return seen;
    timer.expires_after(kAskAgainAfter);
    timer.wait();
  }
}

std::string DeployedAdministration::give_leader(const std::string& order, NodeId about) {
  const std::optional<NodeId> leader = leading_node(views());
  if (!leader) return "no node leads";
  return post_order(addresses_[static_cast<std::size_t>(*leader)], http_port_,
                    "/orders/" + order + "/" + names_[static_cast<std::size_t>(about)], kAnswerTimeout);
}

std::string DeployedAdministration::transfer(NodeId to) { return give_leader("transfer", to); }

std::string DeployedAdministration::set_member(NodeId node, bool member) {
  return give_leader(member ? "add" : "remove", node);
}

}  // namespace assay::refdb
