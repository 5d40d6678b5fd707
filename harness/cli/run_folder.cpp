#include "harness/cli/run_folder.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/error.h"
#include "harness/formats/latency_files.h"
#include "harness/formats/node_files.h"
#include "harness/formats/plan_json.h"
#include "harness/run/runner.h"
#include "reports/registry.h"

namespace assay::cli {

namespace fs = std::filesystem;

namespace {

std::string format_utc(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  std::strftime(text, sizeof text, format, &parts);
  return text;
}

void link_latest(const std::string& store, const fs::path& folder) {
  // Made aside and renamed, so that there is always a link; a store that can't have one is not worth failing for.
  std::error_code error;
  const fs::path aside = fs::path(store) / (".latest-" + std::to_string(::getpid()));
  fs::remove(aside, error);
  fs::create_directory_symlink(fs::relative(folder, store), aside, error);
  if (!error) fs::rename(aside, fs::path(store) / "latest", error);
}

}  // namespace

std::string utc_now() { return format_utc("%Y-%m-%dT%H:%M:%SZ"); }

std::string create_run_folder(const std::string& store, const Plan& plan, const TargetDescription& target) {
  const fs::path test = fs::path(store) / (target.target + "-" + target.mode + "-" + plan.workload);
  const std::string stem = format_utc("%Y%m%dT%H%M%SZ") + "-" + std::to_string(plan.seed);
  std::error_code error;
  fs::create_directories(test, error);
  if (error) throw HarnessError("can't create " + test.string() + ": " + error.message());
  fs::path folder = test / stem;
  for (int attempt = 2; !fs::create_directory(folder, error); ++attempt) {
    if (error) throw HarnessError("can't create " + folder.string() + ": " + error.message());
    folder = test / (stem + "-" + std::to_string(attempt));
  }
  write_file((folder / "plan.json").string(), formats::plan_to_json(plan));
  link_latest(store, folder);
  return folder.string();
}

std::string describe_host() {
  std::string model = "unknown processor";
  std::ifstream cpu_info("/proc/cpuinfo");
  for (std::string line; std::getline(cpu_info, line);) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
      model = line.substr(line.find(": ") + 2);
      break;
    }
  }
  struct sysinfo info {};
  sysinfo(&info);
  const auto memory_gib = (static_cast<std::uint64_t>(info.totalram) * info.mem_unit) >> 30;
  return std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) + " x " + model + ", " + std::to_string(memory_gib) +
         " GiB";
}

namespace {

void write_latencies(const RunResult& result, const std::string& folder) {
  write_file(folder + "/latencies.hlog", formats::latencies_hlog(result));
  write_file(folder + "/samples.npz", formats::samples_npz(result));
  write_file(folder + "/nodes.npz", formats::nodes_npz(result));
}

}  // namespace

void write_reports(RunResult& result, const std::string& folder) {
  const auto attempt = [&result](const auto& write) {
    try {
      write();
    } catch (const HarnessError& error) {
      if (!result.harness_error.empty()) return;
      result.harness_error = error.what();
      conclude(result);
    }
  };
  // First, so that trouble with them is in the reports.
  attempt([&] { write_latencies(result, folder); });
  for (const ReporterPlugin* plugin : reports::all_plugins()) {
    attempt([&] { plugin->get().write(result, folder); });
  }
}

void write_file(const std::string& path, std::string_view content) {
  const std::string aside = path + ".part";
  std::FILE* file = std::fopen(aside.c_str(), "wb");
  if (file == nullptr) throw HarnessError("can't create " + aside + ": " + std::strerror(errno));
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed || std::rename(aside.c_str(), path.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    std::remove(aside.c_str());
    throw HarnessError("can't write " + path + ": " + reason);
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path + ": can't be read: " + std::strerror(errno));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace assay::cli
