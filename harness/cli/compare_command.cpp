// assay compare: two finished runs side by side, for people. Their verdicts, how their speed differs, and what faults did to each.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/cli/commands.h"
#include "harness/cli/run_folder.h"
#include "harness/core/error.h"
#include "harness/formats/json_lines_reader.h"
#include "harness/gate/decide.h"
#include "harness/gate/slices.h"
#include "reports/common/words.h"
#include "reports/gate/gate_words.h"
#include "reports/text/table.h"

namespace assay::cli {

namespace {

using Json = nlohmann::ordered_json;

struct FinishedRun {
  std::string folder;
  Json results;
  std::optional<History> history;  // none: it can't be read; ratios then have no intervals
};

FinishedRun read_finished(const std::string& folder) {
  if (!std::filesystem::is_directory(folder)) throw InputError(folder + ": there is no such run folder");
  FinishedRun run{folder, {}, {}};
  const std::string path = folder + "/results.json";
  if (!std::filesystem::exists(path)) {
    throw InputError(folder + ": the run never came to an end: it has no results.json; assay report " +
                     folder + " writes it");
  }
  run.results = Json::parse(read_file(path), nullptr, false);
  if (!run.results.is_object() || !run.results.contains("verdict") || !run.results.contains("operations")) {
    throw InputError(path + ": expected the results of a run");
  }
  try {
    run.history = formats::read_json_lines(folder + "/history.jsonl").history;
  } catch (const InputError& error) {
    std::fprintf(stderr, "assay: %s; ratios without it have no intervals\n", error.what());
  }
  return run;
}

std::string word_at(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name) || !json[name].is_string()) return "-";
  return json[name].get<std::string>();
}

std::string time_at(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name) || !json[name].is_number()) return "-";
  return reports::people_time(json[name].get<Nanos>());
}

std::string headline(const FinishedRun& run) {
  if (run.results.contains("harness_error") && run.results["harness_error"].is_string())
    return "harness failure";
  return word_at(run.results, "verdict");
}

void print_verdicts(const FinishedRun& a, const FinishedRun& b) {
  reports::Table table({"", "A", "B"});
  table.add({"folder", a.folder, b.folder});
  table.add({"verdict", headline(a), headline(b)});
  const auto both = [&](const char* name, const Json& first, const Json& second, const char* field) {
    table.add({name, word_at(first, field), word_at(second, field)});
  };
  both("started", a.results, b.results, "started_utc");
  both("host", a.results, b.results, "host");
  both("assay", a.results, b.results, "assay_version");
  for (const char* field : {"target", "mode", "version"}) {
    both(field, a.results.value("target", Json()), b.results.value("target", Json()), field);
  }
  both("workload", a.results.value("plan", Json()), b.results.value("plan", Json()), "workload");
  std::fputs(table.text("").c_str(), stderr);
  for (const FinishedRun* run : {&a, &b}) {
    std::fprintf(stderr, "%s: %s\n", run == &a ? "A" : "B", word_at(run->results, "reason").c_str());
  }
  std::map<std::string, std::array<std::string, 2>> checks;
  for (const FinishedRun* run : {&a, &b}) {
    for (const Json& check : run->results.value("checks", Json::array())) {
      checks[word_at(check, "checker")][run == &a ? 0 : 1] = word_at(check, "verdict");
    }
  }
  reports::Table verdicts({"checker", "A", "B"});
  for (const auto& [name, words] : checks) verdicts.add({name, words[0], words[1]});
  std::fprintf(stderr, "\n%s", verdicts.text("").c_str());
}

// By kind of operation, as results.json has them.
void print_latencies(const FinishedRun& a, const FinishedRun& b) {
  std::map<std::string, std::array<const Json*, 2>> kinds;
  for (const FinishedRun* run : {&a, &b}) {
    for (const Json& operation : run->results["operations"]) {
      kinds[word_at(operation, "kind")][run == &a ? 0 : 1] = &operation;
    }
  }
  reports::Table table({"response time", "", ">A", ">B", ">ratio"});
  for (const auto& [kind, pair] : kinds) {
    for (const char* percentile : {"p50", "p99", "max"}) {
      const auto latency = [&](const Json* operation) {
        return operation == nullptr ? Json() : operation->value("response", Json());
      };
      const Json first = latency(pair[0]), second = latency(pair[1]);
      std::string ratio = "-";
      if (time_at(first, percentile) != "-" && time_at(second, percentile) != "-") {
        char text[32];
        std::snprintf(text, sizeof text, "%.3f",
                      second[percentile].get<double>() / std::max(1.0, first[percentile].get<double>()));
        ratio = text;
      }
      table.add({kind, percentile, time_at(first, percentile), time_at(second, percentile), ratio});
    }
  }
  std::fprintf(stderr, "\n%s", table.text("").c_str());
}

Json print_ratios(const FinishedRun& a, const FinishedRun& b) {
  Json rows = Json::array();
  if (!a.history || !b.history) return rows;
  const auto before = gate::slices_of(*a.history, gate::kSlices);
  const auto after = gate::slices_of(*b.history, gate::kSlices);
  reports::Table table({"B against A, above 1 is worse", "ratio and 95 % interval"});
  for (const GatedMetric metric : gate::all_metrics()) {
    const auto estimate = gate::compare_slices(before, after, metric, 1);
    const std::string name(gated_metric_name(metric));
    table.add({name, estimate ? reports::ratio_words(*estimate) : "too few operations"});
    if (!estimate) continue;
    rows.push_back(
        {{"metric", name}, {"ratio", estimate->ratio}, {"low", estimate->low}, {"high", estimate->high}});
  }
  std::fprintf(stderr, "\n%s", table.text("").c_str());
  std::fprintf(
      stderr,
      "Over %zu slices of each main phase. The runs were made at different times: for a verdict, assay gate "
      "measures both in turns.\n",
      gate::kSlices);
  return rows;
}

void print_faults(const FinishedRun& a, const FinishedRun& b) {
  reports::Table table({"run", "fault", ">begin", "verified", ">unavailable", ">recovered after"});
  int rows = 0;
  for (const FinishedRun* run : {&a, &b}) {
    for (const Json& fault : run->results.value("faults", Json::array())) {
      ++rows;
      table.add(
          {run == &a ? "A" : "B", word_at(fault, "fault"), time_at(fault, "begin"),
           fault.value("verified", false) ? "yes" : "no",
           fault.contains("unavailable") ? time_at(fault, "unavailable") : time_at(fault, "longest_gap"),
           time_at(fault, "time_to_recover")});
    }
  }
  if (rows > 0) std::fprintf(stderr, "\n%s", table.text("").c_str());
}

int compare(const std::string& first, const std::string& second, bool json) {
  const FinishedRun a = read_finished(first), b = read_finished(second);
  print_verdicts(a, b);
  print_latencies(a, b);
  const Json ratios = print_ratios(a, b);
  print_faults(a, b);
  if (json) {
    const Json out = {{"schema_version", 1},
                      {"a", {{"folder", a.folder}, {"verdict", headline(a)}}},
                      {"b", {{"folder", b.folder}, {"verdict", headline(b)}}},
                      {"ratios", ratios}};
    std::printf("%s\n", out.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
  }
  return kExitValid;
}

}  // namespace

void add_compare_command(CLI::App& app, Actions& actions) {
  struct Folders {
    std::string a, b;
    bool json = false;
  };
  auto folders = std::make_shared<Folders>();
  CLI::App* command =
      app.add_subcommand("compare", "Two finished runs side by side: verdicts, speed, faults");
  command->add_option("A", folders->a, "Run folder")->required();
  command->add_option("B", folders->b, "Run folder")->required();
  command->add_flag("--json", folders->json, "Print the ratios to standard output");
  actions[command] = [folders] { return compare(folders->a, folders->b, folders->json); };
}

}  // namespace assay::cli
