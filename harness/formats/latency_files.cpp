#include "harness/formats/latency_files.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "harness/formats/histogram_text.h"
#include "harness/formats/npy.h"
#include "harness/formats/zip_file.h"

namespace assay::formats {

namespace {

std::string fixed(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

// Commas and spaces separate the fields of a log.
std::string tag_part(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ',' || c == ' ' || c == '.' || c == '='; }, '_');
  return name;
}

void add_line(const LatencyCell& cell, const std::string& tag, const CompactHistogram& histogram,
              std::string& out) {
  if (histogram.count() == 0) return;
  const Nanos greatest = Histogram::highest_of(histogram.entries().back().index);
  out += "Tag=" + tag + "," + fixed(static_cast<double>(cell.second)) + ",1.000," +
         fixed(static_cast<double>(greatest) / 1e6) + "," + histogram_to_text(histogram) + "\n";
}

}  // namespace

std::string latencies_hlog(const RunResult& run) {
  std::string out = "#[Histogram log format version 1.3]\n";
  out += "#[" + run.command + "]\n";
  out +=
      "#[BaseTime: 0.000 (seconds since the run began)]\n#[StartTime: 0.000 (seconds since the run began)]\n";
  out += "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
  for (const LatencyCell& cell : run.measurements.cells) {
    const std::string tag =
        std::string(cell.main ? "" : "outside.") + tag_part(run.measurements.kinds[cell.kind]) + "." +
        std::string(outcome_name(cell.outcome)) + "." +
        (cell.node == kNoNode ? "unknown" : tag_part(run.history.node_name(cell.node))) + ".";
    add_line(cell, tag + "response", cell.response, out);
    add_line(cell, tag + "service", cell.service, out);
    add_line(cell, tag + "lag", cell.lag, out);
  }
  return out;
}

std::string samples_npz(const RunResult& run) {
  const std::size_t count = run.history.size();
  Column<std::int64_t> due(count), sent(count), completed(count);
  Column<std::uint8_t> outcome(count), main(count);
  Column<std::uint16_t> kind(count);
  Column<std::int16_t> node(count);
  Column<std::int32_t> process(count);
  const Measurements& measured = run.measurements;
  std::map<std::string, std::uint16_t, std::less<>> kinds;
  for (std::size_t i = 0; i < measured.kinds.size(); ++i)
    kinds[measured.kinds[i]] = static_cast<std::uint16_t>(i);
  for (const Operation op : run.history.operations()) {
    const Nanos at = std::min(op.due, op.invoked);
    due.add(at);
    sent.add(op.invoked);
    completed.add(op.outcome == Outcome::info ? -1 : op.completed);
    outcome.add(static_cast<std::uint8_t>(op.outcome));
    main.add(at >= measured.main_begin && at < measured.main_end ? 1 : 0);
    const auto found = kinds.find(op.mops.size() == 1 ? fn_name(op.mops[0].fn) : std::string_view("txn"));
    kind.add(found == kinds.end() ? 0 : found->second);
    node.add(op.node);
    process.add(op.process);
  }
  ZipFile zip;
  zip.add("due.npy", due.file("<i8"));
  zip.add("sent.npy", sent.file("<i8"));
  zip.add("completed.npy", completed.file("<i8"));
  zip.add("kind.npy", kind.file("<u2"));
  zip.add("kinds.npy", names_column(measured.kinds));
  zip.add("outcome.npy", outcome.file("|u1"));
  zip.add("node.npy", node.file("<i2"));
  zip.add("process.npy", process.file("<i4"));
  zip.add("main.npy", main.file("|b1"));
  return zip.finish();
}

}  // namespace assay::formats
