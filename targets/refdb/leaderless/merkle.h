// A hash tree over the keys of one group (Merkle 1987; as Dynamo and Cassandra use it for anti-entropy): 2^depth leaves of keys by
// their hash, each inner node the hash of its two. Two replicas that differ in one key find it by comparing a hash or two a level.
//
// Thread safety: none. Complexity: an update changes the path to the root; 2^(depth + 1) words of memory.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/operation.h"

namespace assay::refdb::leaderless {

class MerkleTree {
 public:
  static constexpr int kDepth = 10;
  static constexpr std::uint32_t kLeaves = 1u << kDepth;

  MerkleTree() : hashes_(2 * kLeaves, 0) {}

  static std::uint32_t leaf_of(Key key);  // 0 to kLeaves - 1
  // The digest of a key's cell changes from one to the other; zero: the key is not there.
  void change(Key key, std::uint64_t from, std::uint64_t to);

  // Nodes are numbered as in a heap: 1 is the root, the children of i are 2i and 2i + 1, leaf l is kLeaves + l.
  static constexpr std::uint32_t kRoot = 1;
  static bool is_leaf(std::uint32_t node) { return node >= kLeaves; }
  static std::uint32_t leaf_number(std::uint32_t node) { return node - kLeaves; }
  static bool exists(std::uint32_t node) { return node >= kRoot && node < 2 * kLeaves; }
  // Requires: exists(node).
  std::uint64_t hash(std::uint32_t node) const { return hashes_[node]; }

 private:
  std::vector<std::uint64_t> hashes_;
};

}  // namespace assay::refdb::leaderless
