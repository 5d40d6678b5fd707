#include "reports/page/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reports/common/escape.h"
#include "reports/common/words.h"

namespace assay::reports {

double Frame::x(Nanos time) const {
  const Nanos clamped = std::clamp(time, begin, end);
  const double share =
      static_cast<double>(clamped - begin) / static_cast<double>(std::max<Nanos>(1, end - begin));
  return left + share * (right - left);
}

std::string coordinate(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  std::string out = text;
  if (out.size() > 2 && out.ends_with(".0")) out.resize(out.size() - 2);
  return out;
}

namespace {

std::string attribute(std::string_view name, double number) {
  return " " + std::string(name) + "=\"" + coordinate(number) + "\"";
}

std::string class_attribute(std::string_view css) { return " class=\"" + std::string(css) + "\""; }

}  // namespace

Svg::Svg(double width, double height, std::string_view label, std::string_view css) {
  out_ = "<svg" + (css.empty() ? std::string() : class_attribute(css)) + " viewBox=\"0 0 " +
         coordinate(width) + " " + coordinate(height) + "\"" + attribute("width", width) +
         attribute("height", height) + " role=\"img\" aria-label=\"" + escape(label) + "\">\n";
}

void Svg::rect(double x, double y, double width, double height, std::string_view css, std::string_view title,
               double radius) {
  out_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", std::max(0.0, width)) +
          attribute("height", height) + class_attribute(css);
  if (radius > 0) out_ += attribute("rx", radius);
  out_ += title.empty() ? "/>\n" : "><title>" + escape(title) + "</title></rect>\n";
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view css) {
  out_ += "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) +
          class_attribute(css) + "/>\n";
}

void Svg::text(double x, double y, std::string_view css, std::string_view anchor, std::string_view content) {
  out_ += "<text" + attribute("x", x) + attribute("y", y) + class_attribute(css) + " text-anchor=\"" +
          std::string(anchor) + "\">" + escape(content) + "</text>\n";
}

void Svg::path(std::string_view css, std::string_view data) {
  if (!data.empty()) out_ += "<path" + class_attribute(css) + " d=\"" + std::string(data) + "\"/>\n";
}

void Svg::circle(double x, double y, double radius, std::string_view css) {
  out_ += "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) +
          class_attribute(css) + "/>\n";
}

std::string Svg::finish() { return std::move(out_) + "</svg>\n"; }

void add_block(std::string& data, double x, double y, double width, double height) {
  data += "M" + coordinate(x) + " " + coordinate(y) + "h" + coordinate(width) + "v" + coordinate(height) +
          "h-" + coordinate(width) + "z";
}

void draw_fault_bands(Svg& svg, const Frame& frame, const RunResult& run) {
  for (const FaultWindowSummary& fault : run.faults) {
    const FaultWindow& window = fault.window;
    if (window.begin >= frame.end || window.end <= frame.begin) continue;
    const double from = frame.x(window.begin);
    svg.rect(from, frame.top, std::max(1.5, frame.x(window.end) - from), frame.bottom - frame.top, "band",
             window.fault + " on " + node_list(run.history, window.nodes) + ", " +
                 people_moment(window.begin) + " to " + people_moment(window.end));
  }
}

double nice_step(double range, int parts) {
  const double rough = std::max(range, 1e-12) / parts;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) return factor * power;
  }
  return 10 * power;
}

void draw_time_axis(Svg& svg, const Frame& frame) {
  svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  const double length = static_cast<double>(frame.end - frame.begin) / 1e9;
  const double step = nice_step(length, 12);
  const double first = std::ceil(static_cast<double>(frame.begin) / 1e9 / step) * step;
  for (int i = 0; i < 40; ++i) {
    const double second = first + i * step;
    const auto time = static_cast<Nanos>(second * 1e9);
    if (time > frame.end) break;
    const double x = frame.x(time);
    svg.line(x, frame.bottom, x, frame.bottom + 4, "axis");
    char label[32];
    std::snprintf(label, sizeof label, step < 1 ? "%.3g s" : "%.0f s", second);
    svg.text(x, frame.bottom + 18, "tick", "middle", label);
  }
}

void draw_level(Svg& svg, const Frame& frame, double y, std::string_view label) {
  svg.line(frame.left, y, frame.right, y, "grid");
  svg.text(frame.left - 8, y + 4, "tick", "end", label);
}

}  // namespace assay::reports
