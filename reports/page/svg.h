// Drawing for the page: a small SVG writer, a time axis, and the bands of the fault windows that every chart of
// the run shares. Coordinates are in user units; a chart is kChartWidth wide. Nothing here escapes for the
// caller except where it says so.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/run_result.h"

namespace assay::reports {

inline constexpr double kChartWidth = 1040;

// The plotting area of a chart over time.
struct Frame {
  double left = 60, right = 1026;
  double top = 0, bottom = 0;
  Nanos begin = 0, end = 1;

  double x(Nanos time) const;
};

class Svg {
 public:
  // `label` says what the picture shows, for screen readers. Escaped.
  Svg(double width, double height, std::string_view label, std::string_view css = {});

  void rect(double x, double y, double width, double height, std::string_view css,
            std::string_view title = {}, double radius = 0);
  void line(double x1, double y1, double x2, double y2, std::string_view css);
  // `anchor`: "start", "middle" or "end".
  void text(double x, double y, std::string_view css, std::string_view anchor, std::string_view content);
  void path(std::string_view css, std::string_view data);
  void circle(double x, double y, double radius, std::string_view css);

  std::string finish();

 private:
  std::string out_;
};

// "12.5": one decimal at most.
std::string coordinate(double number);
// Appends a closed rectangle to the data of a path; far smaller than a rect element.
void add_block(std::string& data, double x, double y, double width, double height);

// The bands of the fault windows behind a chart, each with a tooltip.
void draw_fault_bands(Svg& svg, const Frame& frame, const RunResult& run);
// Ticks and seconds below the frame.
void draw_time_axis(Svg& svg, const Frame& frame);
// A horizontal grid line with its label at the left.
void draw_level(Svg& svg, const Frame& frame, double y, std::string_view label);
// A step of 1, 2 or 5 times a power of ten that divides `range` into at most `parts`.
double nice_step(double range, int parts);

}  // namespace assay::reports
