#include "reports/page/chart.h"

#include <algorithm>
#include <cmath>

namespace assay::reports {

TimeChart::TimeChart(const RunResult& run, const TimeSlices& slices, std::string_view label, double height)
    : run_(run), slices_(slices), svg_(kChartWidth, height + 38, label, "over-time") {
  frame_.top = 12;
  frame_.bottom = 12 + height;
  frame_.begin = slices.begin;
  frame_.end = slices.end;
  draw_fault_bands(svg_, frame_, run_);
}

void TimeChart::linear(double most, const std::function<std::string(double)>& name) {
  const double step = nice_step(std::max(most, 1e-9), 4);
  high_ = std::max(most, step);
  for (double level = step; level <= high_ * 1.001; level += step)
    draw_level(svg_, frame_, y(level), name(level));
}

void TimeChart::logarithmic(double low, double high) {
  logarithmic_ = true;
  low_ = std::floor(std::log10(std::max(1.0, low)) + 1e-9);
  high_ = std::max(std::ceil(std::log10(std::max(1.0, high)) - 1e-9), low_ + 1);
  for (double decade = low_; decade <= high_; ++decade)
    draw_level(svg_, frame_, y(std::pow(10.0, decade)), decade_name(static_cast<int>(decade)));
}

double TimeChart::y(double value) const {
  const double place = logarithmic_ ? std::log10(std::max(1.0, value)) : value;
  const double share = std::clamp((place - low_) / (high_ - low_), 0.0, 1.0);
  return frame_.bottom - share * (frame_.bottom - frame_.top);
}

void TimeChart::line(std::string_view css, const std::function<double(const TimeSlice&)>& value) {
  std::string data;
  bool open = false;
  for (std::size_t i = 0; i < slices_.slices.size(); ++i) {
    const double number = value(slices_.slices[i]);
    if (number < 0) {
      open = false;
      continue;
    }
    data += (open ? "L" : "M") + coordinate(x(i) + width() / 2) + " " + coordinate(y(number));
    if (!open) data += "h1";  // a lonely slice becomes a short dash
    open = true;
  }
  svg_.path(css, data);
}

void TimeChart::area(std::string_view css, const std::function<double(const TimeSlice&)>& value) {
  std::string data;
  for (std::size_t i = 0; i < slices_.slices.size(); ++i) {
    const double top = y(std::max(0.0, value(slices_.slices[i])));
    if (top < frame_.bottom - 0.05) add_block(data, x(i), top, width(), frame_.bottom - top);
  }
  svg_.path(css, data);
}

std::string TimeChart::finish() {
  draw_time_axis(svg_, frame_);
  svg_.line(frame_.left, frame_.top, frame_.left, frame_.bottom, "cursor");
  return svg_.finish();
}

std::string decade_name(int power) {
  constexpr const char* kUnits[] = {"ns", "µs", "ms", "s"};
  const int unit = std::clamp(power / 3, 0, 3);
  return "1" + std::string(static_cast<std::size_t>(std::max(0, power - 3 * unit)), '0') + " " + kUnits[unit];
}

}  // namespace assay::reports
