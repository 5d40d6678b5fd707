// What the failover controller tells clients: which nodes are shut out, and, where clients do not look for the primary
// themselves, which node it is.
//
//   With fencing every client asks here, as it would ask a proxy: a node that is shut out gets no connection and keeps none, so that
//   nothing it still says reaches anybody. Without fencing nobody is shut out and `primary` stays empty: clients find a primary as
//   libpq's target_session_attrs=read-write does, by asking one node after the other.
//
// Thread safety: none; the loop's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "harness/core/operation.h"

namespace assay::postgres {

class Directory {
 public:
  explicit Directory(std::size_t nodes) : shut_out_(nodes, false) {}

  std::size_t nodes() const { return shut_out_.size(); }
  bool admits(NodeId node) const { return !shut_out_[static_cast<std::size_t>(node)]; }
  std::optional<NodeId> primary() const { return primary_; }
  // Clients ask here instead of looking for a primary themselves.
  bool guarded() const { return guarded_; }

  void guard(NodeId primary) {
    guarded_ = true;
    primary_ = primary;
  }
  void shut_out(NodeId node) {
    shut_out_[static_cast<std::size_t>(node)] = true;
    if (primary_ == node) primary_.reset();
    const auto watchers = watchers_;  // who is told may leave
    for (const auto& [number, told] : watchers) {
      if (watchers_.contains(number)) told(node);
    }
  }
  void admit(NodeId node) { shut_out_[static_cast<std::size_t>(node)] = false; }

  // `told` learns of every node that is shut out, until unwatch().
  std::size_t watch(std::function<void(NodeId)> told) {
    watchers_[++last_] = std::move(told);
    return last_;
  }
  void unwatch(std::size_t number) { watchers_.erase(number); }

 private:
  std::vector<bool> shut_out_;
  bool guarded_ = false;
  std::optional<NodeId> primary_;
  std::map<std::size_t, std::function<void(NodeId)>> watchers_;
  std::size_t last_ = 0;
};

}  // namespace assay::postgres
