// Durations and sizes as people write them in plans and on the command line: "30s", "1.5s", "500ms", "2m",
// "4G". What format_*() gives, parse_*() reads back exactly. Errors: nullopt; the caller knows what to say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/time.h"

namespace assay {

// Units ns, us, ms, s, m, h; at most nine decimals; not negative. "0" needs no unit.
std::optional<Nanos> parse_duration(std::string_view text);
// With the largest unit that needs no decimals: "30s", "1500ms".
std::string format_duration(Nanos duration);

// Bytes; the units K, M, G, T (or KiB, MiB ...) count by 1024.
std::optional<std::size_t> parse_size(std::string_view text);
std::string format_size(std::size_t size_bytes);

}  // namespace assay
