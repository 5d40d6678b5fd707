// The whole run at one glance: fault windows on top, then what happened. Few operations are drawn one by one in
// a lane per process; many are counted per node and slice of time.
#include <algorithm>
#include <array>
#include <map>

#include "reports/common/words.h"
#include "reports/page/columns.h"
#include "reports/page/html.h"
#include "reports/page/page.h"
#include "reports/page/svg.h"

namespace assay::reports {

namespace {

constexpr std::size_t kDrawnOneByOne = 400;
constexpr std::size_t kProcessLanesMax = 40;
constexpr std::size_t kSlices = 240;
constexpr double kGanttLane = 22;
constexpr double kNodeLane = 54;
constexpr double kProcessLane = 15;

// Which row each fault window gets so that none overlap.
std::vector<std::size_t> gantt_rows(const RunResult& run, std::size_t& row_count) {
  std::vector<Nanos> free_from;
  std::vector<std::size_t> rows;
  for (const FaultWindowSummary& fault : run.faults) {
    std::size_t row = 0;
    while (row < free_from.size() && free_from[row] > fault.window.begin) ++row;
    if (row == free_from.size()) free_from.push_back(0);
    free_from[row] = fault.window.end;
    rows.push_back(row);
  }
  row_count = free_from.size();
  return rows;
}

void draw_gantt(Svg& svg, const Frame& frame, const RunResult& run, const std::vector<std::size_t>& rows,
                double top) {
  for (std::size_t i = 0; i < run.faults.size(); ++i) {
    const FaultWindow& window = run.faults[i].window;
    const double x = frame.x(window.begin);
    const double width = std::max(3.0, frame.x(window.end) - x);
    const double y = top + kGanttLane * static_cast<double>(rows[i]);
    const std::string nodes = node_list(run.history, window.nodes);
    svg.rect(x, y + 13, width, 5, window.verified ? "gantt" : "gantt unproved",
             window.fault + " " + nodes + ", " + facts_text(window.value) +
                 (window.verified ? "" : " (unverified)"),
             2);
    double until = frame.right;
    for (std::size_t k = i + 1; k < rows.size(); ++k) {
      if (rows[k] == rows[i]) until = std::min(until, frame.x(run.faults[k].window.begin));
    }
    if (until - x > 8.0 * static_cast<double>(window.fault.size()))
      svg.text(x, y + 9, "gname", "start", window.fault);
  }
}

// Operations of one node by slice of time and outcome.
using Slices = std::array<std::array<std::uint32_t, 3>, kSlices>;

std::vector<Slices> count_by_node(const RunResult& run, const Frame& frame, std::size_t lanes) {
  std::vector<Slices> counts(lanes);
  for (const Operation operation : run.history.operations()) {
    const Nanos at = operation.completed == kNever ? operation.invoked : operation.completed;
    const auto slice = static_cast<std::size_t>(static_cast<__int128>(at) * kSlices / (frame.end + 1));
    const std::size_t lane = operation.node >= 0 && static_cast<std::size_t>(operation.node) + 1 < lanes
                                 ? static_cast<std::size_t>(operation.node)
                                 : lanes - 1;
    ++counts[lane][std::min(slice, kSlices - 1)][static_cast<std::size_t>(operation.outcome)];
  }
  return counts;
}

void draw_slices(Svg& svg, const Frame& frame, const Slices& slices, double bottom, double height,
                 std::uint32_t tallest) {
  std::array<std::string, 3> data;
  const double width = (frame.right - frame.left) / kSlices;
  for (std::size_t slice = 0; slice < kSlices; ++slice) {
    double y = bottom;
    for (std::size_t outcome = 0; outcome < 3; ++outcome) {
      const std::uint32_t count = slices[slice][outcome];
      if (count == 0) continue;
      const double tall = std::max(0.8, height * count / std::max(1u, tallest));
      y -= tall;
      add_block(data[outcome], frame.left + width * static_cast<double>(slice), y, width - 0.4, tall);
    }
  }
  svg.path("ok", data[0]);
  svg.path("fail", data[1]);
  svg.path("info", data[2]);
}

void draw_nodes(Svg& svg, const Frame& frame, const RunResult& run, std::size_t nodes, bool others) {
  const std::vector<Slices> counts = count_by_node(run, frame, nodes + 1);
  std::uint32_t tallest = 1;
  for (const Slices& slices : counts) {
    for (const auto& slice : slices) tallest = std::max(tallest, slice[0] + slice[1] + slice[2]);
  }
  for (std::size_t lane = 0; lane < nodes + (others ? 1 : 0); ++lane) {
    const double top = frame.top + kNodeLane * static_cast<double>(lane);
    const auto node = static_cast<NodeId>(lane);
    for (const FaultWindowSummary& fault : run.faults) {
      const auto& hurt = fault.window.nodes;
      if (std::find(hurt.begin(), hurt.end(), node) == hurt.end()) continue;
      const double x = frame.x(fault.window.begin);
      svg.rect(x, top, frame.x(fault.window.end) - x, kNodeLane, "struck",
               fault.window.fault + " on " + run.history.node_name(node));
    }
    svg.line(frame.left, top + kNodeLane, frame.right, top + kNodeLane, "lane");
    svg.text(0, top + kNodeLane - 8, "name", "start", lane < nodes ? run.history.node_name(node) : "other");
    draw_slices(svg, frame, counts[lane], top + kNodeLane, kNodeLane - 10, tallest);
  }
}

void draw_processes(Svg& svg, const Frame& frame, const RunResult& run,
                    const std::map<ProcessId, std::size_t>& lanes) {
  for (const auto& [process, lane] : lanes) {
    const double y = frame.top + kProcessLane * static_cast<double>(lane);
    svg.text(frame.left - 8, y + 11, "tick", "end", std::to_string(process));
    svg.line(frame.left, y + kProcessLane, frame.right, y + kProcessLane, "lane");
  }
  for (const Operation operation : run.history.operations()) {
    const double x = frame.x(operation.invoked);
    const double y = frame.top + kProcessLane * static_cast<double>(lanes.at(operation.process));
    svg.rect(x, y + 3, std::max(1.6, frame.x(operation.completed) - x), kProcessLane - 6,
             operation.completed == kNever ? "info open" : outcome_name(operation.outcome),
             "#" + std::to_string(operation.id) + " " + request_text(run.history, operation) + " (" +
                 std::string(outcome_name(operation.outcome)) + ")",
             1.5);
  }
}

// The room in which the script draws.
std::string live_timeline(const RunResult& run) {
  std::string about =
      "A lane per process, from the invocation to the completion of each operation; faded: never completed. "
      "Drag to "
      "move, double click or Ctrl with the wheel to zoom, keys + - and arrows.";
  for (const CheckResult& check : run.checks) {
    if (check.certificate && check.certificate->claim == "linearizable" &&
        run.history.size() <= kColumnTextsMax) {
      about += " A circle is where the operation took effect in the order that proves the run linearizable.";
      break;
    }
  }
  if (run.history.size() > kColumnOperationsMax) {
    about += " This page carries " + with_thousands(kColumnOperationsMax) + " of " +
             with_thousands(static_cast<std::int64_t>(run.history.size())) +
             " operations, those around the first anomaly; the charts count all of them.";
  } else if (run.history.size() > kColumnTextsMax) {
    about += " In a run of this length what each operation asked for is in history.jsonl only.";
  }
  return "<div class=\"live\"><div class=\"tools\"></div><div class=\"stage\"><canvas tabindex=\"0\" "
         "role=\"img\" "
         "aria-label=\"Operations over time, a lane per process\"></canvas><div class=\"hair\" "
         "hidden></div></div>"
         "<div class=\"readout\" hidden></div><p class=\"tip\">Point at an operation to see what it was.</p>"
         "<p class=\"none\">" +
         about + "</p></div>\n";
}

}  // namespace

std::string timeline_section(const RunResult& run) {
  if (run.history.empty()) {
    return section("timeline", "Timeline", {}, card("<p class=\"none\">There was no operation.</p>\n"));
  }
  std::map<ProcessId, std::size_t> processes;
  std::size_t nodes = run.history.node_names().size();
  bool others = nodes == 0;
  for (const Operation operation : run.history.operations()) {
    processes.emplace(operation.process, 0);
    others = others || operation.node < 0 || static_cast<std::size_t>(operation.node) >= nodes;
  }
  std::size_t lane = 0;
  for (auto& [process, number] : processes) number = lane++;
  const bool one_by_one = run.history.size() <= kDrawnOneByOne && processes.size() <= kProcessLanesMax;
  std::size_t gantt_count = 0;
  const std::vector<std::size_t> rows = gantt_rows(run, gantt_count);
  Frame frame;
  frame.end = end_of_run(run);
  frame.top = kGanttLane * static_cast<double>(gantt_count) + 10;
  const double lanes = one_by_one ? kProcessLane * static_cast<double>(processes.size())
                                  : kNodeLane * static_cast<double>(nodes + (others ? 1 : 0));
  frame.bottom = frame.top + lanes;
  Svg svg(kChartWidth, frame.bottom + 26, "Operations and faults over the whole run");
  draw_gantt(svg, frame, run, rows, 0);
  if (one_by_one) {
    draw_fault_bands(svg, frame, run);
    draw_processes(svg, frame, run, processes);
  } else {
    draw_nodes(svg, frame, run, nodes, others);
  }
  draw_time_axis(svg, frame);
  const std::string legend =
      "<div class=\"legend\"><span class=\"ok\">ok</span><span class=\"fail\">fail</span><span "
      "class=\"info\">info"
      "</span><span class=\"fault\">fault window, on the nodes that it hurts</span></div>\n";
  const std::string whole =
      "<div class=\"static\"><p class=\"none\">" +
      std::string(one_by_one
                      ? "Each operation from invocation to completion, a lane per process."
                      : "Operations by the node that was asked; the height of a column is their number.") +
      "</p>\n" + svg.finish() + "</div>\n";
  return section("timeline", "Timeline", {}, card(legend + whole + live_timeline(run)));
}

}  // namespace assay::reports
