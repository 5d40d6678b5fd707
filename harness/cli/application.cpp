#include "harness/cli/application.h"

#include <cstdio>
#include <exception>
#include <string>

#include "harness/cli/commands.h"
#include "harness/core/error.h"

namespace assay::cli {

namespace {

// CLI11 explains over several lines; the contract is one sentence.
std::string one_sentence(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text;
}

int refuse(const std::string& sentence, const std::string& command) {
  std::fprintf(stderr, "assay: %s\n", sentence.c_str());
  std::fprintf(stderr, "       see: %s --help\n", command.c_str());
  return kExitBadInput;
}

int parse_and_run(CLI::App& app, const Actions& actions, int argc, char** argv) {
  std::string command = "assay";
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success) == 0 ? kExitValid : kExitBadInput;
  } catch (const CLI::ParseError& error) {
    for (const auto& [subcommand, action] : actions) {
      if (argc > 1 && subcommand->get_name() == argv[1]) command += " " + subcommand->get_name();
    }
    return refuse(one_sentence(error.what()), command);
  }
  for (const auto& [subcommand, action] : actions) {
    if (subcommand->parsed()) return action();
  }
  return refuse("no command was given", command);
}

}  // namespace

int run_application(int argc, char** argv) {
  CLI::App app("Tests distributed stores for consistency and measures them.", "assay");
  app.set_version_flag("--version", "assay " ASSAY_VERSION);
  app.require_subcommand(0, 1);
  app.footer(
      "Exit codes: 0 valid, 1 invalid, 2 unknown or vacuous, 3 slower, 4 inconclusive, 254 bad input, 255 "
      "harness or infrastructure "
      "trouble.\n"
      "Example: assay run --cluster sim --nemesis partition,kill --seed 7");
  Actions actions;
  add_run_command(app, actions);
  add_check_command(app, actions);
  add_verify_command(app, actions);
  add_export_command(app, actions);
  add_explore_command(app, actions);
  add_shrink_command(app, actions);
  add_merge_command(app, actions);
  add_report_command(app, actions);
  add_bench_self_command(app, actions);
  add_serve_command(app, actions);
  add_cluster_command(app, actions);
  add_target_command(app, actions);
  add_gate_command(app, actions);
  add_compare_command(app, actions);
  add_list_command(app, actions);
  try {
    return parse_and_run(app, actions, argc, argv);
  } catch (const InputError& error) {
    std::fprintf(stderr, "assay: %s\n", error.what());
    return kExitBadInput;
  } catch (const HarnessError& error) {
    std::fprintf(stderr, "assay: %s\n", error.what());
    return kExitHarness;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "assay: unexpected trouble: %s\n", error.what());
    return kExitHarness;
  }
}

}  // namespace assay::cli
