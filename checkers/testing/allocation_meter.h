// What a program really allocates, to compare with what checkers account for: replaces operator new, so exactly one file
// of a program may include it.
//
// Thread safety: may be used from any thread; one AllocationPeak at a time. Units: bytes as the allocator gives them
// out, rounded up as it does, without its own bookkeeping.
#pragma once

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>

namespace assay::checkers::testing {

inline std::atomic<std::size_t> allocated_now = 0;
inline std::atomic<std::size_t> allocated_peak = 0;

// The most that was allocated at once since this was made, beyond what was allocated then.
class AllocationPeak {
 public:
  AllocationPeak() : before_(allocated_now) { allocated_peak = before_; }
  std::size_t bytes() const { return allocated_peak - before_; }

 private:
  std::size_t before_;
};

}  // namespace assay::checkers::testing

[[gnu::noinline]] void* operator new(std::size_t size) {
  using assay::checkers::testing::allocated_now;
  using assay::checkers::testing::allocated_peak;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  const std::size_t now = allocated_now += malloc_usable_size(memory);
  std::size_t peak = allocated_peak;
  while (now > peak && !allocated_peak.compare_exchange_weak(peak, now)) {
  }
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  assay::checkers::testing::allocated_now -= malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
