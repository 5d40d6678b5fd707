// assay report: judges and measures the history of a run folder again and writes its reports anew. This is how a run
// whose controller was killed gets its report; whatever is missing or broken in the folder, there is a report that says so.
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/cli/gate_pairs.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/run_rebuild.h"
#include "harness/cli/space_reserve.h"
#include "reports/text/summary.h"

namespace assay::cli {

void add_report_command(CLI::App& app, Actions& actions) {
  auto folder = std::make_shared<std::string>("store/latest");
  auto baseline = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("report", "Judge a run folder again and write its reports anew");
  command->add_option("RUN", *folder, "Run folder")->capture_default_str();
  command->add_option("--baseline", *baseline, "Folder of a run to compare this one with, in its report");
  actions[command] = [folder, baseline] {
    RunResult result = rebuild_run(*folder);
    std::error_code ignored;
    std::filesystem::remove(std::filesystem::path(*folder) / kReserveName, ignored);
    write_reports(result, *folder);
    if (baseline->empty()) {
      add_messages_to_report(result, *folder);
    } else {
      write_compared_page(result, *folder, recorded_run(*baseline), *baseline,
                          gated_comparison(*folder, *baseline));
    }
    std::fputs(reports::summary_text(result).c_str(), stderr);
    std::fprintf(stderr, "\nReport: %s/report.html\n", folder->c_str());
    return result.exit_code;
  };
}

}  // namespace assay::cli
