#include "harness/cli/gate_pairs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/cli/execute.h"
#include "harness/cli/run_folder.h"
#include "harness/gate/decide.h"
#include "reports/page/logs.h"
#include "reports/page/page.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;
using Recorded = nlohmann::ordered_json;

double figure_at(const Recorded& json, const char* name) {
  return json.at(name).is_number() ? json.at(name).get<double>() : -1;
}

BlockSample sample_of(const Recorded& json) {
  BlockSample sample;
  sample.throughput = figure_at(json, "throughput");
  sample.p50 = figure_at(json, "p50");
  sample.p99 = figure_at(json, "p99");
  return sample;
}

// With the metrics and margins of the gate.
gate::Options options_of(const Recorded& json) {
  gate::Options options;
  options.seed = json.at("seed").get<std::uint64_t>();
  options.looks_max = std::max(1, json.at("looks_max").get<int>());
  options.metrics.clear();
  for (const Recorded& metric : json.at("metrics")) {
    for (const GatedMetric known : gate::all_metrics()) {
      if (metric.at("metric").get<std::string>() != gated_metric_name(known)) continue;
      options.metrics.push_back(known);
      double& margin = known == GatedMetric::throughput ? options.throughput_margin
                       : known == GatedMetric::p50      ? options.p50_margin
                                                        : options.p99_margin;
      margin = metric.at("margin").get<double>();
    }
  }
  return options;
}

std::optional<GatedComparison> decided_anew(const Recorded& json, bool swapped) {
  GatedComparison comparison;
  std::vector<BlockPair> pairs;
  for (const Recorded& recorded : json.at("pairs")) {
    BlockPair pair{sample_of(recorded.at("baseline")), sample_of(recorded.at("candidate")),
                   recorded.at("candidate_first").get<bool>()};
    if (swapped) std::swap(pair.baseline, pair.candidate);
    pairs.push_back(pair);
  }
  const gate::Options options = options_of(json);
  if (pairs.empty() || options.metrics.empty()) return std::nullopt;
  comparison.pairs = pairs.size();
  comparison.block_length = json.at("block_length").get<Nanos>();
  comparison.metrics = gate::decide(pairs, options, std::max(1, json.at("looks").get<int>())).metrics;
  return comparison;
}

// "store/latest/" has no name of its own.
fs::path real_folder(const std::string& folder) {
  std::error_code error;
  return fs::canonical(folder, error);
}

}  // namespace

GatedComparison comparison_of(const GateReport& report) {
  return {report.metrics, report.pairs.size(), report.block_length};
}

std::optional<GatedComparison> gated_comparison(const std::string& folder, const std::string& baseline) {
  const fs::path here = real_folder(folder), there = real_folder(baseline);
  const bool straight = here.filename() == "candidate" && there.filename() == "baseline";
  const bool swapped = here.filename() == "baseline" && there.filename() == "candidate";
  if (here.parent_path() != there.parent_path() || !(straight || swapped)) return std::nullopt;
  std::ifstream file(here.parent_path() / "gate.json", std::ios::binary);
  const Recorded json = file ? Recorded::parse(file, nullptr, false) : Recorded();
  try {
    return decided_anew(json, swapped);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void write_compared_page(const RunResult& run, const std::string& folder, const RunResult& baseline,
                         const std::string& baseline_name, std::optional<GatedComparison> gated) {
  reports::PageExtras extras;
  extras.baseline = &baseline;
  extras.baseline_name = baseline_name;
  extras.logs = reports::log_excerpts_of(folder, run);
  extras.messages = messages_around_anomaly(run);
  extras.gated = std::move(gated);
  write_file(folder + "/report.html", reports::page_html(run, extras));
}

}  // namespace assay::cli
