// What faults that act as an operator share: giving orders until they show, and what nodes say together.
//
// Thread safety: as the target's.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/administration.h"
#include "harness/core/target.h"

namespace assay::nemesis {

using Shows = std::function<bool(const NodeViews&)>;

// The node that more than half of all nodes name, itself among them.
inline std::optional<NodeId> leader_by_most(const NodeViews& views) {
  for (std::size_t node = 0; node < views.size(); ++node) {
    const auto named = std::optional(static_cast<NodeId>(node));
    const auto votes = std::count_if(views.begin(), views.end(), [&](const NodeView& view) {
      return view.answered && view.leader == named;
    });
    if (views[node].answered && views[node].leader == named &&
        2 * static_cast<std::size_t>(votes) > views.size())
      return named;
  }
  return std::nullopt;
}

// More than half of these nodes say that exactly they are the members. One that leads alone may say anything.
inline bool are_members_by_most(const NodeViews& views, const std::vector<NodeId>& members) {
  const auto agree = std::count_if(members.begin(), members.end(), [&](NodeId node) {
    const NodeView& view = views[static_cast<std::size_t>(node)];
    return view.answered && view.members == members;
  });
  return 2 * static_cast<std::size_t>(agree) > members.size();
}

// As the leader that most name tells them, or else whoever answers.
inline std::vector<NodeId> members_now(const NodeViews& views) {
  if (const auto leader = leader_by_most(views)) return views[static_cast<std::size_t>(*leader)].members;
  const auto some =
      std::find_if(views.begin(), views.end(), [](const NodeView& view) { return view.answered; });
  return some == views.end() ? std::vector<NodeId>() : some->members;
}

inline std::string name_of_node(const Target& target, NodeId node) {
  return target.node_names()[static_cast<std::size_t>(node)];
}

inline std::string names_of_nodes(const Target& target, const std::vector<NodeId>& nodes) {
  std::string names;
  for (const NodeId node : nodes) names += (names.empty() ? "" : " ") + name_of_node(target, node);
  return names;
}

// Gives the order again and again until it shows or `patience` is over. `refusal`: what was said to it last. The views seen last.
inline NodeViews order_until(Administration& administration, const std::function<std::string()>& order,
                             const Shows& shows, Nanos patience, std::string& refusal) {
  constexpr Nanos kAgainAfter = 100 * kMillisecond;
  NodeViews views = administration.views();
  for (Nanos spent = 0; !shows(views) && spent < patience; spent += kAgainAfter) {
    refusal = order();
    views = administration.await(shows, kAgainAfter);
  }
  return views;
}

// Ends a process in good order, lets `meanwhile` change what is started next, starts it and waits until it knows a leader. Whether
// all that went well.
inline bool restart_in_good_order(Target& target, NodeId node, const std::function<void()>& meanwhile) {
  constexpr Nanos kPatienceToEnd = 5 * kSecond;
  // A large program on a slow machine takes its time to answer; one that does finds a leader soon, or there is none.
  constexpr Nanos kPatienceToAnswer = 15 * kSecond;
  constexpr Nanos kPatienceToServe = 2 * kSecond;
  Processes& processes = *target.processes();
  const bool by_itself = processes.terminate(node, kPatienceToEnd);
  if (meanwhile) meanwhile();
  processes.start(node);
  const Shows answers = [node](const NodeViews& views) {
    return views[static_cast<std::size_t>(node)].answered;
  };
  target.administration()->await(answers, kPatienceToAnswer);
  const Shows serves = [node](const NodeViews& views) {
    const NodeView& view = views[static_cast<std::size_t>(node)];
    return view.answered && view.leader.has_value();
  };
  return serves(target.administration()->await(serves, kPatienceToServe)) && by_itself;
}

// Why a target can't be operated so.
inline std::optional<std::string> lacks_means(Target& target, AdminMeans means) {
  if (target.administration() == nullptr) return "it takes no orders of an operator";
  return target.administration()->lack(means);
}

}  // namespace assay::nemesis
