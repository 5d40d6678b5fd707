// A chart over the time of a run: frame, fault bands, axis, and a logarithmic or linear scale. All charts of the page have the
// same width and time axis, so one cursor fits all of them; the script finds them by the class "over-time".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "reports/page/slices.h"
#include "reports/page/svg.h"

namespace assay::reports {

class TimeChart {
 public:
  // `label` says what it shows; `height` is that of the plotting area.
  TimeChart(const RunResult& run, const TimeSlices& slices, std::string_view label, double height);

  // A linear scale from 0 to at least `most`, with `name(level)` at its lines.
  void linear(double most, const std::function<std::string(double)>& name);
  // A scale of whole decades around [low, high], in nanoseconds.
  void logarithmic(double low, double high);

  double y(double value) const;
  double x(std::size_t slice) const { return frame_.x(slices_.begin_of(slice)); }
  double width() const { return (frame_.right - frame_.left) / static_cast<double>(slices_.slices.size()); }
  const Frame& frame() const { return frame_; }
  Svg& svg() { return svg_; }
  // A line through the slices; breaks where `value` is negative.
  void line(std::string_view css, const std::function<double(const TimeSlice&)>& value);
  // A filled area from the bottom.
  void area(std::string_view css, const std::function<double(const TimeSlice&)>& value);
  std::string finish();

 private:
  const RunResult& run_;
  const TimeSlices& slices_;
  Frame frame_;
  Svg svg_;
  double low_ = 0, high_ = 1;
  bool logarithmic_ = false;
};

// "1 µs", "10 ms": the name of a power of ten nanoseconds.
std::string decade_name(int power);

}  // namespace assay::reports
