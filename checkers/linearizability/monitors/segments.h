// A linearization in pieces: the moments at which a collection is found empty cut the time line into
// segments, and each element lies in one of them whole.
//
// An element lies before a moment if it must be in before it, or out by then; else after. Where the moment
// will do (no element is surely in, see elements.h), that contradicts no order of intervals: of two elements
// on different sides, the later one is neither put in nor taken out before the earlier one in real time.
//
// Thread safety: plain functions and data.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/linearizability/monitors/elements.h"

namespace assay::checkers {

struct Segments {
  std::vector<Nanos> cuts;                           // sorted, each once
  std::vector<std::vector<std::uint32_t>> elements;  // by segment; one more than cuts
  std::vector<std::vector<OpId>> empties;            // by cut

  Nanos begin(std::size_t segment) const { return segment == 0 ? INT64_MIN : cuts[segment - 1]; }
};

Segments cut_into_segments(const std::vector<Element>& elements, const std::vector<Look>& empties,
                           const std::vector<Nanos>& moments);

// An operation at a moment, to be put in order.
struct Point {
  Nanos time;
  bool takes;  // at equal times, what comes in does so before what goes out
  OpId id;
};

// Requires: points of puts and takes each in an order that is legal when they are merged by time.
void append_in_order(std::vector<Point>& points, std::vector<OpId>& order);

}  // namespace assay::checkers
