// The updates that a node has applied and may have to send, by origin and number. The oldest are dropped once all receivers
// have them, or when there are too many; who needs dropped ones gets the whole state instead.
//
// Rows of storage: "l/" origin number -> hops, update; "f" -> what was dropped.
//
// Thread safety: none. Complexity: logarithmic in origins.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/multi_leader/messages.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

class UpdateLog {
 public:
  // Calls `visit` for every update that storage holds, in no particular order of origins.
  void load(const StorageReader& storage);

  // Requires: the next one of its origin.
  void append(const Dot& id, Forwarded update);
  // Null when it was dropped or is not there yet.
  const Forwarded* find(const Dot& id) const;
  // The numbers up to this one were dropped.
  std::uint64_t dropped(clocks::ActorId origin) const { return dropped_.at(origin); }
  // Everything up to `has` came as a state, without its updates.
  void jump_to(const VersionVector& has);
  // Drops what everybody has, and what is more than `kept_max` of an origin.
  void shorten(const VersionVector& everybody_has, std::uint64_t kept_max);

  // Rows changed since the last call.
  void take_writes(Effects& effects);
  std::int64_t size() const;

 private:
  void drop_to(clocks::ActorId origin, std::uint64_t number);

  std::map<clocks::ActorId, std::deque<Forwarded>> updates_;
  VersionVector dropped_;
  std::vector<Dot> unwritten_;
  std::vector<std::pair<std::string, std::string>> dropped_rows_;
};

}  // namespace assay::refdb::multi_leader
