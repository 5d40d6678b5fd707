// The operator of a described database: asks and orders by the commands of its description ("membership",
// docs/adding-a-store.md), which run on hosts.
//
// A node that was removed and is added again does not go on from what it was: it is ended if it runs and there is a `join`, added by a
// node that answers, prepared by `join`, and started; then `enter` does what is left to be done. Whoever starts it before that starts a node that nobody
// listens to.
//
// Thread safety and errors as harness/core/administration.h says. An order that is refused is given again for as long as the
// description says, and then a refusal.
#pragma once

#include <set>
#include <utility>

#include "harness/core/administration.h"
#include "targets/described/notation/description.h"
#include "targets/described/store/store_deployment.h"

namespace assay::described {

// What a node says of the cluster: lines "member NAME", "leader NAME", "term NUMBER"; others are passed over, as are names that no node
// has. Members come out sorted. Pure; linear in the text times the nodes.
NodeView read_view(const std::string& text, const std::vector<NodePlace>& places);

class StoreAdministration final : public Administration {
 public:
  // The deployment outlives it.
  StoreAdministration(Membership membership, StoreDeployment& deployment)
      : membership_(std::move(membership)), deployment_(deployment) {}

  // Whether there is anybody who could be asked.
  bool possible() const { return !membership_.view.empty(); }

  std::optional<std::string> lack(AdminMeans means) override;
  NodeViews views() override;
  NodeViews await(const std::function<bool(const NodeViews&)>& reached, Nanos patience) override;
  std::string transfer(NodeId to) override;
  std::string set_member(NodeId node, bool member) override;

 private:
  // Gives an order about `whom` until it is taken; empty, or why not. `output`: what the command printed.
  std::string order(const std::string& command, const std::string& what, NodeId whom, std::string& output);
  std::optional<NodeId> who_answers(NodeId but);
  std::string bring_in(NodeId node);
  std::string enter(NodeId node, const std::string& members);

  const Membership membership_;
  StoreDeployment& deployment_;
  std::set<NodeId> removed_;
};

}  // namespace assay::described
