// The cells of a node, what it has applied, and the latest request of each client with its answer, so that a request that
// is sent again is applied once. Written through as rows: "k/" key, "c/" client, "v" (what was applied, the clock,
// and who this is).
//
// Thread safety: none. Errors: decoding a state is total. Complexity: logarithmic per key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "targets/refdb/clocks/hybrid.h"
#include "targets/refdb/multi_leader/messages.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

class CellStore {
 public:
  static constexpr std::size_t kClientsMax = 65'536;

  void load(const StorageReader& storage);

  const crdt::Cell& cell(Key key) const;
  // To be changed.
  crdt::Cell& change(Key key) {
    changed_.insert(key);
    return cells_[key];
  }
  std::size_t size() const { return cells_.size(); }
  const std::map<Key, crdt::Cell>& cells() const { return cells_; }

  const VersionVector& applied() const { return applied_; }
  void mark_applied(const Dot& id) {
    applied_.raise(id.actor, id.counter);
    applied_changed_ = true;
  }
  // This node, as it numbers its updates; nothing in a storage that is empty.
  std::optional<clocks::ActorId> self() const { return self_; }
  void set_self(clocks::ActorId self) { self_ = self; }
  const clocks::HybridTime& clock() const { return clock_; }
  void set_clock(const clocks::HybridTime& time) { clock_ = time; }

  struct Answered {
    std::uint64_t number = 0;
    std::string body;
  };
  // Null when the client is unknown.
  const Answered* answered(std::uint64_t client) const;
  void remember(std::uint64_t client, std::uint64_t number, std::string_view body);

  std::string encode_state() const;
  struct State {
    VersionVector applied;
    clocks::HybridTime clock;
    std::map<Key, crdt::Cell> cells;
  };
  static std::optional<State> decode_state(std::string_view bytes);
  // Merges what another node has.
  void merge(const State& state);

  bool has_writes() const { return applied_changed_ || !changed_.empty() || !changed_clients_.empty(); }
  void take_writes(Effects& effects);

 private:
  struct Client {
    Answered answered;
    std::uint64_t age = 0;
  };

  std::map<Key, crdt::Cell> cells_;
  std::set<Key> changed_;
  VersionVector applied_;
  clocks::HybridTime clock_;
  std::optional<clocks::ActorId> self_;
  bool self_stored_ = false;
  bool applied_changed_ = false;
  std::map<std::uint64_t, Client> clients_;
  std::map<std::uint64_t, std::uint64_t> clients_by_age_;
  std::set<std::uint64_t> changed_clients_;
  std::uint64_t next_age_ = 1;
};

}  // namespace assay::refdb::multi_leader
