// A read of a key from several replicas: when enough have answered, what the answer is, who is behind. Used by whoever coordinates,
// a node or a client.
//
// Thread safety: none. Complexity: linear in the replicas.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "targets/refdb/leaderless/cell.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::leaderless {

class QuorumRead {
 public:
  // `last_write_wins`: of several versions only the latest counts.
  QuorumRead(std::size_t wanted, bool last_write_wins) : wanted_(wanted), last_write_wins_(last_write_wins) {}

  void answered(PeerId from, Cell cell) {
    merged_.merge(cell);
    if (last_write_wins_) merged_.keep_latest();
    answers_.insert_or_assign(from, std::move(cell));
  }
  // A replica has merged what merged() gave.
  void repaired(PeerId node) { answers_.insert_or_assign(node, merged_); }

  bool enough() const { return answers_.size() >= wanted_; }
  std::size_t answers() const { return answers_.size(); }
  bool has_answered(PeerId node) const { return answers_.contains(node); }
  const Cell& merged() const { return merged_; }

  // Those that answered with less than what is known now.
  std::vector<PeerId> behind() const {
    std::vector<PeerId> nodes;
    for (const auto& [node, cell] : answers_) {
      if (!(cell == merged_)) nodes.push_back(node);
    }
    return nodes;
  }
  // How many hold all that is known now.
  std::size_t holders() const { return answers_.size() - behind().size(); }

 private:
  std::size_t wanted_;
  bool last_write_wins_;
  std::map<PeerId, Cell> answers_;
  Cell merged_;
};

}  // namespace assay::refdb::leaderless
