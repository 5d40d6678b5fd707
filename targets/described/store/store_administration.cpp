#include "targets/described/store/store_administration.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <sstream>

namespace assay::described {

namespace {

constexpr int kAgainAfterMilliseconds = 100;

std::string what_it_said(const cluster::CommandResult& result) {
  std::string text = result.error.empty() ? result.output : result.error;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  text = text.substr(text.rfind('\n') + 1);
  return text.empty() ? "it ended with " + std::to_string(result.exit_status) : text;
}

// Whom an order is about.
Names about(const NodePlace& place) {
  return {{"member", place.node},
          {"member_address", place.address},
          {"member_name", place.name.empty() ? place.address : place.name}};
}

std::chrono::steady_clock::time_point end_of(Nanos patience) {
  return std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience);
}

}  // namespace

NodeView read_view(const std::string& text, const std::vector<NodePlace>& places) {
  const auto node_named = [&](const std::string& name) -> std::optional<NodeId> {
    for (std::size_t node = 0; node < places.size(); ++node) {
      if (places[node].node == name) return static_cast<NodeId>(node);
    }
    return std::nullopt;
  };
  NodeView view;
  view.answered = true;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what, name;
    words >> what >> name;
    if (what == "term") std::from_chars(name.data(), name.data() + name.size(), view.term);
    if (what == "leader") view.leader = node_named(name);
    if (what != "member") continue;
    if (const auto node = node_named(name)) view.members.push_back(*node);
  }
  std::sort(view.members.begin(), view.members.end());
  return view;
}

std::optional<std::string> StoreAdministration::lack(AdminMeans means) {
  if (means == AdminMeans::transfer && membership_.transfer.empty())
    return "its description has no membership.transfer for this mode";
  if (means == AdminMeans::membership && membership_.add.empty())
    return "its description has no membership.add for this mode";
  if (means == AdminMeans::builds) return "there is one build of it";
  return std::nullopt;
}

NodeViews StoreAdministration::views() {
  NodeViews views;
  for (const cluster::CommandResult& said : deployment_.ask_each(membership_.view, "membership.view"))
    views.push_back(said.exit_status == 0 ? read_view(said.output, deployment_.places()) : NodeView{});
  return views;
}

NodeViews StoreAdministration::await(const std::function<bool(const NodeViews&)>& reached, Nanos patience) {
  const auto end = end_of(patience);
  for (;;) {
    NodeViews seen = views();
    if (reached(seen) || std::chrono::steady_clock::now() >= end) return seen;
    ::poll(nullptr, 0, kAgainAfterMilliseconds);
  }
}

// The leader of the latest term, or else whoever answers.
std::optional<NodeId> StoreAdministration::who_answers(NodeId but) {
  const NodeViews seen = views();
  std::optional<NodeId> best;
  std::int64_t best_term = -1;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto node = static_cast<NodeId>(i);
    if (!seen[i].answered || node == but || removed_.contains(node)) continue;
    const std::int64_t term = seen[i].leader == node ? seen[i].term : -1;
    if (best && term <= best_term) continue;
    best = node;
    best_term = term;
  }
  return best;
}

std::string StoreAdministration::order(const std::string& command, const std::string& what, NodeId whom,
                                       std::string& output) {
  const NodePlace& place = deployment_.places()[static_cast<std::size_t>(whom)];
  const auto end = end_of(membership_.within);
  for (std::string refusal = "no node answers";;) {
    if (const std::optional<NodeId> node = who_answers(whom)) {
      const cluster::CommandResult said = deployment_.perform(*node, command, what, about(place));
      output = said.output;
      if (said.exit_status == 0) return {};
      refusal = what_it_said(said);
    }
    if (std::chrono::steady_clock::now() >= end) return refusal;
    ::poll(nullptr, 0, kAgainAfterMilliseconds);
  }
}

// At once: a leader that changes meanwhile would be asked for what it can't do.
std::string StoreAdministration::transfer(NodeId to) {
  const NodeViews seen = views();
  const NodePlace& place = deployment_.places()[static_cast<std::size_t>(to)];
  const std::optional<NodeId> leader = who_answers(to);
  if (!leader || seen[static_cast<std::size_t>(*leader)].leader != leader) return "no other node leads";
  const cluster::CommandResult said =
      deployment_.perform(*leader, membership_.transfer, "membership.transfer", about(place));
  return said.exit_status == 0 ? std::string() : what_it_said(said);
}

std::string StoreAdministration::set_member(NodeId node, bool member) {
  if (member) return removed_.contains(node) ? bring_in(node) : std::string();
  std::string output;
  std::string refusal = order(membership_.remove, "membership.remove", node, output);
  if (refusal.empty()) removed_.insert(node);
  return refusal;
}

std::string StoreAdministration::bring_in(NodeId node) {
  Processes& processes = *deployment_.cluster().processes();
  // Where nothing is to be prepared a node that runs may be about to join.
  if (!membership_.join.empty()) processes.kill(node);
  std::string members;
  if (std::string refusal = order(membership_.add, "membership.add", node, members); !refusal.empty())
    return refusal;
  if (!membership_.join.empty()) {
    const cluster::CommandResult joined =
        deployment_.perform(node, membership_.join, "membership.join", {}, members);
    if (joined.exit_status != 0) return what_it_said(joined);
  }
  processes.start(node);
  if (std::string refusal = enter(node, members); !refusal.empty()) return refusal;
  removed_.erase(node);
  return {};
}

std::string StoreAdministration::enter(NodeId node, const std::string& members) {
  if (membership_.enter.empty()) return {};
  const auto end = end_of(membership_.within);
  for (;;) {
    const cluster::CommandResult said =
        deployment_.perform(node, membership_.enter, "membership.enter", {}, members);
    if (said.exit_status == 0) return {};
    if (std::chrono::steady_clock::now() >= end) return what_it_said(said);
    ::poll(nullptr, 0, kAgainAfterMilliseconds);
  }
}

}  // namespace assay::described
