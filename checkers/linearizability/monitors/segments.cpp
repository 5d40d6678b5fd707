#include "checkers/linearizability/monitors/segments.h"

#include <algorithm>

namespace assay::checkers {

Segments cut_into_segments(const std::vector<Element>& elements, const std::vector<Look>& empties,
                           const std::vector<Nanos>& moments) {
  Segments segments;
  segments.cuts = moments;
  std::sort(segments.cuts.begin(), segments.cuts.end());
  segments.cuts.erase(std::unique(segments.cuts.begin(), segments.cuts.end()), segments.cuts.end());
  segments.elements.resize(segments.cuts.size() + 1);
  segments.empties.resize(segments.cuts.size());
  for (std::uint32_t i = 0; i < elements.size(); ++i) {
    const Element& element = elements[i];
    // After every cut that it need not be in before, unless it must be out by then.
    auto after = std::upper_bound(segments.cuts.begin(), segments.cuts.end(), element.in_by);
    if (after != segments.cuts.begin() && *(after - 1) == element.out_by) --after;
    segments.elements[static_cast<std::size_t>(after - segments.cuts.begin())].push_back(i);
  }
  for (std::size_t i = 0; i < empties.size(); ++i) {
    const auto cut = std::lower_bound(segments.cuts.begin(), segments.cuts.end(), moments[i]);
    segments.empties[static_cast<std::size_t>(cut - segments.cuts.begin())].push_back(empties[i].id);
  }
  return segments;
}

void append_in_order(std::vector<Point>& points, std::vector<OpId>& order) {
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    return a.time != b.time ? a.time < b.time : a.takes < b.takes;
  });
  for (const Point& point : points) order.push_back(point.id);
}

}  // namespace assay::checkers
