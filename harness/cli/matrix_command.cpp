#include "harness/cli/matrix_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/machine_entry.h"
#include "harness/cli/plugins.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/suite_runner.h"
#include "harness/cluster/local_hosts.h"
#include "harness/core/error.h"
#include "harness/experiments/suite_judge.h"
#include "harness/formats/suite_json.h"
#include "reports/suite/verdicts.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSuiteFile = "suite.json";

void create_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw HarnessError("can't create " + folder + ": " + error.message());
}

std::string fresh_folder(const std::string& store, const std::string& suite, const std::string& suffix) {
  std::string stamp = utc_now();
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const std::string base = store + "/suites/" + suite + "/" + stamp + suffix;
  std::string folder = base;
  for (int attempt = 2; fs::exists(folder); ++attempt) folder = base + "-" + std::to_string(attempt);
  create_folder(folder);
  return folder;
}

MatrixReport report_on(const SuitePlan& suite, const std::vector<SuiteRun>& runs, std::string command) {
  MatrixReport report;
  report.suite = suite;
  report.assay_version = ASSAY_VERSION;
  report.command = std::move(command);
  for (const SuiteRun& run : runs) report.wall_time += run.wall_time;
  report.cells = experiments::judge_cells(suite, runs);
  report.summary = experiments::suite_summary(report.cells);
  return report;
}

int finish_matrix(const MatrixReport& report, const std::string& folder, const std::string& regressions,
                  bool json) {
  write_file(folder + "/results.json", reports::matrix_json(report));
  write_file(folder + "/suite.html", reports::matrix_html(report));
  write_file(folder + "/junit.xml", reports::matrix_junit(report));
  write_file(folder + "/summary.md", reports::matrix_markdown(report));
  if (!regressions.empty()) write_file(regressions, reports::regressions_markdown(report));
  if (json) std::fputs(reports::matrix_json(report).c_str(), stdout);
  std::fprintf(stderr, "\nSuite %s: %s. Report: %s/suite.html\n", report.suite.name.c_str(),
               report.summary.c_str(), folder.c_str());
  return experiments::suite_exit_code(report.cells);
}

void take_shard(const std::string& text, SuiteRunnerOptions& options) {
  if (text.empty()) return;
  char rest = 0;
  const bool good = std::sscanf(text.c_str(), "%d/%d%c", &options.shard, &options.shards, &rest) == 2;
  if (good && options.shard >= 1 && options.shard <= options.shards) return;
  throw InputError("--shard " + text + ": expected one of how many, like 1/4");
}

std::string matrix_command(const SuiteRequest& request, const SuiteFlags& flags) {
  std::string command = "assay run " + request.paths.front();
  if (!flags.shard.empty()) command += " --shard " + flags.shard;
  for (const std::string& name : flags.only) command += " --only '" + name + "'";
  return command;
}

// The runs of several folders of one suite.
int merge_folders(const std::vector<std::string>& folders, const std::string& output,
                  const std::string& regressions, bool json) {
  std::string text;
  std::vector<SuiteRun> runs;
  std::string command = "assay merge";
  for (const std::string& folder : folders) {
    const std::string file = folder + "/" + kSuiteFile;
    if (!fs::exists(file))
      throw InputError(folder + ": this is no folder of a suite (it has no " + kSuiteFile + ")");
    const std::string content = read_file(file);
    if (text.empty()) text = content;
    if (content != text)
      throw InputError(folder + ": its suite is not that of " + folders.front() +
                       "; only shards of one suite go together");
    for (SuiteRun& run : finished_runs(folder)) runs.push_back(std::move(run));
    command += " " + folder;
  }
  const SuitePlan suite = formats::parse_suite(text, folders.front() + "/" + kSuiteFile);
  std::string folder = output;
  if (folder.empty()) folder = fresh_folder("store", suite.name, "-merged");
  create_folder(folder);
  write_file(folder + "/" + kSuiteFile, text);
  std::string lines;
  for (const SuiteRun& run : runs) lines += formats::suite_run_line(run);
  write_file(folder + "/finished.jsonl", lines);
  return finish_matrix(report_on(suite, runs, command), folder, regressions, json);
}

// Where there can be no local hosts, the cells that want them are skipped and say so.
void enter_machine_of_cells(const SuitePlan& suite) {
  std::vector<std::string> clusters;
  for (const SuiteCell& cell : suite.cells) {
    const bool possible = cell.plan.cluster != "local" || cluster::LocalHosts::unavailable().empty();
    if (possible && !find_target(cell.plan.target).in_process) clusters.push_back(cell.plan.cluster);
  }
  enter_machine_of(clusters);
}

}  // namespace

bool is_one_suite(const std::vector<std::string>& paths) {
  const auto suites = std::count_if(paths.begin(), paths.end(), [](const std::string& path) {
    return !fs::is_directory(path) && formats::is_suite(path);
  });
  if (suites > 0 && paths.size() > 1) throw InputError("a suite is run alone; give one file");
  return suites == 1;
}

int run_matrix(const SuiteRequest& request, const SuiteFlags& flags) {
  const std::string& path = request.paths.front();
  SuitePlan suite = formats::read_suite(path);
  SuiteRunnerOptions options;
  options.jobs = flags.jobs;
  options.only = flags.only;
  if (request.cluster != "sim" && request.cluster != "local") options.hosts = request.cluster;
  take_shard(flags.shard, options);
  prepare_suite(suite, options);
  enter_machine_of_cells(suite);
  const std::string text = read_file(path);
  const std::string suffix =
      options.shards > 1 ? "-" + std::to_string(options.shard) + "-of-" + std::to_string(options.shards) : "";
  options.folder = flags.resume.empty() ? fresh_folder(request.store, suite.name, suffix) : flags.resume;
  if (!flags.resume.empty() && !fs::exists(flags.resume + "/" + kSuiteFile))
    throw InputError("--resume " + flags.resume + ": this is no folder of a suite");
  write_file(options.folder + "/" + kSuiteFile, text);
  std::fprintf(stderr, "If this is interrupted, go on with: %s --resume %s\n\n",
               matrix_command(request, flags).c_str(), options.folder.c_str());
  MatrixReport report = report_on(suite, run_suite_cells(suite, options), matrix_command(request, flags));
  // What other shards run is no matter of this one.
  if (options.shards > 1) {
    std::erase_if(report.cells, [](const CellReport& cell) { return cell.state == CellState::open; });
    report.summary = experiments::suite_summary(report.cells);
  }
  return finish_matrix(report, options.folder, flags.regressions, request.json);
}

void add_merge_command(CLI::App& app, Actions& actions) {
  struct MergeFlags {
    std::vector<std::string> folders;
    std::string output, regressions;
    bool json = false;
  };
  auto flags = std::make_shared<MergeFlags>();
  CLI::App* command = app.add_subcommand("merge", "Put the shards of a suite together (docs/suites.md)");
  command->add_option("DIR", flags->folders, "Folders of the suite's shards")->required();
  command->add_option("--output", flags->output,
                      "Folder of the reports; default: a fresh one under store/suites");
  command->add_option("--regressions", flags->regressions,
                      "Write the track record of known bugs to this file (Markdown)");
  command->add_flag("--json", flags->json, "Print the results to standard output");
  actions[command] = [flags] {
    return merge_folders(flags->folders, flags->output, flags->regressions, flags->json);
  };
}

}  // namespace assay::cli
