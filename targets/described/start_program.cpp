#include "targets/described/start_program.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <boost/process/extend.hpp>
#include <csignal>
#include <filesystem>

#include "harness/core/error.h"

namespace assay::described {

namespace process = boost::process;

namespace {

void ignore_broken_pipes() {
  static const auto before = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(before);
}

void prepare_child() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a controller that is killed leaves no client behind
  ::setpgid(0, 0);                     // what it starts itself ends with it
  std::signal(SIGPIPE, SIG_DFL);
}

std::filesystem::path found_program(const std::string& name, const std::string& folder) {
  if (name.find('/') == std::string::npos) {
    const auto path = process::search_path(name);
    if (path.empty())
      throw HarnessError("the client's program " + name + " is not installed on this machine");
    return path;
  }
  const std::filesystem::path path = std::filesystem::absolute(folder) / name;
  if (!std::filesystem::exists(path)) throw HarnessError("the client's program " + name + " does not exist");
  return path;
}

}  // namespace

process::child start_program(const std::vector<std::string>& command, const std::string& folder,
                             process::async_pipe& to, process::async_pipe& from,
                             process::async_pipe* complaints) {
  const std::string place = folder.empty() ? "." : folder;
  const std::vector<std::string> arguments(command.begin() + 1, command.end());
  const auto program = found_program(command.at(0), place);
  const auto prepare = [](auto&) { prepare_child(); };
  ignore_broken_pipes();
  try {
    if (complaints == nullptr) {
      return process::child(process::exe = program, process::args = arguments, process::start_dir = place,
                            process::std_in<to, process::std_out> from,
                            process::extend::on_exec_setup = prepare);
    }
    return process::child(process::exe = program, process::args = arguments, process::start_dir = place,
                          process::std_in<to, process::std_out> from, process::std_err > *complaints,
                          process::extend::on_exec_setup = prepare);
  } catch (const process::process_error& error) {
    throw HarnessError("the client's program " + command[0] + " can't be started: " + error.code().message());
  }
}

void end_program(process::child& child) {
  if (!child.valid()) return;
  ::kill(-child.id(), SIGKILL);
  std::error_code gone;
  child.terminate(gone);
}

}  // namespace assay::described
