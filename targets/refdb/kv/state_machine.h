// The replicated state machine: integer keys with values, and the sessions that make a resent request apply
// once. Deterministic: the same commands in the same order give the same state, rows and snapshots.
//
// Mops: read, write, cas, append (to a list), add (an integer to a counter; an element to a list that is used
// as a set, or any element that is no integer), remove (from such a set), insert and erase (of a text), acquire,
// release and fence (locks.h). The mops of a command are applied in order and all or none: an unmet cas, a lock that
// is held, or a mop that does not fit the value it meets, undoes the command.
//
// Sessions (Ongaro's thesis, section 6.3): per client the number of its latest request and the answer to it.
// At most `sessions_max` are kept; the one used longest ago, by applied index, is forgotten first. A request
// resent after that could be applied twice, so the bound has to exceed the clients of a few minutes.
//
// Backups: `backup` keeps the values as they are at its index, which is its result; `restore` of that index brings them back.
// The last `backups_max` are kept. A protocol that keeps its log can offer any position: `backup` with an argument keeps nothing
// and gives that back, `restore` of a list of pairs of key and value brings these back. Sessions are no part of them: a request is applied once all the same.
//
// State is in memory and written through as rows: "s/<key>", "c/<client>", "b/<index>", "a" (applied index), so that a
// restart reads rows instead of replaying commands.
//
// Thread safety: none. Errors: a command that can't be decoded changes nothing but the applied index.
// Complexity: logarithmic in keys per mop; append copies the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/core/operation.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb {

struct StateMachineOptions {
  std::size_t sessions_max = 65'536;
  std::size_t backups_max = 8;
  bool ignore_sessions = false;      // seeded bug duplicate-apply
  bool snapshot_drops_keys = false;  // seeded bug of that name
};

class StateMachine {
 public:
  explicit StateMachine(StateMachineOptions options);

  // Whether a mop is one that commands may have, as far as that shows without the state.
  static bool supports(const Mop& mop);

  // Requires: nothing was applied yet.
  void load(const StorageReader& storage);

  // Applies the command at `index` and returns the body of its answer (wire::encode_answer_body).
  // Requires: index > applied_index().
  std::string apply(std::uint64_t index, std::string_view command);
  // An entry without a command.
  void skip(std::uint64_t index);
  // The same as apply() from the rows that another machine's apply() wrote (take_writes). Rows of other shapes are left out.
  void apply_rows(std::uint64_t index, const std::vector<Write>& rows);

  // Requires: wire::is_read_only(mops). The body of the answer.
  std::string read(const std::vector<Mop>& mops) const;
  // Nil when absent.
  Value get(Key key) const;
  // The answer's body when the request was applied already; empty when not.
  std::string_view answered(std::uint64_t client, std::uint64_t number) const;

  const std::map<Key, Value>& values() const { return values_; }
  bool has_backup(std::uint64_t index) const { return backups_.contains(index); }
  std::uint64_t applied_index() const { return applied_index_; }
  std::size_t key_count() const { return values_.size(); }
  std::size_t session_count() const { return sessions_.size(); }

  // Rows changed since the last call, each once, appended to `out`.
  void take_writes(std::vector<Write>& out);
  // For a copy of the state that is not stored.
  void forget_writes();

  std::string encode_snapshot() const;
  // Replaces all state; false, and nothing changed, when the bytes are no snapshot. Rows that go or differ
  // come out of take_writes().
  bool restore_snapshot(std::uint64_t index, std::string_view bytes);

  // Equal for equal state; for tests.
  std::uint64_t digest() const;

 private:
  struct Session {
    std::uint64_t number = 0;
    std::uint64_t index = 0;  // of its latest command
    std::string body;
    std::list<std::uint64_t>::iterator place;
  };

  std::string apply_mops(const std::vector<Mop>& mops);
  wire::Status apply_mop(const Mop& mop, Value& result);
  void set(Key key, Value value);
  wire::Status make_backup(const Value& named, Value& result);
  wire::Status restore_backup(const Value& wanted);
  void remember(std::uint64_t client, std::uint64_t number, std::uint64_t index, std::string_view body);
  void forget_oldest();
  void forget(std::uint64_t client);

  StateMachineOptions options_;
  std::uint64_t applied_index_ = 0;
  std::map<Key, Value> values_;
  std::map<std::uint64_t, std::shared_ptr<const std::map<Key, Value>>> backups_;  // by index
  std::unordered_map<std::uint64_t, Session> sessions_;                           // never iterated
  std::list<std::uint64_t> by_age_;                                               // clients, oldest first
  std::vector<std::pair<Key, Value>> undo_;  // of the command being applied; nil: was absent
  std::vector<Key> dirty_keys_;
  std::vector<std::uint64_t> dirty_backups_;
  std::vector<std::uint64_t> dirty_clients_;
  bool dirty_index_ = false;
};

}  // namespace assay::refdb
