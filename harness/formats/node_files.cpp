#include "harness/formats/node_files.h"

#include <bit>
#include <utility>

#include "harness/formats/npy.h"
#include "harness/formats/zip_file.h"

namespace assay::formats {

namespace {

void add_resources(const std::vector<NodeResources>& nodes, ZipFile& zip) {
  std::size_t count = 0;
  for (const NodeResources& node : nodes) count += node.samples.size();
  Column<std::int16_t> number(count);
  Column<std::int64_t> at(count);
  for (const NodeResources& node : nodes) {
    for (const NodeSample& sample : node.samples) {
      number.add(node.node);
      at.add(sample.at);
    }
  }
  zip.add("node.npy", number.file("<i2"));
  zip.add("at.npy", at.file("<i8"));
  constexpr std::pair<const char*, double NodeSample::*> kFigures[] = {
      {"cpu_percent", &NodeSample::cpu_percent},   {"memory_bytes", &NodeSample::memory_bytes},
      {"disk_read", &NodeSample::disk_read},       {"disk_written", &NodeSample::disk_written},
      {"network_sent", &NodeSample::network_sent}, {"network_received", &NodeSample::network_received},
      {"clock_offset", &NodeSample::clock_offset}};
  for (const auto& [name, figure] : kFigures) {
    Column<std::int64_t> column(count);
    for (const NodeResources& node : nodes) {
      for (const NodeSample& sample : node.samples) column.add(std::bit_cast<std::int64_t>(sample.*figure));
    }
    zip.add(std::string(name) + ".npy", column.file("<f8"));
  }
}

void add_progress(const std::vector<ReplicationSample>& samples, ZipFile& zip) {
  Column<std::int16_t> node(samples.size());
  Column<std::int64_t> at(samples.size()), position(samples.size());
  for (const ReplicationSample& sample : samples) {
    for (std::size_t i = 0; i < sample.positions.size(); ++i) {
      node.add(static_cast<std::int16_t>(i));
      at.add(sample.at);
      position.add(sample.positions[i]);
    }
  }
  zip.add("progress_node.npy", node.file("<i2"));
  zip.add("progress_at.npy", at.file("<i8"));
  zip.add("progress_position.npy", position.file("<i8"));
}

}  // namespace

std::string nodes_npz(const RunResult& run) {
  ZipFile zip;
  add_resources(run.measurements.nodes, zip);
  add_progress(run.measurements.replication.samples, zip);
  zip.add("names.npy", names_column(run.history.node_names()));
  return zip.finish();
}

}  // namespace assay::formats
