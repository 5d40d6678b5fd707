#include "reports/page/page.h"

#include "harness/core/sha256.h"
#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/script.h"
#include "reports/page/space_time.h"
#include "reports/page/style.h"

namespace assay::reports {

std::string page_head(const std::string& title) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" +
         sha256_base64(style_sheet()) + "'; script-src 'sha256-" + sha256_base64(page_script()) +
         "'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
         escape(title) + "</title>\n<style>" + std::string(style_sheet()) + "</style>\n</head>\n";
}

namespace {

constexpr std::string_view kNavigation =
    "<nav><a href=\"#tested\">What was tested</a><a href=\"#anomalies\">Anomalies</a><a "
    "href=\"#timeline\">Timeline</a><a href=\"#performance\">Performance</a><a href=\"#faults\">Faults</a>"
    "<a href=\"#latency\">Percentiles</a><a href=\"#baseline\">Baseline</a><a "
    "href=\"#confidence\">Confidence</a>"
    "<a href=\"#environment\">Nodes and logs</a><a href=\"#raw\">Raw facts</a></nav>\n";

}  // namespace

std::string page_html(const RunResult& run, const PageExtras& extras) {
  const TimeSlices slices = slice_run(run);
  std::string out = page_head(std::string(headline_word(headline_of(run))) + ": " + run_title(run) +
                              ", seed " + std::to_string(run.plan.seed));
  out += "<body class=\"" + std::string(headline_class(headline_of(run))) + "\">\n<main>\n";
  out += banner_section(run);
  out += kNavigation;
  out += tested_section(run);
  out += anomalies_section(run);
  out += timeline_section(run);
  out += space_time_section(run, extras.messages);
  out += performance_section(run, slices);
  out += faults_section(run);
  out += latency_section(run);
  out += baseline_section(run, extras);
  out += confidence_section(run);
  out += environment_section(run, slices, extras.logs);
  out += raw_section(run);
  out += "</main>\n";
  const std::string data = page_data(run, slices);
  if (!data.empty()) out += data + "<script>" + std::string(page_script()) + "</script>\n";
  return out + "</body>\n</html>\n";
}

}  // namespace assay::reports
