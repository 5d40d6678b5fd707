// The operator of refdb on hosts: questions and orders over the nodes' HTTP ports.
//
// Thread safety: one thread at a time. It blocks; see core/administration.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/administration.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

class DeployedAdministration final : public Administration {
 public:
  // `install` makes that build the one that starts next on a node, and gives the version that it then tells.
  using Install = std::function<std::string(NodeId node, bool newer)>;

  // `protocol` must outlive this.
  DeployedAdministration(const ProtocolPlugin& protocol, std::vector<std::string> names,
                         std::vector<std::string> addresses, std::uint16_t http_port, Install install);

  std::optional<std::string> lack(AdminMeans means) override;
  NodeViews views() override;
  NodeViews await(const std::function<bool(const NodeViews&)>& reached, Nanos patience) override;
  std::string transfer(NodeId to) override;
  std::string set_member(NodeId node, bool member) override;
  std::string set_build(NodeId node, bool newer) override { return install_(node, newer); }

 private:
  std::optional<NodeId> node_named(const std::string& name) const;
  std::string give_leader(const std::string& order, NodeId about);

  const ProtocolPlugin& protocol_;
  const std::vector<std::string> names_;
  const std::vector<std::string> addresses_;
  const std::uint16_t http_port_;
  const Install install_;
};

}  // namespace assay::refdb
