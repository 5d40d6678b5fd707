// The picture of a finding. Time runs to the right, but gaps are compressed: only the order of events and rough
// distances matter here; the table has the times. An arrow joins two witness operations one of which completed
// before the other began.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/page.h"
#include "reports/page/svg.h"
#include "reports/text/table.h"

namespace assay::reports {

namespace {

constexpr double kLaneHeight = 54;
constexpr double kLeft = 116;
constexpr double kTop = 26;
constexpr double kRoomRight = 150;      // for the last labels
constexpr double kCharacter = 7.0;      // width of one in a label
constexpr double kStretchLeast = 0.28;  // a picture of many events is rather narrow than cut off at the edge

class WitnessChart {
 public:
  WitnessChart(const RunResult& run, const Finding& finding)
      : run_(run), witness_(finding.witness.begin(), finding.witness.end()) {
    for (const OpId id : shown_operations(run.history, finding)) operations_.push_back(run.history.at(id));
    place_events();
    for (const Operation& operation : operations_) {
      if (lanes_.emplace(operation.process, lanes_.size()).second) order_.push_back(operation.process);
    }
  }

  std::string markup() {
    bottom_ = kTop + kLaneHeight * static_cast<double>(lanes_.size());
    Svg svg(right_, bottom_ + 28, "Operations of the anomaly over time");
    draw_faults(svg);
    draw_lanes(svg);
    draw_times(svg);
    draw_order(svg);
    int number = 0;
    for (const Operation& operation : operations_) draw(svg, operation, hot(operation) ? ++number : 0);
    return "<div class=\"scroll\">" + svg.finish() + "</div>\n<p class=\"none\">Times count from " +
           people_moment(operations_.front().invoked) +
           "; gaps are compressed. Numbered: the witness. Dotted: completed before the next began.</p>\n";
  }

 private:
  bool hot(const Operation& operation) const { return witness_.contains(operation.id); }
  double lane_y(const Operation& operation) const {
    return kTop + kLaneHeight * static_cast<double>(lanes_.at(operation.process)) + 24;
  }

  // Every event gets a place of its own; a longer gap takes more room, but only by its logarithm.
  void place_events() {
    std::set<Nanos> moments;
    for (const Operation& operation : operations_) {
      moments.insert(operation.invoked);
      if (operation.completed != kNever) moments.insert(operation.completed);
    }
    Nanos smallest = kNever;
    Nanos before = -1;
    for (const Nanos moment : moments) {
      if (before >= 0) smallest = std::min(smallest, moment - before);
      before = moment;
    }
    double x = 0;
    before = -1;
    for (const Nanos moment : moments) {
      if (before >= 0) {
        const double ratio = static_cast<double>(moment - before) / static_cast<double>(smallest);
        x += 30 + 14 * std::min(6.0, std::log2(ratio));
      }
      places_[moment] = x;
      before = moment;
    }
    const double room = kChartWidth - kLeft - kRoomRight;
    const double stretch = x > 0 ? std::max(kStretchLeast, room / x) : 1;
    for (auto& [moment, place] : places_) place = kLeft + 16 + place * stretch;
    right_ = std::max(kChartWidth, kLeft + 16 + x * stretch + kRoomRight);
  }

  double x_of(Nanos time) const {
    const auto after = places_.lower_bound(time);
    if (after == places_.end()) return time == kNever ? right_ : places_.rbegin()->second + 20;
    if (after->first == time || after == places_.begin()) return after->first == time ? after->second : kLeft;
    const auto before = std::prev(after);
    const double share =
        static_cast<double>(time - before->first) / static_cast<double>(after->first - before->first);
    return before->second + share * (after->second - before->second);
  }

  void draw_faults(Svg& svg) {
    const Nanos first = operations_.front().invoked;
    const Nanos last = places_.rbegin()->first;
    for (const FaultWindowSummary& fault : run_.faults) {
      const FaultWindow& window = fault.window;
      if (window.begin > last || window.end < first) continue;
      const double from = x_of(window.begin);
      svg.rect(from, kTop - 22, x_of(window.end) - from, bottom_ - kTop + 22, "band", window.fault);
      svg.text(from + 6, kTop - 8, "gname", "start",
               window.fault + " " + node_list(run_.history, window.nodes));
    }
  }

  void draw_lanes(Svg& svg) {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const double y = kTop + kLaneHeight * static_cast<double>(i);
      svg.line(0, y + kLaneHeight, right_, y + kLaneHeight, "lane");
      svg.text(0, y + 29, "name", "start", "process " + std::to_string(order_[i]));
      const auto of_lane =
          std::find_if(operations_.begin(), operations_.end(),
                       [&](const Operation& operation) { return operation.process == order_[i]; });
      svg.text(0, y + 44, "sub", "start", run_.history.node_name(of_lane->node));
    }
  }

  void draw_times(Svg& svg) {
    const Nanos zero = operations_.front().invoked;
    double free_from = 0;
    for (const Operation& operation : operations_) {
      if (!hot(operation)) continue;
      for (const Nanos moment : {operation.invoked, operation.completed}) {
        if (moment == kNever) continue;
        svg.line(x_of(moment), kTop, x_of(moment), bottom_ + 6, "guide");
        if (x_of(moment) < free_from) continue;
        svg.text(x_of(moment), bottom_ + 20, "tick", "middle",
                 moment == zero ? "0" : "+" + people_time(moment - zero));
        free_from = x_of(moment) + 66;
      }
    }
  }

  void draw_order(Svg& svg) {
    const Operation* before = nullptr;
    for (const Operation& operation : operations_) {
      if (!hot(operation)) continue;
      if (before != nullptr && before->precedes(operation)) arrow(svg, *before, operation);
      before = &operation;
    }
  }

  void arrow(Svg& svg, const Operation& from, const Operation& to) {
    const double x1 = x_of(from.completed), y1 = lane_y(from) + 9;
    const double x2 = x_of(to.invoked) - 5, y2 = lane_y(to) + 9;
    const double middle = (x1 + x2) / 2;
    svg.path("order", "M" + coordinate(x1) + " " + coordinate(y1) + "C" + coordinate(middle) + " " +
                          coordinate(y1) + " " + coordinate(middle) + " " + coordinate(y2) + " " +
                          coordinate(x2) + " " + coordinate(y2));
    svg.path("tip", "M" + coordinate(x2 + 5) + " " + coordinate(y2) + "l-7 -4v8z");
  }

  // Where the next operation of the lane begins, or the edge.
  double room_until(const Operation& operation) const {
    double until = right_;
    for (const Operation& other : operations_) {
      if (other.process == operation.process && other.id > operation.id)
        until = std::min(until, x_of(other.invoked));
    }
    return until;
  }

  void draw(Svg& svg, const Operation& operation, int number) {
    const double x = x_of(operation.invoked);
    const double y = lane_y(operation);
    const bool open = operation.completed == kNever;
    const std::string label = request_text(run_.history, operation);
    const std::string title = "#" + std::to_string(operation.id) + " " + label + " (" +
                              std::string(outcome_name(operation.outcome)) + "), " +
                              people_moment(operation.invoked) + " to " + people_moment(operation.completed);
    std::string css = number > 0 ? "bar hot" : "bar";
    if (open) css += " open";
    svg.rect(x, y, std::max(number > 0 ? 20.0 : 8.0, (open ? right_ : x_of(operation.completed)) - x), 18,
             css, title, 5);
    if (number > 0) svg.text(x + 10, y + 13, "num", "middle", std::to_string(number));
    const double room = std::max(42.0, room_until(operation) - x - 6);
    std::string shown = label;
    if (operation.outcome != Outcome::ok) shown += " (" + std::string(outcome_name(operation.outcome)) + ")";
    svg.text(x, y - 6, number > 0 ? "oplabel hot" : "oplabel", "start",
             shortened(shown, static_cast<std::size_t>(room / kCharacter)));
  }

  const RunResult& run_;
  std::set<OpId> witness_;
  std::vector<Operation> operations_;
  std::map<Nanos, double> places_;
  std::map<ProcessId, std::size_t> lanes_;
  std::vector<ProcessId> order_;
  double right_ = kChartWidth;
  double bottom_ = 0;
};

}  // namespace

std::string witness_chart(const RunResult& run, const Finding& finding) {
  return WitnessChart(run, finding).markup();
}

}  // namespace assay::reports
