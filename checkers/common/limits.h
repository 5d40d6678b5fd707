// What a check may still spend: time, memory, and the word from outside to stop. Shared by every object and
// thread of one check.
//
// Thread safety: all members may be called from any thread. Units: bytes, nanoseconds of a monotonic clock.
// Errors: none; who asks is told to give up and answers "unknown".
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers {

// Steps between two questions about the budget, where a step is short.
inline constexpr std::size_t kAskEvery = 4096;

class Limits {
 public:
  explicit Limits(const Budget& budget)
      : limit_bytes_(budget.memory_limit_bytes),
        time_limit_(budget.time_limit),
        stop_(budget.stop),
        start_(std::chrono::steady_clock::now()) {}

  // Counts memory that is about to be allocated, or was given back.
  void charge(std::size_t bytes) {
    const std::size_t now = used_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::size_t peak = peak_bytes_.load(std::memory_order_relaxed);
    while (now > peak && !peak_bytes_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    if (now > limit_bytes_) memory_spent_.store(true, std::memory_order_relaxed);
  }
  // Counts what a check of its own held at most, beside what is held now, and has given back.
  void note_peak(std::size_t bytes) {
    const std::size_t then = used_bytes() + bytes;
    std::size_t peak = peak_bytes();
    while (then > peak && !peak_bytes_.compare_exchange_weak(peak, then, std::memory_order_relaxed)) {
    }
  }
  void release(std::size_t bytes) { used_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  bool fits(std::size_t bytes) {
    const bool ok = used_bytes_.load(std::memory_order_relaxed) + bytes <= limit_bytes_;
    if (!ok) memory_spent_.store(true, std::memory_order_relaxed);
    return ok;
  }

  Nanos elapsed() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_)
        .count();
  }

  // What one part of the check may take at most: that part of the time that is left, and no more than `most`.
  Nanos share(int part, Nanos most) const {
    return std::clamp<Nanos>((time_limit_ - elapsed()) / part, 0, most);
  }

  // What is left of the budget that this was made of.
  Budget rest_of(Budget budget) const {
    budget.time_limit = std::max<Nanos>(budget.time_limit - elapsed(), 0);
    budget.memory_limit_bytes -= std::min(used_bytes(), budget.memory_limit_bytes);
    return budget;
  }

  // True once the budget is spent; cheap enough for every few hundred steps.
  bool spent() const {
    return memory_spent_.load(std::memory_order_relaxed) ||
           (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) || elapsed() > time_limit_;
  }

  // Which limit ended the check, for people.
  std::string why() const {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) return "the check was stopped";
    if (memory_spent_.load(std::memory_order_relaxed)) return "the memory budget is spent";
    return "the time budget is spent";
  }

  std::size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  std::size_t peak_bytes() const { return peak_bytes_.load(std::memory_order_relaxed); }

 private:
  std::size_t limit_bytes_;
  Nanos time_limit_;
  const std::atomic<bool>* stop_;
  std::chrono::steady_clock::time_point start_;
  std::atomic<std::size_t> used_bytes_ = 0;
  std::atomic<std::size_t> peak_bytes_ = 0;
  std::atomic<bool> memory_spent_ = false;
};

// Memory counted for as long as this lives; grow() keeps the count in step with what the owner holds.
class Charge {
 public:
  explicit Charge(Limits& limits, std::size_t bytes = 0) : limits_(limits) { grow(bytes); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;
  ~Charge() { limits_.release(bytes_); }
  void grow(std::size_t bytes) {
    if (bytes == 0) return;
    bytes_ += bytes;
    limits_.charge(bytes);
  }
  void shrink(std::size_t bytes) {
    bytes_ -= bytes;
    limits_.release(bytes);
  }

 private:
  Limits& limits_;
  std::size_t bytes_ = 0;
};

// Room for some more items, charged, if what is held while they move is within the limits; else nothing changes.
template <class Item>
bool make_room(std::vector<Item>& items, std::size_t more, Limits& limits, Charge& charge) {
  const std::size_t before = items.capacity(), wanted = items.size() + more;
  if (wanted <= before) return true;
  const std::size_t after = std::max({wanted, before + before / 2, std::size_t{16}});
  if (!limits.fits(after * sizeof(Item))) return false;
  charge.grow(after * sizeof(Item));
  items.reserve(after);
  charge.shrink(before * sizeof(Item));
  return true;
}

}  // namespace assay::checkers
