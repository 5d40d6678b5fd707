// What every target of these tests is: nodes n1, n2 ..., one of which leads, that nobody connects to. A test adds the handles that its
// fault needs, and keeps books of what is done to them.
//
// Thread safety: none.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/target.h"

namespace assay::nemesis::testing {

class NumberedNodes : public Target {
 public:
  NumberedNodes(int count, NodeId leader) : leader_(leader) {
    for (int i = 1; i <= count; ++i) names_.push_back("n" + std::to_string(i));
  }
  World& world() final { std::abort(); }
  const std::vector<std::string>& node_names() const final { return names_; }
  TargetDescription describe() const final { return {}; }
  void start() final {}
  void stop() final {}
  void collect_logs(const std::string&) final {}
  std::unique_ptr<Client> connect(NodeId, ProcessId) final { return nullptr; }
  std::optional<NodeId> leader() override { return leader_; }

 private:
  std::vector<std::string> names_;
  const NodeId leader_;
};

}  // namespace assay::nemesis::testing
