// The lines in which the finished runs of a suite are kept.
#include <nlohmann/json.hpp>

#include "harness/formats/suite_json.h"

namespace assay::formats {

namespace {

using Json = nlohmann::ordered_json;

Verdict verdict_of(const std::string& name) {
  for (const Verdict verdict : {Verdict::valid, Verdict::invalid}) {
    if (name == verdict_name(verdict)) return verdict;
  }
  return Verdict::unknown;
}

Json checks_json(const SeedOutcome& outcome) {
  Json checks = Json::array();
  for (const CheckOutcome& check : outcome.checks) {
    checks.push_back({{"checker", check.checker},
                      {"verdict", std::string(verdict_name(check.verdict))},
                      {"anomalies", check.anomalies},
                      {"summary", check.summary}});
  }
  return checks;
}

}  // namespace

std::string suite_run_line(const SuiteRun& run) {
  const SeedOutcome& outcome = run.outcome;
  const Json json = {{"cell", run.cell},
                     {"seed", outcome.seed},
                     {"plan", run.plan_digest},
                     {"verdict", std::string(verdict_name(outcome.verdict))},
                     {"reason", outcome.reason},
                     {"harness_failed", outcome.broken},
                     {"vacuous", outcome.vacuous},
                     {"skipped", run.skipped},
                     {"digest", outcome.digest},
                     {"operations", outcome.operations},
                     {"checks", checks_json(outcome)},
                     {"missed", run.missed},
                     {"version", run.version},
                     {"command", outcome.command},
                     {"folder", outcome.folder},
                     {"wall_time", run.wall_time}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<SuiteRun> parse_suite_run(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    SuiteRun run;
    SeedOutcome& outcome = run.outcome;
    run.cell = json.at("cell");
    outcome.seed = json.at("seed");
    run.plan_digest = json.at("plan");
    outcome.verdict = verdict_of(json.at("verdict"));
    outcome.reason = json.at("reason");
    outcome.broken = json.at("harness_failed");
    outcome.vacuous = json.at("vacuous");
    run.skipped = json.at("skipped");
    outcome.digest = json.at("digest");
    outcome.operations = json.at("operations");
    for (const Json& check : json.at("checks")) {
      outcome.checks.push_back(
          {check.at("checker"), verdict_of(check.at("verdict")), check.at("anomalies"), check.at("summary")});
    }
    run.missed = json.at("missed").get<std::vector<std::string>>();
    run.version = json.at("version");
    outcome.command = json.at("command");
    outcome.folder = json.at("folder");
    run.wall_time = json.at("wall_time");
    return run;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace assay::formats
