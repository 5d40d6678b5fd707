#include "harness/cli/recorded_measurements.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace assay::cli {

namespace {

using Recorded = nlohmann::ordered_json;

template <class Sample>
struct Field {
  const char* name;
  double Sample::*value;
};

constexpr Field<HostSample> kHostFields[] = {{"cpu_pressure_percent", &HostSample::cpu_pressure_percent},
                                             {"busy_percent", &HostSample::busy_percent},
                                             {"steal_percent", &HostSample::steal_percent},
                                             {"own_percent", &HostSample::own_percent},
                                             {"load", &HostSample::load}};
constexpr Field<NodeSample> kNodeFields[] = {{"cpu_percent", &NodeSample::cpu_percent},
                                             {"memory_bytes", &NodeSample::memory_bytes},
                                             {"disk_read", &NodeSample::disk_read},
                                             {"disk_written", &NodeSample::disk_written},
                                             {"network_received", &NodeSample::network_received},
                                             {"network_sent", &NodeSample::network_sent},
                                             {"clock_offset", &NodeSample::clock_offset}};

void take_host(const Recorded& json, HostNoise& host) {
  host.recorded = true;
  host.pressure_known = json.value("pressure_known", false);
  host.processors = json.value("processors", 0);
  host.harness_nice = json.value("harness_nice", 0);
  host.wall_begin = json.value("wall_begin", Nanos{0});
  for (const Recorded& recorded : json.at("samples")) {
    HostSample sample;
    sample.at = recorded.at("at").get<Nanos>();
    for (const auto& field : kHostFields) sample.*field.value = recorded.value(field.name, 0.0);
    host.samples.push_back(sample);
  }
}

NodeResources node_of(const Recorded& json, const std::vector<std::string>& node_names) {
  NodeResources node;
  const auto found = std::find(node_names.begin(), node_names.end(), json.value("node", ""));
  if (found != node_names.end()) node.node = static_cast<NodeId>(found - node_names.begin());
  node.clock_precision = json.value("clock_precision", Nanos{0});
  const Recorded& samples = json.at("samples");
  for (std::size_t i = 0; i < samples.at("at").size(); ++i) {
    NodeSample sample;
    sample.at = samples.at("at").at(i).get<Nanos>();
    for (const auto& field : kNodeFields) sample.*field.value = samples.at(field.name).at(i).get<double>();
    node.samples.push_back(sample);
  }
  return node;
}

void take_progress(const Recorded& json, std::vector<ReplicationSample>& samples) {
  for (std::size_t i = 0; i < json.at("at").size(); ++i) {
    ReplicationSample sample;
    sample.at = json.at("at").at(i).get<Nanos>();
    sample.positions = json.at("positions").at(i).get<std::vector<std::int64_t>>();
    const Recorded& pending = json.at("pending").at(i);
    if (pending.is_number_integer()) sample.pending = pending.get<std::int64_t>();
    samples.push_back(std::move(sample));
  }
}

}  // namespace

void take_measurements(const Recorded& measurements, const std::vector<std::string>& node_names,
                       Measurements& measured) {
  if (measurements.contains("load"))
    measured.load.dropped = measurements["load"].value("dropped", std::int64_t{0});
  if (measurements.contains("host") && measurements["host"].is_object())
    take_host(measurements["host"], measured.host);
  if (measurements.contains("nodes")) {
    for (const Recorded& node : measurements["nodes"]) measured.nodes.push_back(node_of(node, node_names));
  }
  if (measurements.contains("replication") && measurements["replication"].contains("samples"))
    take_progress(measurements["replication"]["samples"], measured.replication.samples);
}

}  // namespace assay::cli
