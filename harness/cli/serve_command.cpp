// assay serve: the runs of a store as pages in a browser on this machine.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/run_folder.h"
#include "harness/core/error.h"
#include "harness/formats/zip_file.h"
#include "harness/serve/http_server.h"
#include "harness/serve/store.h"
#include "reports/common/escape.h"
#include "reports/store/store_pages.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kZipBytesMax = std::uintmax_t{1} << 30;

class StoreSite {
 public:
  explicit StoreSite(const std::string& folder) : store_(folder) {}

  serve::WebAnswer answer(const serve::WebRequest& request) {
    if (request.path == "/") return index(request);
    if (request.path == "/trends") return page(reports::store_trends_page(store_.list()));
    if (request.path == "/compare") return compare(request);
    if (request.path.starts_with("/run/")) return file(request.path.substr(5));
    if (request.path.starts_with("/download/")) return download(request.path.substr(10));
    return nothing("There is no such page.");
  }

 private:
  static serve::WebAnswer page(std::string body, int status = 200) {
    serve::WebAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.policy = reports::store_page_policy();
    return answer;
  }
  static serve::WebAnswer nothing(const std::string& sentence) {
    return page(reports::store_message_page("Nothing here", sentence), 404);
  }

  serve::WebAnswer index(const serve::WebRequest& request) {
    RunFilter filter;
    filter.text = request.value("q");
    filter.verdict = request.value("verdict");
    filter.target = request.value("target");
    filter.fault = request.value("fault");
    filter.anomaly = request.value("anomaly");
    if (!request.value("sort").empty()) filter.sort = request.value("sort");
    const std::vector<StoredRun> all = store_.list();
    return page(reports::store_index_page(all, serve::filtered(all, filter), filter, store_.suites()));
  }

  serve::WebAnswer compare(const serve::WebRequest& request) {
    std::vector<StoredRun> chosen;
    const std::vector<StoredRun> all = store_.list();
    const auto [first, last] = request.query.equal_range("run");
    for (auto at = first; at != last; ++at) {
      for (const StoredRun& run : all) {
        if (run.path == at->second) chosen.push_back(run);
      }
    }
    if (chosen.size() != 2)
      return page(reports::store_message_page("Two runs", "Tick exactly two runs."), 400);
    return page(reports::store_compare_page(chosen[0], chosen[1]));
  }

  serve::WebAnswer file(const std::string& relative) {
    const auto path = store_.resolve(relative);
    if (!path) return nothing("There is no such file in the store.");
    if (fs::is_directory(*path)) return listing(*path, relative);
    if (!fs::is_regular_file(*path)) return nothing("That is no file.");
    serve::WebAnswer answer;
    answer.file = path->string();
    const std::string extension = path->extension().string();
    if (extension == ".html") {
      answer.policy = "sandbox allow-scripts allow-top-navigation-by-user-activation allow-downloads";
    } else if (extension == ".json") {
      answer.type = "application/json";
    } else if (extension == ".npz") {
      answer.type = "application/octet-stream";
    } else {
      answer.type = "text/plain; charset=utf-8";
    }
    return answer;
  }

  static serve::WebAnswer listing(const fs::path& folder, const std::string& relative) {
    std::string names;
    std::vector<std::string> entries;
    for (const auto& entry : fs::directory_iterator(folder))
      entries.push_back(entry.path().filename().string() + (entry.is_directory() ? "/" : ""));
    std::sort(entries.begin(), entries.end());
    const std::string base = "/run/" + relative + (relative.ends_with('/') ? "" : "/");
    for (const std::string& entry : entries)
      names +=
          "<li><a href=\"" + reports::escape(base + entry) + "\">" + reports::escape(entry) + "</a></li>\n";
    return page("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>" +
                reports::escape(relative) + "</title><h1>" + reports::escape(relative) + "</h1><ul>\n" +
                names + "</ul><p><a href=\"/\">All runs</a></p></html>\n");
  }

  serve::WebAnswer download(const std::string& relative) {
    const auto folder = store_.resolve(relative);
    if (!folder || !fs::is_directory(*folder) || !fs::exists(*folder / "plan.json"))
      return nothing("There is no such run in the store.");
    std::vector<fs::path> files;
    std::uintmax_t size = 0;
    for (const auto& entry : fs::recursive_directory_iterator(*folder)) {
      if (!entry.is_regular_file() || entry.is_symlink()) continue;
      files.push_back(entry.path());
      size += entry.file_size();
    }
    if (size > kZipBytesMax)
      return page(reports::store_message_page("Too large",
                                              "This run is larger than 1 GiB; take its files one by one."),
                  413);
    std::sort(files.begin(), files.end());
    formats::ZipFile zip;
    const std::string name = folder->filename().string();
    for (const fs::path& path : files)
      zip.add(name + "/" + fs::relative(path, *folder).string(), read_file(path.string()));
    serve::WebAnswer answer;
    answer.type = "application/zip";
    answer.attachment = name + ".zip";
    answer.body = zip.finish();
    return answer;
  }

  serve::Store store_;
};

}  // namespace

void add_serve_command(CLI::App& app, Actions& actions) {
  auto store = std::make_shared<std::string>("store");
  auto port = std::make_shared<int>(8484);
  CLI::App* command = app.add_subcommand("serve", "Show the runs of a store in a browser on this machine");
  command->add_option("--store", *store, "Folder of runs")->capture_default_str();
  command->add_option("--port", *port, "Port on 127.0.0.1; 0: any that is free")->capture_default_str();
  actions[command] = [store, port] {
    if (!fs::is_directory(*store)) throw InputError("--store " + *store + ": there is no such folder");
    if (*port < 0 || *port > 65535)
      throw InputError("--port " + std::to_string(*port) + ": expected a number from 0 to 65535");
    StoreSite site(*store);
    serve::HttpServer server(static_cast<std::uint16_t>(*port),
                             [&site](const serve::WebRequest& request) { return site.answer(request); });
    std::fprintf(stderr, "Runs of %s: http://127.0.0.1:%u/ (Ctrl-C ends)\n", store->c_str(),
                 unsigned{server.port()});
    std::fflush(stderr);
    server.run(&interrupt_flag());
    return kExitValid;
  };
}

}  // namespace assay::cli
