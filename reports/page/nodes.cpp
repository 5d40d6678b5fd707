// What was seen of the nodes: what the database used on each host, what its clock showed, and how far replication was.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/chart.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

// "3.4 MB": three digits and a decimal unit.
std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s",
                unit == 0 || bytes >= 99.5 ? 0
                : bytes >= 9.95            ? 1
                                           : 2,
                bytes, kUnits[unit]);
  return text;
}

std::string processor_text(double percent) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %%", percent < 9.95 ? 1 : 0, percent);
  return text;
}

std::string offset_text(double nanos) {
  const auto size = static_cast<Nanos>(std::llround(std::abs(nanos)));
  return (size == 0 ? "" : nanos < 0 ? "-" : "+") + people_time(size);
}

// "mean" with "worst" below it.
std::string mean_and_worst(const std::string& mean, const std::string& worst) {
  return mean + "<br><span class=\"soft\">" + worst + "</span>";
}

std::string resources_table(const RunResult& run) {
  HtmlTable table({"Node", ">Processor", ">Memory", ">Disk read", ">Disk written", ">Received", ">Sent",
                   ">Clock offset", ">known to"});
  for (const NodeResources& node : run.measurements.nodes) {
    const auto bytes = [&](double NodeSample::*figure, const char* unit) {
      return mean_and_worst(bytes_text(node.mean.*figure) + unit, bytes_text(node.worst.*figure) + unit);
    };
    table.add({escape(run.history.node_name(node.node)),
               mean_and_worst(processor_text(node.mean.cpu_percent), processor_text(node.worst.cpu_percent)),
               bytes(&NodeSample::memory_bytes, ""), bytes(&NodeSample::disk_read, "/s"),
               bytes(&NodeSample::disk_written, "/s"), bytes(&NodeSample::network_received, "/s"),
               bytes(&NodeSample::network_sent, "/s"),
               mean_and_worst(offset_text(node.mean.clock_offset), offset_text(node.worst.clock_offset)),
               "±" + people_time(node.clock_precision)});
  }
  return "<div class=\"card flush\">" + table.markup() +
         "</div>\n<p class=\"lede\">Mean of the main phase, and below it the worst second. Processor: of "
         "one, by all "
         "processes of the database; memory: resident; disk: what went to a device, not what stayed in "
         "memory; "
         "network: all of the host's interfaces but the loopback; clock: what the database reads against the "
         "clock "
         "of the harness's machine. All samples are in nodes.npz.</p>\n";
}

}  // namespace

std::string resources_markup(const RunResult& run) {
  const bool any = std::any_of(run.measurements.nodes.begin(), run.measurements.nodes.end(),
                               [](const NodeResources& node) { return !node.samples.empty(); });
  if (any) return resources_table(run);
  return run.target.cluster == "sim"
             ? "<p class=\"none\">The nodes were simulated: they used no processor, memory, disk or network "
               "of "
               "their own that could be measured.</p>\n"
             : "<p class=\"none\">What the nodes used was not measured: no agent was asked, or the run ended "
               "first.</p>\n";
}

std::string replication_chart(const RunResult& run, const TimeSlices& slices) {
  const ReplicationSummary& replication = run.measurements.replication;
  if (replication.behind_max.value_or(0) <= 0 || run.history.empty()) return {};
  TimeChart chart(run, slices, "Operations that the slowest node was behind the furthest one", 90);
  chart.linear(static_cast<double>(*replication.behind_max), [](double level) { return coordinate(level); });
  std::string data;
  for (const ReplicationSample& sample : replication.samples) {
    if (sample.at < slices.begin || sample.at > slices.end) continue;
    std::int64_t furthest = -1, slowest = -1;
    for (const std::int64_t position : sample.positions) {
      if (position < 0) continue;
      furthest = std::max(furthest, position);
      slowest = slowest < 0 ? position : std::min(slowest, position);
    }
    data += (data.empty() ? "M" : "L") + coordinate(chart.frame().x(sample.at)) + " " +
            coordinate(chart.y(static_cast<double>(furthest - slowest)));
  }
  chart.svg().path("p90", data);
  return card(
      "<figure><figcaption><h3>Replication: operations that the slowest node was behind</h3></figcaption>" +
      chart.finish() +
      "</figure>\n<p class=\"lede\">Of the nodes that answered; asked a few times a second.</p>\n");
}

}  // namespace assay::reports
