// One function per command: adds its options to the application and, once these were parsed, does the work. The
// returned function gives the exit code; it may throw InputError or HarnessError.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>

namespace assay::cli {

using Action = std::function<int()>;
using Actions = std::map<CLI::App*, Action>;

void add_run_command(CLI::App& app, Actions& actions);
void add_check_command(CLI::App& app, Actions& actions);
void add_verify_command(CLI::App& app, Actions& actions);
void add_export_command(CLI::App& app, Actions& actions);
void add_explore_command(CLI::App& app, Actions& actions);
void add_shrink_command(CLI::App& app, Actions& actions);
void add_merge_command(CLI::App& app, Actions& actions);
void add_report_command(CLI::App& app, Actions& actions);
void add_bench_self_command(CLI::App& app, Actions& actions);
void add_serve_command(CLI::App& app, Actions& actions);
void add_cluster_command(CLI::App& app, Actions& actions);
void add_target_command(CLI::App& app, Actions& actions);
void add_gate_command(CLI::App& app, Actions& actions);
void add_compare_command(CLI::App& app, Actions& actions);
void add_list_command(CLI::App& app, Actions& actions);

}  // namespace assay::cli
