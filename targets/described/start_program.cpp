#include "targets/described/start_program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <boost/process/extend.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include "harness/core/error.h"

namespace assay::described {

namespace process = boost::process;

namespace {

void ignore_broken_pipes() {
  static const auto before = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(before);
}

void prepare_child() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a controller that is killed leaves nothing behind
  ::setpgid(0, 0);                     // what it starts itself ends with it
  std::signal(SIGPIPE, SIG_DFL);
}

std::filesystem::path found_program(const Program& wanted, const std::string& place) {
  const std::string& name = wanted.command.at(0);
  if (name.find('/') == std::string::npos) {
    const auto path = process::search_path(name);
    if (path.empty()) throw HarnessError(wanted.role + " " + name + " is not installed on this machine");
    return path;
  }
  const std::filesystem::path path = std::filesystem::absolute(place) / name;
  if (!std::filesystem::exists(path)) throw HarnessError(wanted.role + " " + name + " does not exist");
  return path;
}

// Else programs that are started later would hold the ends of those before them.
void keep_from_other_programs(const process::async_pipe& pipe) {
  ::fcntl(pipe.native_sink(), F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.native_source(), F_SETFD, FD_CLOEXEC);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File log_of(const Program& wanted) {
  File log(std::fopen(wanted.log.c_str(), "ae"));
  if (!log) throw HarnessError("can't write " + wanted.log + ", the log of " + wanted.role);
  return log;
}

}  // namespace

process::child start_program(const Program& wanted, process::async_pipe& to, process::async_pipe& from,
                             process::async_pipe* complaints) {
  const std::string place = wanted.folder.empty() ? "." : wanted.folder;
  const std::vector<std::string> arguments(wanted.command.begin() + 1, wanted.command.end());
  const auto program = found_program(wanted, place);
  const auto prepare = [](auto&) { prepare_child(); };
  ignore_broken_pipes();
  keep_from_other_programs(to);
  keep_from_other_programs(from);
  // Its standard error is one of three kinds of things, and each is a type of its own.
  const auto start = [&](auto&&... errors) {
    return process::child(process::exe = program, process::args = arguments, process::start_dir = place,
                          process::std_in<to, process::std_out> from,
                          std::forward<decltype(errors)>(errors)...,
                          process::extend::on_exec_setup = prepare);
  };
  try {
    if (complaints != nullptr) return start(process::std_err > *complaints);
    if (wanted.log.empty()) return start();
    const File log = log_of(wanted);
    return start(process::std_err > log.get());
  } catch (const process::process_error& error) {
    throw HarnessError(wanted.role + " " + wanted.command[0] +
                       " can't be started: " + error.code().message());
  }
}

void end_program(process::child& child) {
  if (!child.valid()) return;
  ::kill(-child.id(), SIGKILL);
  std::error_code gone;
  child.terminate(gone);
}

}  // namespace assay::described
