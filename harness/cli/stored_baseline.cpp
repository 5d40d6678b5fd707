#include "harness/cli/stored_baseline.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/cli/run_folder.h"
#include "harness/core/error.h"

namespace assay::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kStoredVersion = 1;

Json figure_or_null(double value) { return value < 0 ? Json(nullptr) : Json(value); }

std::string dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json stored_json(const StoredFigures& figures) {
  return {{"schema_version", kStoredVersion},
          {"label", figures.label},
          {"created_utc", figures.created_utc},
          {"target", figures.target},
          {"host", figures.host},
          {"throughput", figure_or_null(figures.throughput)},
          {"p50", figure_or_null(figures.p50)},
          {"p99", figure_or_null(figures.p99)}};
}

// `place` is the file, with the line where there are several.
StoredFigures parse_figures(const std::string& text, const std::string& place) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("schema_version", Json()) != kStoredVersion) {
    throw InputError(place + ": expected figures that assay gate --save wrote (schema_version 1)");
  }
  StoredFigures figures;
  const auto words = [&](const char* name, std::string& field) {
    if (json.contains(name) && json[name].is_string()) field = json[name].get<std::string>();
  };
  words("label", figures.label);
  words("created_utc", figures.created_utc);
  words("target", figures.target);
  words("host", figures.host);
  const auto figure = [&](const char* name, double& field) {
    if (!json.contains(name) || json[name].is_null()) return;
    if (!json[name].is_number() || json[name].get<double>() <= 0) {
      throw InputError(place + ": field \"" + name + "\": expected a positive number or null");
    }
    field = json[name].get<double>();
  };
  figure("throughput", figures.throughput);
  figure("p50", figures.p50);
  figure("p99", figures.p99);
  return figures;
}

}  // namespace

StoredFigures figures_of(const GateReport& report, const std::string& label) {
  StoredFigures figures;
  figures.label = label;
  figures.created_utc = utc_now();
  figures.target = report.target;
  figures.host = report.host;
  for (const MetricDecision& metric : report.metrics) {
    (metric.metric == GatedMetric::throughput ? figures.throughput
     : metric.metric == GatedMetric::p50      ? figures.p50
                                              : figures.p99) = metric.candidate;
  }
  return figures;
}

void save_figures(const std::string& path, const StoredFigures& figures) {
  if (!path.ends_with(".jsonl")) {
    write_file(path, dumped(stored_json(figures), 2) + "\n");
    return;
  }
  std::ofstream file(path, std::ios::app | std::ios::binary);
  file << dumped(stored_json(figures), -1) << "\n";
  file.close();
  if (!file) throw HarnessError("can't write " + path + ": " + std::strerror(errno));
}

StoredFigures read_figures(const std::string& path) {
  if (!path.ends_with(".jsonl")) return parse_figures(read_file(path), path);
  const std::vector<StoredFigures> series = read_series(path);
  if (series.empty()) throw InputError(path + ": has no figures yet");
  return series.back();
}

std::vector<StoredFigures> read_series(const std::string& path) {
  std::istringstream lines(read_file(path));
  std::vector<StoredFigures> series;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    series.push_back(parse_figures(line, path + ":" + std::to_string(number)));
  }
  return series;
}

std::vector<StoredComparison> compare_stored(const StoredFigures& stored, const StoredFigures& now,
                                             double margin) {
  std::vector<StoredComparison> rows;
  for (const GatedMetric metric : {GatedMetric::throughput, GatedMetric::p50, GatedMetric::p99}) {
    const double before = stored.value(metric), after = now.value(metric);
    if (before < 0 || after <= 0) continue;
    StoredComparison row;
    row.metric = gated_metric_name(metric);
    row.stored = before;
    row.now = after;
    row.ratio = metric == GatedMetric::throughput ? before / after : after / before;
    row.margin = margin;
    row.verdict = margin <= 0              ? GateVerdict::inconclusive
                  : row.ratio > 1 + margin ? GateVerdict::regressed
                                           : GateVerdict::pass;
    rows.push_back(row);
  }
  return rows;
}

std::string label_from_environment() {
  for (const char* name : {"GITHUB_SHA", "CI_COMMIT_SHA"}) {
    if (const char* commit = std::getenv(name)) return commit;
  }
  return {};
}

}  // namespace assay::cli
