#include "harness/sim/simulator.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace assay::sim {

namespace {
constexpr std::size_t kArity = 4;

std::uint64_t load_little_endian(const char* bytes) {
  std::uint64_t word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&word, bytes, sizeof word);
  } else {
    for (int i = 7; i >= 0; --i) word = word << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return word;
}

}  // namespace

std::uint32_t Simulator::acquire_slot() {
  if (free_slots_.empty()) {
    const auto first = static_cast<std::uint32_t>(chunks_.size()) * kSlotsPerChunk;
    chunks_.push_back(std::make_unique<Slot[]>(kSlotsPerChunk));
    for (std::uint32_t i = kSlotsPerChunk; i > 0; --i) free_slots_.push_back(first + i - 1);
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

Simulator::Timer Simulator::enqueue(Nanos time, std::uint32_t slot) {
  const Entry entry{std::max(time, now_), next_sequence_++, slot};
  slot_at(slot).sequence = entry.sequence;
  push(entry);
  return {slot, entry.sequence};
}

bool Simulator::cancel(Timer& timer) {
  const Timer wanted = std::exchange(timer, Timer{});
  if (wanted.sequence == 0) return false;
  Slot& slot = slot_at(wanted.slot);
  if (slot.sequence != wanted.sequence) return false;
  slot.sequence = 0;
  slot.task.reset();
  free_slots_.push_back(wanted.slot);
  ++cancelled_;
  if (cancelled_ > 1024 && cancelled_ > heap_.size() / 2) drop_cancelled();
  return true;
}

void Simulator::drop_cancelled() {
  std::erase_if(heap_, [this](const Entry& entry) { return slot_at(entry.slot).sequence != entry.sequence; });
  cancelled_ = 0;
  for (std::size_t i = heap_.size() / kArity + 1; i > 0; --i) sift_down(i - 1);
}

void Simulator::push(const Entry& entry) {
  std::size_t position = heap_.size();
  heap_.push_back(entry);
  while (position > 0) {
    const std::size_t parent = (position - 1) / kArity;
    if (!entry.before(heap_[parent])) break;
    heap_[position] = heap_[parent];
    position = parent;
  }
  heap_[position] = entry;
}

void Simulator::pop() {
  heap_.front() = heap_.back();
  heap_.pop_back();
  sift_down(0);
}

void Simulator::sift_down(std::size_t position) {
  const std::size_t count = heap_.size();
  if (position >= count) return;
  const Entry entry = heap_[position];
  for (;;) {
    const std::size_t first = position * kArity + 1;
    if (first >= count) break;
    const std::size_t last = std::min(first + kArity, count);
    std::size_t best = first;
    for (std::size_t child = first + 1; child < last; ++child) {
      if (heap_[child].before(heap_[best])) best = child;
    }
    if (!heap_[best].before(entry)) break;
    heap_[position] = heap_[best];
    position = best;
  }
  heap_[position] = entry;
}

Nanos Simulator::next_time() {
  while (!heap_.empty()) {
    const Entry& top = heap_.front();
    if (slot_at(top.slot).sequence == top.sequence) return top.time;
    --cancelled_;
    pop();
  }
  return kNever;
}

bool Simulator::step() {
  ASSAY_ASSERT(!stepping_);
  if (next_time() == kNever) return false;
  const Entry entry = heap_.front();
  pop();
  now_ = entry.time;
  ++events_run_;
  note(static_cast<std::uint64_t>(entry.time));
  note(entry.sequence);
  Slot& slot = slot_at(entry.slot);
  slot.sequence = 0;  // cancelling it from inside is too late
  stepping_ = true;
  slot.task.run();
  stepping_ = false;
  slot.task.reset();
  free_slots_.push_back(entry.slot);
  return true;
}

void Simulator::run_until(Nanos time) {
  while (next_time() <= time) {
    if (!step()) break;
  }
  advance_to(time);
}

void Simulator::advance_to(Nanos time) {
  if (time <= now_) return;
  ASSAY_ASSERT(next_time() >= time);
  now_ = time;
}

void Simulator::note(std::string_view bytes) {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) note(load_little_endian(bytes.data() + i));
  std::uint64_t rest = bytes.size() << 56;
  for (int shift = 0; i < bytes.size(); ++i, shift += 8) {
    rest |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << shift;
  }
  note(rest);
}

}  // namespace assay::sim
