// Assertions that stay on in release builds. A failed assertion is a programmer error: it prints one line and
// aborts. Never use it for input, the network, a database or a disk; those are values (see core/error.h).
#pragma once

#include <cstdio>
#include <cstdlib>

namespace assay {

[[noreturn]] inline void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "assertion failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace assay

#define ASSAY_ASSERT(expression) \
  (static_cast<bool>(expression) ? void(0) : ::assay::assertion_failed(#expression, __FILE__, __LINE__))
