// A history: what the clients did and saw, and what the nemesis did meanwhile. Immutable once built,
// well-formed by construction, and compact: about 90 bytes for a single-key operation
// (bench/history_bench.cpp measures it).
//
// Thread safety: a const History may be read by any number of threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/assert.h"
#include "harness/core/fact.h"
#include "harness/core/operation.h"

namespace assay {

// One step of the nemesis, or a mark of the run loop (fault "phase").
struct FaultEvent {
  enum class Stage : std::uint8_t { start, stop, mark };
  Nanos time = 0;   // when it was recorded: after verification
  Nanos began = 0;  // when it was set about
  Stage stage = Stage::mark;
  std::string fault;         // plug-in name, e.g. "partition"; "phase" for marks of the loop
  std::uint32_t window = 0;  // start and stop of one fault window share a number
  std::vector<NodeId> nodes;
  Facts value;            // what was chosen
  Facts evidence;         // what was measured
  bool verified = false;  // start: the effect was proved; stop: its absence was proved

  friend bool operator==(const FaultEvent&, const FaultEvent&) = default;
};

// From the beginning of an injection to the end of its healing.
struct FaultWindow {
  std::string fault;
  Nanos begin = 0;
  Nanos end = kNever;  // kNever: never healed
  std::vector<NodeId> nodes;
  Facts value;
  Facts evidence;
  Facts heal_evidence;
  bool verified = false;  // took effect, proved
  bool healed = false;    // gone, proved
};

class History {
 public:
  History();
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  ~History();

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  // Requires: id < size(). Constant time; the spans inside live as long as the history.
  Operation at(OpId id) const;

  // All operations, in order of invocation: for (Operation op : history.operations()).
  class Iterator {
   public:
    using value_type = Operation;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const History* history, OpId id) : history_(history), id_(id) {}
    Operation operator*() const { return history_->at(id_); }
    Iterator& operator++() {
      ++id_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++id_;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const History* history_ = nullptr;
    OpId id_ = 0;
  };
  struct Range {
    Iterator first, last;
    Iterator begin() const { return first; }
    Iterator end() const { return last; }
  };
  Range operations() const { return {Iterator(this, 0), Iterator(this, static_cast<OpId>(count_))}; }

  std::span<const FaultEvent> fault_events() const { return fault_events_; }
  // Start and stop events paired, in order of their beginning.
  std::vector<FaultWindow> fault_windows() const;

  const std::vector<std::string>& node_names() const { return node_names_; }
  std::string node_name(NodeId node) const;
  // The text of a key: its number, or the name it had in a history whose keys are not integers.
  std::string key_name(Key key) const;

  // 64-bit digest of everything in it; equal for equal histories, on every platform.
  std::uint64_t digest() const;

  // Bytes held, texts and lists included.
  std::size_t memory_bytes() const;

 private:
  friend class HistoryBuilder;
  struct Row {
    Nanos due = 0;
    Nanos invoked = 0;
    Nanos completed = kNever;
    ProcessId process = 0;
    std::uint32_t mop_chunk = 0;
    std::uint16_t mop_offset =
        0;                    // within the chunk; a chunk has at most 2^16 mops, or is owned by one operation
    std::uint16_t error = 0;  // 0: none
    NodeId node = kNoNode;
    Outcome outcome = Outcome::info;
    std::uint32_t mop_count = 0;
  };
  static constexpr std::size_t kChunk = std::size_t{1} << 16;
  const Row& row(OpId id) const { return rows_[id / kChunk][id % kChunk]; }

  std::size_t count_ = 0;
  std::size_t row_capacity_ = 0;
  std::size_t mop_count_ = 0;  // capacity: what the chunks hold, used or not
  std::vector<std::unique_ptr<Row[]>> rows_;
  std::vector<std::unique_ptr<Mop[]>>
      mops_;  // a request never crosses a chunk; long ones have a chunk of their own
  std::vector<std::string> errors_;
  std::vector<FaultEvent> fault_events_;
  std::vector<std::string> node_names_;
  std::map<Key, std::string> key_names_;
};

// Here rather than in the .cpp, as every checker walks over all operations: a call for each costs more than the work.
inline Operation History::at(OpId id) const {
  ASSAY_ASSERT(id < count_);
  const Row& r = row(id);
  Operation operation;
  operation.id = id;
  operation.process = r.process;
  operation.node = r.node;
  operation.outcome = r.outcome;
  operation.due = r.due;
  operation.invoked = r.invoked;
  operation.completed = r.completed;
  if (r.mop_count > 0) operation.mops = {mops_[r.mop_chunk].get() + r.mop_offset, r.mop_count};
  if (r.error > 0) operation.error = errors_[r.error - 1];
  return operation;
}

// Collects a history. Operations must be added in order of invocation.
class HistoryBuilder {
 public:
  HistoryBuilder();
  ~HistoryBuilder();

  // Names nodes 0..n-1.
  void set_node_names(std::vector<std::string> names);
  void set_key_name(Key key, std::string name);

  // The operation's id is assigned (its `id` is ignored); mops and error are copied. Returns the id.
  // Requires: invoked >= that of the operation added before; completed >= invoked; completed == kNever iff
  // info.
  OpId add(const Operation& operation);

  // Replaces outcome, completion, mop results and error of an operation added as info.
  // Requires: as many mops as the operation had.
  void complete(OpId id, Outcome outcome, Nanos completed, std::span<const Mop> mops, std::string_view error);

  void add_fault(FaultEvent event);

  std::size_t size() const { return history_.size(); }
  // The operation as it stands; its spans are valid until the next call that changes the builder.
  Operation at(OpId id) const { return history_.at(id); }

  // Leaves the builder empty.
  History build();

 private:
  std::uint16_t intern_error(std::string_view error);
  void make_room_for_row();
  void make_room_for_mops(std::size_t wanted);

  History history_;
  std::map<std::string, std::uint16_t, std::less<>> error_ids_;
  std::size_t row_chunk_size_ = 0;
  std::size_t mops_in_chunk_ = 0;
  std::size_t mop_chunk_size_ = 0;
};

}  // namespace assay
