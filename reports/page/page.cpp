#include "reports/page/page.h"

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/sha256.h"
#include "reports/page/style.h"

namespace assay::reports {

std::string page_head(const std::string& title) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" +
         sha256_base64(style_sheet()) +
         "'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
         escape(title) + "</title>\n<style>" + std::string(style_sheet()) + "</style>\n</head>\n";
}

namespace {

constexpr std::string_view kNavigation =
    "<nav><a href=\"#tested\">What was tested</a><a href=\"#anomalies\">Anomalies</a><a "
    "href=\"#timeline\">Timeline</a>"
    "<a href=\"#throughput\">Throughput</a><a href=\"#latency\">Latency</a><a href=\"#faults\">Faults</a>"
    "<a href=\"#confidence\">Confidence</a><a href=\"#raw\">Raw facts</a></nav>\n";

}  // namespace

std::string page_html(const RunResult& run) {
  std::string out = page_head(std::string(headline_word(headline_of(run))) + ": " + run_title(run) +
                              ", seed " + std::to_string(run.plan.seed));
  out += "<body class=\"" + std::string(headline_class(headline_of(run))) + "\">\n<main>\n";
  out += banner_section(run);
  out += kNavigation;
  out += tested_section(run);
  out += anomalies_section(run);
  out += timeline_section(run);
  out += throughput_section(run);
  out += latency_section(run);
  out += faults_section(run);
  out += confidence_section(run);
  out += raw_section(run);
  out +=
      "<footer>Beside this file: history.jsonl (every operation), results.json, junit.xml, trace.json, "
      "nodes/.</footer>\n";
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace assay::reports
