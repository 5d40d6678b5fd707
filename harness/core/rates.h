// The rates of a sweep as people write them: "1000..10000:1000" (from, to, step), or a list "1000,2000,5000". What
// parse_rates() accepts are between 1 and 100 rates of 1 to 10,000,000 a second. Errors: nullopt; the caller knows what to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace assay {

std::optional<std::vector<std::int64_t>> parse_rates(std::string_view text);

}  // namespace assay
