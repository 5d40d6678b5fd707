#include "reports/store/store_pages.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "harness/core/sha256.h"
#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"
#include "reports/page/style.h"
#include "reports/page/svg.h"

namespace assay::reports {

namespace {

std::string stored_page(const std::string& title, const std::string& markup) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\">\n<title>" +
         escape(title) + "</title>\n<style>" + std::string(style_sheet()) +
         "</style>\n</head>\n<body>\n<main>\n<h1>" + escape(title) +
         "</h1>\n<nav><a href=\"/\">Runs</a><a href=\"/trends\">Trends</a></nav>\n" + markup +
         "</main>\n</body>\n</html>\n";
}

std::string stored_verdict(const StoredRun& run) {
  const char* css = run.verdict == "valid" ? "p-good" : run.verdict == "invalid" ? "p-bad" : "p-warn";
  return pill(css, run.verdict);
}

std::string select_box(const char* name, const char* label, const std::set<std::string>& choices,
                       const std::string& chosen) {
  std::string out =
      "<label>" + std::string(label) + " <select name=\"" + name + "\"><option value=\"\">any</option>";
  for (const std::string& choice : choices) {
    out += "<option value=\"" + escape(choice) + "\"" + (choice == chosen ? " selected" : "") + ">" +
           escape(choice) + "</option>";
  }
  return out + "</select></label>\n";
}

std::string filter_form(const std::vector<StoredRun>& all, const RunFilter& filter) {
  std::set<std::string> verdicts, targets, faults, anomalies;
  for (const StoredRun& run : all) {
    verdicts.insert(run.verdict);
    targets.insert(run.target + " " + run.mode);
    faults.insert(run.faults.begin(), run.faults.end());
    anomalies.insert(run.anomalies.begin(), run.anomalies.end());
  }
  std::string out =
      "<form class=\"filter\" method=\"get\" action=\"/\">\n<label>Search <input type=\"search\" name=\"q\" "
      "value=\"" +
      escape(filter.text) + "\"></label>\n";
  out += select_box("verdict", "Verdict", verdicts, filter.verdict);
  out += select_box("target", "Target", targets, filter.target);
  out += select_box("fault", "Fault", faults, filter.fault);
  out += select_box("anomaly", "Anomaly", anomalies, filter.anomaly);
  out += select_box("sort", "Sort by", {"date", "verdict", "target", "fault", "anomaly", "rate", "p99"},
                    filter.sort);
  return out + "<button>Show</button> <a href=\"/\">everything</a>\n</form>\n";
}

// "2026-11-21 08:51:02" from "20261121T085102Z".
std::string readable_date(const StoredRun& run) {
  const std::string& date = run.date;
  if (date.size() != 16) return run.path;
  return date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 2) + " " + date.substr(9, 2) +
         ":" + date.substr(11, 2) + ":" + date.substr(13, 2);
}

std::string run_rows(const std::vector<StoredRun>& shown) {
  HtmlTable table(
      {"", "Date", "Verdict", "Target", "Workload", "Faults", "~Anomalies", ">Operations", ">ok/s", ">p99"});
  for (const StoredRun& run : shown) {
    const std::string link = "/run/" + escape(run.path) + "/";
    const std::string files = "<a href=\"" + link + "report.html\">" + escape(readable_date(run)) +
                              "</a><br><span class=\"soft\"><a href=\"" + link +
                              "\">files</a> · <a href=\"/download/" + escape(run.path) + "\">zip</a></span>";
    table.add(
        {"<input type=\"checkbox\" name=\"run\" value=\"" + escape(run.path) + "\" aria-label=\"compare\">",
         files, stored_verdict(run),
         escape(run.target + " " + run.mode) + "<br><span class=\"soft\">" + escape(run.cluster) + ", seed " +
             std::to_string(run.seed) + "</span>",
         escape(run.workload), escape(joined(run.faults, ", ")), escape(joined(run.anomalies, ", ")),
         with_thousands(run.operations), with_thousands(static_cast<std::int64_t>(run.ok_per_second + 0.5)),
         people_time(run.p99)});
  }
  return "<form method=\"get\" action=\"/compare\">\n<div class=\"card flush\">" + table.markup() +
         "</div>\n<p class=\"filter\"><button>Compare the two that are ticked</button></p>\n</form>\n";
}

// One line over the runs of a test, oldest at the left; its own scale from 0.
std::string trend_chart(const std::vector<const StoredRun*>& runs, const std::string& label, const char* css,
                        const std::function<double(const StoredRun&)>& value,
                        const std::function<std::string(double)>& name) {
  constexpr double kChartTop = 14, kChartBottom = 114, kChartLeft = 74, kChartRight = 500;
  double most = 0;
  for (const StoredRun* run : runs) most = std::max(most, value(*run));
  Svg svg(520, 132, label);
  Frame frame;
  frame.left = kChartLeft, frame.right = kChartRight, frame.top = kChartTop, frame.bottom = kChartBottom;
  draw_level(svg, frame, kChartTop, name(most));
  svg.line(kChartLeft, kChartBottom, kChartRight, kChartBottom, "axis");
  std::string data;
  const double step = runs.size() > 1 ? (kChartRight - kChartLeft) / static_cast<double>(runs.size() - 1) : 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const double number = value(*runs[i]);
    if (number < 0 || most <= 0) continue;
    const double x = kChartLeft + step * static_cast<double>(i),
                 y = kChartBottom - number / most * (kChartBottom - kChartTop);
    data += (data.empty() ? "M" : "L") + coordinate(x) + " " + coordinate(y);
    svg.rect(x - 3, y - 3, 6, 6, "point " + runs[i]->verdict, runs[i]->path + ": " + name(number), 3);
  }
  svg.path(css, data);
  return "<figure><figcaption><h3>" + escape(label) + "</h3></figcaption>" + svg.finish() + "</figure>\n";
}

std::string ratio(double a, double b) {
  if (a <= 0 || b <= 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", b / a);
  return text;
}

}  // namespace

std::string store_page_policy() {
  return "default-src 'none'; style-src 'sha256-" + sha256_base64(style_sheet()) +
         "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}

std::string store_message_page(const std::string& title, const std::string& sentence) {
  return stored_page(title, card("<p class=\"none\">" + escape(sentence) + "</p>\n"));
}

std::string store_index_page(const std::vector<StoredRun>& all, const std::vector<StoredRun>& shown,
                             const RunFilter& filter, const std::vector<std::string>& suites) {
  std::string out = filter_form(all, filter);
  out += "<p class=\"lede\">" + with_thousands(static_cast<std::int64_t>(shown.size())) + " of " +
         with_thousands(static_cast<std::int64_t>(all.size())) + " runs.</p>\n";
  out += shown.empty() ? card("<p class=\"none\">No run is like that.</p>\n") : run_rows(shown);
  if (!suites.empty()) {
    std::string list;
    for (const std::string& path : suites)
      list += "<li><a href=\"/run/" + escape(path) + "\">" + escape(path) + "</a></li>\n";
    out += section("suites", "Suites", {}, card("<ul>\n" + list + "</ul>\n"));
  }
  return stored_page("Runs", out);
}

std::string store_trends_page(const std::vector<StoredRun>& runs) {
  std::map<std::string, std::vector<const StoredRun*>> tests;
  for (const StoredRun& run : runs) {
    if (run.ok_per_second > 0)
      tests[run.path.substr(0, run.path.find('/')) + " on " + run.cluster].push_back(&run);
  }
  std::string out;
  int number = 0;
  for (auto& [test, list] : tests) {
    std::reverse(list.begin(), list.end());  // oldest first
    const auto time = [](double nanos) { return people_time(static_cast<Nanos>(nanos)); };
    const auto rate = [](double value) { return with_thousands(static_cast<std::int64_t>(value)); };
    std::string charts =
        "<div class=\"pair\">" +
        trend_chart(
            list, "ok per second", "p50", [](const StoredRun& run) { return run.ok_per_second; }, rate) +
        trend_chart(
            list, "p99 of response time", "p90",
            [](const StoredRun& run) { return static_cast<double>(run.p99); }, time) +
        "</div>";
    out += section("trend-" + std::to_string(++number), test,
                   std::to_string(list.size()) + " runs, oldest at the left.", card(charts));
  }
  if (out.empty()) out = card("<p class=\"none\">No run has figures yet.</p>\n");
  return stored_page("Trends", out);
}

std::string store_compare_page(const StoredRun& a, const StoredRun& b) {
  HtmlTable table({"", "First", "Second", ">Second to first"});
  const auto link = [](const StoredRun& run) {
    return "<a href=\"/run/" + escape(run.path) + "/report.html\">" + escape(run.path) + "</a>";
  };
  const auto time_row = [&](const char* name, Nanos StoredRun::*time) {
    table.add({name, people_time(a.*time), people_time(b.*time),
               ratio(static_cast<double>(a.*time), static_cast<double>(b.*time))});
  };
  table.add({"run", link(a), link(b), ""});
  table.add({"verdict", stored_verdict(a) + " " + escape(a.reason),
             stored_verdict(b) + " " + escape(b.reason), ""});
  table.add({"target", escape(a.target + " " + a.mode), escape(b.target + " " + b.mode), ""});
  table.add({"workload", escape(a.workload), escape(b.workload), ""});
  table.add({"cluster, seed", escape(a.cluster) + ", " + std::to_string(a.seed),
             escape(b.cluster) + ", " + std::to_string(b.seed), ""});
  table.add({"faults", escape(joined(a.faults, ", ")), escape(joined(b.faults, ", ")), ""});
  table.add({"anomalies", escape(joined(a.anomalies, ", ")), escape(joined(b.anomalies, ", ")), ""});
  table.add({"operations", with_thousands(a.operations), with_thousands(b.operations), ""});
  table.add({"ok per second", with_thousands(static_cast<std::int64_t>(a.ok_per_second)),
             with_thousands(static_cast<std::int64_t>(b.ok_per_second)),
             ratio(a.ok_per_second, b.ok_per_second)});
  time_row("median response time", &StoredRun::p50);
  time_row("p99 of response time", &StoredRun::p99);
  time_row("p99 of service time", &StoredRun::service_p99);
  time_row("unavailable in a fault, at most", &StoredRun::unavailable);
  return stored_page("Two runs", "<div class=\"card flush\">" + table.markup() +
                                     "</div>\n<p class=\"lede\">Two runs at different times differ by what "
                                     "the machine did, too. With intervals: assay "
                                     "report RUN --baseline OTHER; for a decision: assay gate.</p>\n");
}

}  // namespace assay::reports
