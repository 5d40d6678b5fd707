// Two finished runs side by side: each is cut into slices of its main phase, and the ratio of their medians gets an interval by
// a seeded bootstrap over the slices of each. The runs were made at different times, perhaps on different machines: for people,
// not for a gate.
//
// Ratios: above 1 is worse. Thread safety: pure functions. Complexity: O(operations log operations).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/core/gate.h"
#include "harness/core/history.h"

namespace assay::gate {

// Cuts the main phase (or the whole history where there are no marks of phases) into equal slices. Slices without operations
// have figures of -1, but a throughput of 0.
std::vector<BlockSample> slices_of(const History& history, std::size_t count);

inline constexpr std::size_t kSlices = 20;

// None when fewer than half of the slices of one have the figure.
std::optional<RatioEstimate> compare_slices(const std::vector<BlockSample>& before,
                                            const std::vector<BlockSample>& after, GatedMetric metric,
                                            std::uint64_t seed);

// The figures of one block from its operations: response times of those that were ok, in any order.
BlockSample block_sample(std::vector<Nanos>& response, std::int64_t operations, std::int64_t late,
                         Nanos length);

}  // namespace assay::gate
