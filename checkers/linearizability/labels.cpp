#include "checkers/linearizability/labels.h"

#include <algorithm>

namespace assay::checkers {

namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
  hash = (hash ^ more) * 0xff51afd7ed558ccdu;
  return hash ^ hash >> 32;
}

std::uint64_t hash_of(const Operation& op, bool by_process) {
  std::uint64_t hash = op.outcome == Outcome::info ? 1 : 2;
  if (by_process) hash = mix(hash, static_cast<std::uint64_t>(op.process));
  for (const Mop& mop : op.mops) {
    hash = mix(hash, static_cast<std::uint64_t>(mop.fn));
    hash = mix(hash, static_cast<std::uint64_t>(mop.key));
    hash = mix(hash, mop.argument.hash());
    hash = mix(hash, mop.result.hash());
  }
  return hash;
}

bool same(const Operation& a, const Operation& b, bool by_process) {
  return a.outcome == b.outcome && (!by_process || a.process == b.process) &&
         std::equal(a.mops.begin(), a.mops.end(), b.mops.begin(), b.mops.end());
}

}  // namespace

Labels label_operations(const History& history, std::span<const OpId> ids, bool by_process) {
  struct Entry {
    std::uint64_t hash;
    std::uint32_t position;
  };
  std::vector<Entry> entries;
  entries.reserve(ids.size());
  for (std::uint32_t i = 0; i < ids.size(); ++i)
    entries.push_back({hash_of(history.at(ids[i]), by_process), i});
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.position < b.position;
  });
  Labels labels;
  labels.of.resize(ids.size());
  for (std::size_t begin = 0, i = 0; i < entries.size(); ++i) {
    if (entries[i].hash != entries[begin].hash) begin = i;
    // Different operations of one hash are next to impossible, and still must not share a label.
    std::size_t like = begin;
    const Operation op = history.at(ids[entries[i].position]);
    while (like < i && !same(history.at(ids[entries[like].position]), op, by_process)) ++like;
    labels.of[entries[i].position] = like < i ? labels.of[entries[like].position] : labels.count++;
  }
  return labels;
}

}  // namespace assay::checkers
