#include "reports/common/measurement_json.h"

#include <cmath>
#include <utility>

#include "reports/common/words.h"

namespace assay::reports {

namespace {

// Three decimals: what is measured is not more exact, and files stay readable.
Json rounded(double value) { return std::round(value * 1000) / 1000; }

Json host_sample_json(const HostSample& sample) {
  return {{"cpu_pressure_percent", rounded(sample.cpu_pressure_percent)},
          {"busy_percent", rounded(sample.busy_percent)},
          {"steal_percent", rounded(sample.steal_percent)},
          {"own_percent", rounded(sample.own_percent)},
          {"load", rounded(sample.load)}};
}

Json host_json(const HostNoise& host) {
  if (!host.recorded) return nullptr;
  Json samples = Json::array();
  for (const HostSample& sample : host.samples) {
    Json json = {{"at", sample.at}};
    json.update(host_sample_json(sample));
    samples.push_back(std::move(json));
  }
  return {{"pressure_known", host.pressure_known}, {"processors", host.processors},
          {"harness_nice", host.harness_nice},     {"wall_begin", host.wall_begin},
          {"mean", host_sample_json(host.mean)},   {"worst", host_sample_json(host.worst)},
          {"samples", std::move(samples)}};
}

Json load_json(const LoadSummary& load) {
  return {{"loop", load.open_loop() ? "open" : "closed"},
          {"pace", pace_name(load.pace)},
          {"intended_per_second", load.open_loop() ? rounded(load.intended_per_second) : Json(nullptr)},
          {"sent_per_second", rounded(load.sent_per_second)},
          {"ok_per_second", rounded(load.ok_per_second)},
          {"due", load.due},
          {"late", load.late},
          {"dropped", load.dropped}};
}

Json stationarity_json(const Stationarity& stationarity) {
  return {{"checked", stationarity.checked},
          {"stationary", stationarity.checked ? Json(stationarity.stationary) : Json(nullptr)},
          {"rate_change", rounded(stationarity.rate_change)},
          {"latency_change", rounded(stationarity.latency_change)},
          {"reason", stationarity.reason}};
}

struct NodeFigure {
  const char* name;
  double NodeSample::*value;
};
constexpr NodeFigure kNodeFigures[] = {{"cpu_percent", &NodeSample::cpu_percent},
                                       {"memory_bytes", &NodeSample::memory_bytes},
                                       {"disk_read", &NodeSample::disk_read},
                                       {"disk_written", &NodeSample::disk_written},
                                       {"network_received", &NodeSample::network_received},
                                       {"network_sent", &NodeSample::network_sent},
                                       {"clock_offset", &NodeSample::clock_offset}};

// Whole numbers but for percentages: bytes and nanoseconds are not known more exactly.
Json node_figure_json(const NodeFigure& figure, const NodeSample& sample) {
  const double value = sample.*figure.value;
  return figure.value == &NodeSample::cpu_percent ? rounded(value) : Json(std::llround(value));
}

Json node_sample_json(const NodeSample& sample) {
  Json json = Json::object();
  for (const NodeFigure& figure : kNodeFigures) json[figure.name] = node_figure_json(figure, sample);
  return json;
}

// Samples as columns: there may be many.
Json node_json(const History& history, const NodeResources& node) {
  Json at = Json::array();
  for (const NodeSample& sample : node.samples) at.push_back(sample.at);
  Json samples = {{"at", std::move(at)}};
  for (const NodeFigure& figure : kNodeFigures) {
    Json column = Json::array();
    for (const NodeSample& sample : node.samples) column.push_back(node_figure_json(figure, sample));
    samples[figure.name] = std::move(column);
  }
  return {{"node", history.node_name(node.node)},
          {"clock_precision", node.clock_precision},
          {"mean", node_sample_json(node.mean)},
          {"worst", node_sample_json(node.worst)},
          {"samples", std::move(samples)}};
}

Json nodes_json(const History& history, const std::vector<NodeResources>& nodes) {
  Json json = Json::array();
  for (const NodeResources& node : nodes) json.push_back(node_json(history, node));
  return json;
}

Json progress_json(const std::vector<ReplicationSample>& samples) {
  Json at = Json::array(), positions = Json::array(), pending = Json::array();
  for (const ReplicationSample& sample : samples) {
    at.push_back(sample.at);
    positions.push_back(sample.positions);
    pending.push_back(number_or_null(sample.pending));
  }
  return {{"at", std::move(at)}, {"positions", std::move(positions)}, {"pending", std::move(pending)}};
}

Json replication_json(const ReplicationSummary& replication) {
  return {{"leader_changes", number_or_null(replication.leader_changes)},
          {"lag_max", number_or_null(replication.lag_max)},
          {"behind_max", number_or_null(replication.behind_max)},
          {"pending_max", number_or_null(replication.pending_max)},
          {"caught_up_after", number_or_null(replication.caught_up_after)},
          {"convergence_time", number_or_null(replication.convergence_time)},
          {"samples", progress_json(replication.samples)}};
}

Json step_json(const SweepStep& step) {
  return {{"rate", step.rate},
          {"begin", step.begin},
          {"end", step.end},
          {"ok_per_second", rounded(step.ok_per_second)},
          {"counts", to_json(step.counts)},
          {"late", step.late},
          {"dropped", step.dropped},
          {"response", to_json(step.response)},
          {"service", to_json(step.service)},
          {"sustained", step.sustained}};
}

Json sweep_json(const Sweep& sweep) {
  if (sweep.steps.empty()) return nullptr;
  Json steps = Json::array();
  for (const SweepStep& step : sweep.steps) steps.push_back(step_json(step));
  return {{"steps", std::move(steps)}, {"knee", sweep.knee ? Json(*sweep.knee) : Json(nullptr)}};
}

}  // namespace

Json rate_or_null(double per_second) { return per_second < 0 ? Json(nullptr) : rounded(per_second); }

Json to_json(const OperationSummary& summary) {
  return {{"kind", summary.kind},
          {"counts", to_json(summary.counts)},
          {"response", to_json(summary.response)},
          {"service", to_json(summary.service)},
          {"lag", to_json(summary.lag)}};
}

Json to_json(const RatePoint& point) {
  return {{"second", point.second},
          {"completed", to_json(point.completed)},
          {"p50", time_or_null(point.p50)},
          {"p99", time_or_null(point.p99)},
          {"due", point.due},
          {"in_flight_max", point.in_flight_max},
          {"in_flight_mean", rounded(point.in_flight_mean)},
          {"waiting_max", point.waiting_max},
          {"lag_max", point.lag_max},
          {"main", point.main}};
}

Json to_json(const History& history, const Measurements& measured) {
  return {{"main_begin", measured.main_begin},
          {"main_end", time_or_null(measured.main_end)},
          {"load", load_json(measured.load)},
          {"all", to_json(measured.all)},
          {"stationarity", stationarity_json(measured.stationarity)},
          {"host", host_json(measured.host)},
          {"nodes", nodes_json(history, measured.nodes)},
          {"replication", replication_json(measured.replication)},
          {"sweep", sweep_json(measured.sweep)}};
}

}  // namespace assay::reports
