#include "targets/refdb/leaderless/merkle.h"

namespace assay::refdb::leaderless {

namespace {

// splitmix64's finalizer: every bit of the input changes half the bits of the output.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

// Not zero unless both are, so that an empty half is told from a full one.
std::uint64_t joined(std::uint64_t left, std::uint64_t right) {
  return left == 0 && right == 0 ? 0 : (mixed(left + 0x9e3779b97f4a7c15u) ^ (mixed(right) * 3)) | 1;
}

// A leaf is the sum of its keys, so that the order in which they came does not matter.
std::uint64_t contribution(Key key, std::uint64_t digest) {
  return digest == 0 ? 0 : mixed(static_cast<std::uint64_t>(key) ^ mixed(digest));
}

}  // namespace

std::uint32_t MerkleTree::leaf_of(Key key) {
  return static_cast<std::uint32_t>(mixed(static_cast<std::uint64_t>(key)) >> (64 - kDepth));
}

void MerkleTree::change(Key key, std::uint64_t from, std::uint64_t to) {
  std::uint32_t node = kLeaves + leaf_of(key);
  hashes_[node] += contribution(key, to) - contribution(key, from);
  for (node /= 2; node >= kRoot; node /= 2) hashes_[node] = joined(hashes_[2 * node], hashes_[2 * node + 1]);
}

}  // namespace assay::refdb::leaderless
