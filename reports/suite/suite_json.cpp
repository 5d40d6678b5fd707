#include "reports/common/json_convert.h"
#include "reports/common/words.h"
#include "reports/suite/suite.h"

namespace assay::reports {

namespace {

Json seed_json(const SeedOutcome& seed) {
  Json checks = Json::array();
  for (const CheckOutcome& check : seed.checks) {
    checks.push_back({{"checker", check.checker},
                      {"verdict", verdict_name(check.verdict)},
                      {"anomalies", check.anomalies},
                      {"summary", check.summary}});
  }
  Json measures = Json::object();
  for (const Measured& measured : seed.measures) measures[measured.name] = measured.samples;
  Json json = {{"seed", seed.seed},
               {"verdict", verdict_name(seed.verdict)},
               {"reason", seed.reason},
               {"harness_failed", seed.broken},
               {"operations", seed.operations},
               {"digest", digest_text(seed.digest)},
               {"checks", std::move(checks)},
               {"measures", std::move(measures)},
               {"command", seed.command}};
  if (!seed.folder.empty()) json["folder"] = seed.folder;
  return json;
}

Json run_json(const RunReport& run) {
  Json points = Json::array();
  for (const PointReport& point : run.points) {
    Json measured = Json::object();
    for (std::size_t i = 0; i < run.titles.size(); ++i) measured[run.titles[i]] = point.measured[i];
    Json seeds = Json::array();
    for (const SeedOutcome& seed : point.seeds) seeds.push_back(seed_json(seed));
    points.push_back({{"label", point.label},
                      {"measured", std::move(measured)},
                      {"evidence", point.evidence},
                      {"command", point.command},
                      {"seeds", std::move(seeds)}});
  }
  return {
      {"name", run.name}, {"expected", run.expected}, {"unmet", run.unmet}, {"points", std::move(points)}};
}

}  // namespace

std::string suite_json(const SuiteReport& suite) {
  Json experiments = Json::array();
  for (const ExperimentReport& report : suite.experiments) {
    Json runs = Json::array();
    for (const RunReport& run : report.runs) runs.push_back(run_json(run));
    experiments.push_back({{"claim", report.experiment.claim},
                           {"statement", report.experiment.statement},
                           {"file", report.experiment.file},
                           {"note", report.experiment.note},
                           {"met", report.met},
                           {"result", result_text(report)},
                           {"runs", std::move(runs)}});
  }
  const Json json = {{"schema_version", 1},          {"assay_version", suite.assay_version},
                     {"command", suite.command},     {"cluster", suite.cluster},
                     {"wall_time", suite.wall_time}, {"experiments", std::move(experiments)}};
  return dump(json, 1) + "\n";
}

}  // namespace assay::reports
