// The heart of the simulated world: a queue of events on virtual time. Events of the same time run in the order in
// which they were made, so a seed gives the same run on every platform. The queue is a four-ary heap of 24-byte
// entries; the callables live in pooled slots that never move, so an event costs no allocation.
//
// Thread safety: none; one simulation belongs to one thread. Times in nanoseconds since the simulation began.
// Complexity: at() and step() are O(log pending), cancel() is O(1) (the entry is dropped when it surfaces).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/time.h"
#include "harness/sim/inline_task.h"

namespace assay::sim {

class Simulator {
 public:
  // Names a pending event; stale once it ran or was cancelled, which is harmless.
  struct Timer {
    std::uint32_t slot = 0;
    std::uint64_t sequence = 0;  // 0: none
  };

  Simulator() = default;
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  Nanos now() const { return now_; }

  // Runs `callable` at `time`, or now when that lies in the past.
  template <typename F>
  Timer at(Nanos time, F&& callable) {
    const std::uint32_t slot = acquire_slot();
    slot_at(slot).task.emplace(std::forward<F>(callable));
    return enqueue(time, slot);
  }

  template <typename F>
  Timer after(Nanos delay, F&& callable) {
    return at(now_ + delay, std::forward<F>(callable));
  }

  // False when the event already ran or was cancelled. Clears the handle.
  bool cancel(Timer& timer);

  // Runs the next event; false when there is none. Not reentrant: an event must not call step() or run_until().
  bool step();

  // Runs every event up to `time`, that included, and leaves the clock there.
  void run_until(Nanos time);

  // The time of the next event, kNever when there is none.
  Nanos next_time();

  // Moves the clock forward over a stretch without events. Requires: no event is due before `time`.
  void advance_to(Nanos time);

  // Mixes what happened into the digest: call it with whatever two equal runs must share.
  void note(std::uint64_t word) { digest_ = (digest_ ^ word) * 0x9fb21c651e98df25u + (digest_ >> 29); }
  void note(std::string_view bytes);

  // Order and times of all events so far, and everything noted. Equal for equal runs on every platform.
  std::uint64_t digest() const { return digest_; }
  std::uint64_t events_run() const { return events_run_; }
  std::size_t pending() const { return heap_.size() - cancelled_; }

 private:
  struct Slot {
    InlineTask task;
    std::uint64_t sequence = 0;  // of the event that holds it; 0: free or cancelled
  };
  struct Entry {
    Nanos time;
    std::uint64_t sequence;
    std::uint32_t slot;
    bool before(const Entry& other) const {
      return time != other.time ? time < other.time : sequence < other.sequence;
    }
  };
  static constexpr std::uint32_t kSlotsPerChunk = 1024;

  Slot& slot_at(std::uint32_t slot) { return chunks_[slot / kSlotsPerChunk][slot % kSlotsPerChunk]; }
  std::uint32_t acquire_slot();
  Timer enqueue(Nanos time, std::uint32_t slot);
  void push(const Entry& entry);
  void pop();
  void sift_down(std::size_t position);
  void drop_cancelled();

  Nanos now_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t digest_ = 0x243f6a8885a308d3u;
  std::uint64_t events_run_ = 0;
  std::size_t cancelled_ = 0;  // entries of the heap that no longer mean anything
  bool stepping_ = false;
  std::vector<Entry> heap_;
  std::vector<std::unique_ptr<Slot[]>> chunks_;
  std::vector<std::uint32_t> free_slots_;
};

}  // namespace assay::sim
