// A move-only callable that lives in its own fixed buffer: no allocation, no virtual table. The simulator makes
// millions of them a second.
//
// Thread safety: none. A callable larger than kCapacity is refused at compile time.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "harness/core/assert.h"

namespace assay::sim {

class InlineTask {
 public:
  static constexpr std::size_t kCapacity = 88;

  InlineTask() noexcept = default;

  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, InlineTask>) explicit InlineTask(F&& callable) {
    emplace(std::forward<F>(callable));
  }

  InlineTask(InlineTask&& other) noexcept { take(other); }
  InlineTask& operator=(InlineTask&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  InlineTask(const InlineTask&) = delete;
  InlineTask& operator=(const InlineTask&) = delete;
  ~InlineTask() { reset(); }

  // Replaces what is held.
  template <typename F>
  void emplace(F&& callable) {
    using Callable = std::remove_cvref_t<F>;
    static_assert(sizeof(Callable) <= kCapacity, "the captured state is too large for a simulator event");
    static_assert(alignof(Callable) <= alignof(std::max_align_t));
    static_assert(std::is_nothrow_move_constructible_v<Callable>);
    reset();
    ::new (static_cast<void*>(buffer_)) Callable(std::forward<F>(callable));
    manage_ = &manage<Callable>;
  }

  // Requires: not empty. The callable stays until reset().
  void run() {
    ASSAY_ASSERT(manage_ != nullptr);
    manage_(Action::run, buffer_, nullptr);
  }

  void reset() noexcept {
    if (manage_ == nullptr) return;
    manage_(Action::destroy, buffer_, nullptr);
    manage_ = nullptr;
  }

  explicit operator bool() const noexcept { return manage_ != nullptr; }

 private:
  enum class Action : unsigned char { run, destroy, move };

  template <typename Callable>
  static void manage(Action action, void* buffer, void* other) {
    Callable* callable = std::launder(static_cast<Callable*>(buffer));
    switch (action) {
      case Action::run:
        (*callable)();
        break;
      case Action::destroy:
        callable->~Callable();
        break;
      case Action::move:
        ::new (other) Callable(std::move(*callable));
        callable->~Callable();
        break;
    }
  }

  void take(InlineTask& other) noexcept {
    if (other.manage_ == nullptr) return;
    other.manage_(Action::move, other.buffer_, buffer_);
    manage_ = std::exchange(other.manage_, nullptr);
  }

  void (*manage_)(Action, void*, void*) = nullptr;
  alignas(std::max_align_t) std::byte buffer_[kCapacity];
};

}  // namespace assay::sim
