#include "reports/page/space_time.h"

#include <algorithm>

#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/svg.h"

namespace assay::reports {

namespace {

constexpr double kNodeDistance = 70;
constexpr Nanos kStretchMost = 40 * kMillisecond;
constexpr Nanos kMargin = 4 * kMillisecond;

class SpaceTime {
 public:
  SpaceTime(const RunResult& run, const std::vector<TracedMessage>& messages)
      : run_(run), messages_(messages) {
    const TraceStretch stretch = stretch_around_anomaly(run);
    frame_.begin = stretch.begin;
    // Where the record was full, the picture ends.
    frame_.end = messages.size() < kTracedMessagesMax ? stretch.end : messages.back().sent;
    frame_.end = std::max(frame_.end, frame_.begin + 1);
    frame_.top = 30;
    frame_.bottom =
        frame_.top + kNodeDistance * static_cast<double>(run.history.node_names().size() - 1) + 24;
  }

  std::string markup() {
    Svg svg(kChartWidth, frame_.bottom + 26, "Messages between nodes around the anomaly");
    draw_fault_bands(svg, frame_, run_);
    for (std::size_t node = 0; node < run_.history.node_names().size(); ++node) {
      const double y = y_of(static_cast<NodeId>(node));
      svg.line(frame_.left, y, frame_.right, y, "axis");
      svg.text(0, y + 4, "name", "start", run_.history.node_name(static_cast<NodeId>(node)));
    }
    for (const TracedMessage& message : messages_) draw(svg, message);
    int number = 0;
    for (const OpId id : all_findings(run_).front().finding->witness) draw_operation(svg, id, ++number);
    draw_fine_axis(svg);
    return svg.finish();
  }

 private:
  double y_of(NodeId node) const { return frame_.top + kNodeDistance * static_cast<double>(node); }

  void draw(Svg& svg, const TracedMessage& message) const {
    if (message.sent > frame_.end) return;
    const double x1 = frame_.x(message.sent), y1 = y_of(message.from), y2 = y_of(message.to);
    if (message.arrived == kNever) {
      // Lost messages end on half of their way.
      const double x2 = x1 + 9, y = y1 + (y2 > y1 ? 16 : -16);
      svg.line(x1, y1, x2, y, "lost");
      svg.line(x2 - 3, y - 3, x2 + 3, y + 3, "lost");
      svg.line(x2 - 3, y + 3, x2 + 3, y - 3, "lost");
      return;
    }
    const double x2 = frame_.x(message.arrived);
    svg.line(x1, y1, x2, y2, "message");
    svg.circle(x2, y2, 2.2, "message");
  }

  void draw_operation(Svg& svg, OpId id, int number) const {
    if (id >= run_.history.size()) return;
    const Operation operation = run_.history.at(id);
    if (operation.node < 0 || operation.completed < frame_.begin || operation.invoked > frame_.end) return;
    const double x = frame_.x(operation.invoked), y = y_of(operation.node);
    svg.rect(x, y - 8, std::max(20.0, frame_.x(operation.completed) - x), 16, "bar hot",
             "#" + std::to_string(id) + " " + request_text(run_.history, operation), 5);
    svg.text(x + 10, y + 4, "num", "middle", std::to_string(number));
  }

  void draw_fine_axis(Svg& svg) const {
    const double step = nice_step(static_cast<double>(frame_.end - frame_.begin), 8);
    for (double at = 0; at <= static_cast<double>(frame_.end - frame_.begin); at += step) {
      const double x = frame_.x(frame_.begin + static_cast<Nanos>(at));
      svg.line(x, frame_.bottom - 4, x, frame_.bottom, "axis");
      svg.text(x, frame_.bottom + 16, "tick", "middle",
               at == 0 ? exact_moment(frame_.begin) : "+" + people_time(static_cast<Nanos>(at)));
    }
  }

  const RunResult& run_;
  const std::vector<TracedMessage>& messages_;
  Frame frame_;
};

}  // namespace

TraceStretch stretch_around_anomaly(const RunResult& run) {
  const std::vector<NamedFinding> findings = all_findings(run);
  if (findings.empty() || findings.front().finding->witness.empty()) return {};
  Nanos first = kNever, last = 0;
  for (const OpId id : findings.front().finding->witness) {
    if (id >= run.history.size()) return {};
    const Operation operation = run.history.at(id);
    first = std::min(first, operation.invoked);
    last = std::max(last, operation.completed == kNever ? operation.invoked : operation.completed);
  }
  return {std::max<Nanos>(0, std::max(first, last - kStretchMost) - kMargin), last + kMargin};
}

std::string space_time_section(const RunResult& run, const std::vector<TracedMessage>& messages) {
  if (messages.empty() || run.history.node_names().empty() || all_findings(run).empty()) return {};
  const auto lost = std::count_if(messages.begin(), messages.end(),
                                  [](const TracedMessage& message) { return message.arrived == kNever; });
  return section("messages", "Messages around the anomaly",
                 "Each line is a message from one node to another, from when it was sent to when it arrived; "
                 "crossed out: " +
                     std::to_string(lost) + " of " + std::to_string(messages.size()) +
                     " that never did. Numbered bars: operations of the first anomaly, on the node that was "
                     "asked. Recorded by "
                     "repeating the run.",
                 card(SpaceTime(run, messages).markup()));
}

}  // namespace assay::reports
