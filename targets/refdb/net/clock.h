// The node's clocks, read through the C library's clock_gettime and so through the vDSO: a clock fault that was patched
// into the process's vDSO is seen, and a call costs some 35 ns.
//
// Thread safety: any thread.
#pragma once

#include "harness/core/time.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

Nanos monotonic_now();
Nanos wall_now();
inline LocalTime local_now() { return {monotonic_now(), wall_now()}; }

}  // namespace assay::refdb
