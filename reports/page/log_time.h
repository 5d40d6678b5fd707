// Time stamps at the beginning of a log's lines: refdb's (2026-11-21T10:41:00.123456Z) and Redis's (81:M 21 Nov 2026 10:41:00.123,
// taken for UTC).
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "harness/core/observations.h"

namespace assay::reports {

// Nanoseconds since 1970, UTC, by the clock of whoever wrote the line; nothing when the line begins with no such stamp.
std::optional<Nanos> log_time(std::string_view line);

// The same moment on the run's clock. `wall_begin`: the wall clock of the harness when the run began; `clock`: samples of the writer's
// clock against that one, in order of time; empty: it is taken to be right.
Nanos moment_of(Nanos log_time, Nanos wall_begin, const std::vector<NodeSample>& clock);

}  // namespace assay::reports
