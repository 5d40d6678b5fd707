// The dependencies of a history of registers with unique writes, one call an edge. Who read from whom is plain to see; the
// order of versions is not, and is inferred from (Kingsbury & Alvaro 2020, section 5.2; Elle's rw-register):
//   - the initial state, which comes before every version;
//   - a transaction that reads a key and then writes it: what it read comes before what it wrote;
//   - the order of a process, and real time: what comes later sees or writes the same or a later version.
//
// Each inference holds only as far as some class of cycles is excluded, so each edge says which (edge.h, Evidence): that T
// read v1 and wrote v2 means v1 before v2 unless there is a G1c; that a process read v1, then v2, means it unless there is
// a G-single with process order. A cycle through such an edge is named accordingly, and therefore refutes only models
// that exclude what was assumed: strictly serializable histories are never accused, whatever is inferred. With the
// options sequential_keys and linearizable_keys the store promises the order of each key, which then counts as observed.
//
// A version's successors hang on a virtual node, which its writer reaches by ww and its readers by rw.
//
// Thread safety: const once built. Complexity: linear in mops, times the operations on one key that are in flight at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/edge.h"
#include "checkers/elle/scans.h"
#include "checkers/elle/time_order.h"
#include "checkers/transactions/register_history.h"

namespace assay::checkers::elle {

struct RegisterSettings {
  bool sequential_keys = false;
  bool linearizable_keys = false;
  bool writes_follow_reads = true;
};

enum class OrderSource : std::uint8_t { initial, write_follows_read, process, realtime };

// Why one version comes before another: what operation `before` did with the one, and `after` with the other.
struct VersionStep {
  std::uint32_t from = 0;  // versions
  std::uint32_t to = 0;
  OpId before = kNoOp;
  OpId after = kNoOp;
  OrderSource source = OrderSource::initial;
  Evidence evidence = Evidence::observed;
  Strength strength = Strength::plain;
};

class RegisterGraph {
 public:
  // What a committed transaction does to a key, seen from outside.
  struct Touch {
    OpId op;
    std::uint32_t first;  // version: what it read first of others, else what it wrote
    std::uint32_t last;   // what it wrote, else what it read
    bool reads_first;
    bool writes_last;
    bool ok;
  };

  // `missed`: the rows that predicate reads did not find: reads of their initial versions.
  // `complete` is false when the limits were spent.
  RegisterGraph(const RegisterHistory& history, const RegisterSettings& settings,
                std::span<const Missed> missed, Limits& limits, Charge& charge);

  bool complete() const { return complete_; }
  std::uint32_t operations() const { return operations_; }
  std::uint32_t nodes() const { return operations_ + versions(); }
  std::size_t edges_max() const { return steps_.size() + versions() + 3 * read_count_ + direct_.size(); }
  const Times& times() const { return times_; }
  const RegisterHistory& history() const { return history_; }

  // Versions: first the initial one of each key, then one for each last write of a committed transaction.
  std::uint32_t versions() const { return static_cast<std::uint32_t>(writer_.size()); }
  OpId writer(std::uint32_t version) const { return writer_[version]; }
  KeyId key(std::uint32_t version) const { return key_[version]; }
  // The write that made it. Requires: it is not the initial one.
  MopId write_of(std::uint32_t version) const { return write_[version]; }
  const VersionStep& step(std::uint32_t number) const { return steps_[number]; }
  std::uint32_t steps() const { return static_cast<std::uint32_t>(steps_.size()); }
  // Steps from a version: [first_step(version), first_step(version + 1)).
  std::uint32_t first_step(std::uint32_t version) const { return first_step_[version]; }
  // What a committed transaction does to a key, seen from outside, by key and in the order of operations.
  std::span<const Touch> touches() const { return touches_; }

  // visit(edge): its detail is the version step for ww and both kinds of rw (that of a virtual node is on its way out), for wr the
  // version read.
  template <class Visit>
  void visit_edges(const Visit& visit) const {
    for (const Edge& edge : reads_) visit(edge);
    for (const Edge& edge : direct_) visit(edge);
    for (std::uint32_t version = 0; version < versions(); ++version) {
      if (first_step_[version] == first_step_[version + 1]) continue;
      const std::uint32_t node = operations_ + version;
      if (writer_[version] != kNoOp) {
        visit({writer_[version], node, EdgeKind::ww, Evidence::observed, Strength::plain, key_[version], 0});
      }
      for (std::uint32_t i = first_step_[version]; i < first_step_[version + 1]; ++i) {
        const VersionStep& step = steps_[i];
        visit({node, writer_[step.to], EdgeKind::pass, step.evidence, step.strength, key_[version], i});
      }
    }
  }

 private:
  void number_versions();
  void collect_touches(Limits& limits);
  void add_initial_steps();
  void add_process_steps();
  void add_realtime_steps(Limits& limits);
  void add_step(const Touch& before, const Touch& after, OrderSource source);
  bool sort_steps(Limits& limits);
  void add_read_edges(Limits& limits);
  void add_missed(std::span<const Missed> missed, Limits& limits);
  void add_reader(OpId op, std::uint32_t version, EdgeKind kind);

  const RegisterHistory& history_;
  const RegisterSettings settings_;
  bool complete_ = true;
  std::uint32_t operations_ = 0;
  Times times_;
  std::vector<std::uint32_t> version_of_mop_;  // of last writes of committed transactions; kNobody for others
  std::vector<OpId> writer_;                   // kNoOp: the initial version
  std::vector<KeyId> key_;
  std::vector<MopId> write_;
  std::vector<Touch> touches_;  // by key, in order of operations
  std::vector<std::uint32_t> first_touch_;
  std::vector<VersionStep> steps_;  // by `from`
  std::vector<std::uint32_t> first_step_;
  std::vector<Edge> reads_;   // wr and rw of reads
  std::vector<Edge> direct_;  // rw of those who overwrote what they read, to others who overwrote it
  std::size_t read_count_ = 0;
};

}  // namespace assay::checkers::elle
