#include "harness/serve/store.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace assay::serve {

namespace fs = std::filesystem;

namespace {

using StoredJson = nlohmann::json;

std::string stored_text(const StoredJson& json, const char* name) {
  return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
}

Nanos stored_time(const StoredJson& json, const char* name) {
  return json.contains(name) && json[name].is_number_integer() ? json[name].get<Nanos>() : -1;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void take_figures(const StoredJson& json, StoredRun& run) {
  if (json.contains("counts")) {
    run.operations = json["counts"].value("total", std::int64_t{0});
    run.ok = json["counts"].value("ok", std::int64_t{0});
  }
  for (const StoredJson& fault : json.value("faults", StoredJson::array())) {
    add_once(run.faults, stored_text(fault, "fault"));
    run.unavailable = std::max(run.unavailable, stored_time(fault, "unavailable"));
  }
  for (const StoredJson& check : json.value("checks", StoredJson::array())) {
    for (const StoredJson& finding : check.value("findings", StoredJson::array()))
      add_once(run.anomalies, stored_text(finding, "anomaly"));
  }
  if (!json.contains("measurements")) return;
  const StoredJson& measured = json["measurements"];
  if (measured.contains("load")) run.ok_per_second = measured["load"].value("ok_per_second", 0.0);
  if (!measured.contains("all")) return;
  run.p50 = stored_time(measured["all"]["response"], "p50");
  run.p99 = stored_time(measured["all"]["response"], "p99");
  run.service_p99 = stored_time(measured["all"]["service"], "p99");
}

void take_results(const StoredJson& json, StoredRun& run) {
  run.verdict = stored_text(json, "verdict");
  run.reason = stored_text(json, "reason");
  if (!stored_text(json, "harness_error").empty()) run.verdict = "trouble";
  run.seed = json.value("seed", std::uint64_t{0});
  if (json.contains("target")) {
    run.target = stored_text(json["target"], "target");
    run.mode = stored_text(json["target"], "mode");
    run.claimed_consistency = stored_text(json["target"], "claimed_consistency");
  }
  if (json.contains("plan")) {
    run.workload = stored_text(json["plan"], "workload");
    run.cluster = stored_text(json["plan"], "cluster");
  }
  take_figures(json, run);
}

// Everything about it in one text, to look for words in.
std::string words_of(const StoredRun& run) {
  std::string out =
      run.path + " " + run.verdict + " " + run.reason + " " + run.cluster + " " + run.claimed_consistency;
  for (const std::string& name : run.faults) out += " " + name;
  for (const std::string& name : run.anomalies) out += " " + name;
  return out;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool wanted(const StoredRun& run, const RunFilter& filter) {
  const auto any = [](const std::vector<std::string>& names, const std::string& name) {
    return name.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto is = [](const std::string& value, const std::string& asked) {
    return asked.empty() || value == asked;
  };
  return is(run.verdict, filter.verdict) && is(run.target + " " + run.mode, filter.target) &&
         any(run.faults, filter.fault) && any(run.anomalies, filter.anomaly) &&
         (filter.text.empty() || lower(words_of(run)).find(lower(filter.text)) != std::string::npos);
}

std::string first_of(const std::vector<std::string>& names) { return names.empty() ? "~" : names.front(); }

}  // namespace

StoredRun Store::read(const fs::path& folder, const std::string& relative) {
  std::error_code error;
  const fs::path results = folder / "results.json";
  const auto written = fs::last_write_time(results, error);
  StoredRun run;
  run.path = relative;
  const std::string name = folder.filename().string();
  if (name.size() > 15 && name[8] == 'T') run.date = name.substr(0, name.find('-'));
  run.verdict = "unfinished";
  run.reason = "The harness never wrote a verdict; assay report judges what there is.";
  const std::string test = folder.parent_path().filename().string();
  run.target = test.substr(0, test.find('-'));
  if (error) return run;
  const auto found = known_.find(relative);
  if (found != known_.end() && found->second.written == written) return found->second.run;
  std::ifstream file(results, std::ios::binary);
  const StoredJson json = StoredJson::parse(file, nullptr, false);
  try {
    if (json.is_object()) take_results(json, run);
  } catch (const StoredJson::exception&) {
    run.verdict = "unfinished";
  }
  known_[relative] = {written, run};
  return run;
}

std::vector<StoredRun> Store::list() {
  std::vector<StoredRun> runs;
  std::error_code error;
  for (const auto& test : fs::directory_iterator(folder_, error)) {
    if (!test.is_directory() || test.is_symlink() || test.path().filename() == "experiments") continue;
    for (const auto& folder : fs::directory_iterator(test.path(), error)) {
      if (!folder.is_directory() || folder.is_symlink()) continue;
      runs.push_back(read(folder.path(), (test.path().filename() / folder.path().filename()).string()));
    }
  }
  return filtered(std::move(runs), {});
}

std::vector<std::string> Store::suites() const {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& folder : fs::directory_iterator(folder_ / "experiments", error)) {
    const fs::path page = fs::path("experiments") / folder.path().filename() / "suite.html";
    if (fs::is_regular_file(folder_ / page, error)) paths.push_back(page.string());
  }
  std::sort(paths.rbegin(), paths.rend());
  return paths;
}

std::optional<fs::path> Store::resolve(const std::string& relative) const {
  const fs::path asked(relative);
  if (asked.is_absolute() || relative.find('\\') != std::string::npos) return std::nullopt;
  for (const fs::path& part : asked) {
    if (part == ".." || part == ".") return std::nullopt;
  }
  std::error_code error;
  const fs::path root = fs::canonical(folder_, error);
  if (error) return std::nullopt;
  const fs::path real = fs::canonical(root / asked, error);
  if (error) return std::nullopt;
  const auto [at_root, at_real] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
  if (at_root != root.end()) return std::nullopt;
  return real;
}

std::vector<StoredRun> filtered(std::vector<StoredRun> runs, const RunFilter& filter) {
  std::erase_if(runs, [&](const StoredRun& run) { return !wanted(run, filter); });
  const auto newer = [](const StoredRun& a, const StoredRun& b) {
    return a.date != b.date ? a.date > b.date : a.path < b.path;
  };
  std::sort(runs.begin(), runs.end(), newer);
  const auto sort_by = [&](auto key) {
    std::stable_sort(runs.begin(), runs.end(),
                     [&](const StoredRun& a, const StoredRun& b) { return key(a) < key(b); });
  };
  if (filter.sort == "verdict") sort_by([](const StoredRun& run) { return run.verdict; });
  if (filter.sort == "target")
    sort_by([](const StoredRun& run) { return run.target + run.mode + run.workload; });
  if (filter.sort == "fault") sort_by([](const StoredRun& run) { return first_of(run.faults); });
  if (filter.sort == "anomaly") sort_by([](const StoredRun& run) { return first_of(run.anomalies); });
  if (filter.sort == "rate") sort_by([](const StoredRun& run) { return -run.ok_per_second; });
  if (filter.sort == "p99") sort_by([](const StoredRun& run) { return -run.p99; });
  return runs;
}

}  // namespace assay::serve
