// assay export: a recorded history in another notation, for other tools.
#include <cstdio>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/history_input.h"
#include "harness/core/error.h"
#include "harness/formats/edn_writer.h"
#include "harness/formats/json_lines.h"

namespace assay::cli {

namespace {

struct ExportFlags {
  std::string history;
  std::string from;
  std::string format;
};

int export_history(const ExportFlags& flags) {
  if (flags.format != "edn" && flags.format != "jsonl") {
    throw InputError("--format " + flags.format + ": expected edn or jsonl");
  }
  const formats::HistoryFile file = read_history_input(flags.history, flags.from);
  if (!file.has_times) {
    std::fprintf(stderr, "assay: %s: has no times; those that are printed order nothing between processes\n",
                 flags.history.c_str());
  }
  std::string out;
  if (flags.format == "edn") {
    formats::write_edn(file.history, out);
  } else {
    formats::write_json_lines(file.history, out);
  }
  if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size() || std::fflush(stdout) != 0) {
    throw HarnessError("the history can't be written to standard output");
  }
  return kExitValid;
}

}  // namespace

void add_export_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand("export", "Print a recorded history in another format");
  command->add_option("HISTORY", flags->history, "history.jsonl, history.edn ...")->required();
  command->add_option("--format", flags->format, "edn or jsonl")->required();
  command->add_option("--from", flags->from, "Its own format: " + format_help());
  actions[command] = [flags] { return export_history(*flags); };
}

}  // namespace assay::cli
