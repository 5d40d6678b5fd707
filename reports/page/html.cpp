#include "reports/page/html.h"

#include "harness/core/assert.h"
#include "reports/common/escape.h"

namespace assay::reports {

std::string section(std::string_view id, std::string_view title, std::string_view lede,
                    const std::string& markup) {
  std::string out = "<section id=\"" + std::string(id) + "\">\n<h2>" + escape(title) + "</h2>\n";
  if (!lede.empty()) out += "<p class=\"lede\">" + escape(lede) + "</p>\n";
  return out + markup + "</section>\n";
}

std::string card(const std::string& markup) { return "<div class=\"card\">\n" + markup + "</div>\n"; }

std::string facts_list(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string out = "<dl>\n";
  for (const auto& [name, text] : facts) {
    if (!text.empty()) out += "<div><dt>" + escape(name) + "</dt><dd>" + escape(text) + "</dd></div>\n";
  }
  return out + "</dl>\n";
}

std::string pill(std::string_view css, std::string_view text) {
  return "<span class=\"pill " + std::string(css) + "\">" + escape(text) + "</span>";
}

std::string outcome_pill(Outcome outcome) {
  const std::string name(outcome_name(outcome));
  return pill("p-" + name, name);
}

std::string verdict_pill(Verdict verdict) {
  const char* css = verdict == Verdict::valid ? "p-good" : verdict == Verdict::invalid ? "p-bad" : "p-warn";
  return pill(css, verdict_name(verdict));
}

std::string yes_no(bool yes, std::string_view no_css) {
  return yes ? pill("p-good", "yes") : pill(no_css, "no");
}

HtmlTable::HtmlTable(std::vector<std::string> header) {
  out_ = "<thead><tr>";
  for (std::string& cell : header) {
    const char kind = cell.empty() ? ' ' : cell[0];
    if (kind == '>' || kind == '~') cell.erase(0, 1);
    cell_css_.push_back(kind == '>' ? " class=\"r\"" : kind == '~' ? " class=\"wide\"" : " class=\"nw\"");
    out_ += "<th scope=\"col\"" + cell_css_.back() + ">" + escape(cell) + "</th>";
  }
  out_ += "</tr></thead><tbody>\n";
}

void HtmlTable::add(const std::vector<std::string>& cells, std::string_view css, std::string_view id) {
  ASSAY_ASSERT(cells.size() == cell_css_.size());
  out_ += "<tr";
  if (!css.empty()) out_ += " class=\"" + std::string(css) + "\"";
  if (!id.empty()) out_ += " id=\"" + std::string(id) + "\"";
  out_ += ">";
  for (std::size_t i = 0; i < cells.size(); ++i) out_ += "<td" + cell_css_[i] + ">" + cells[i] + "</td>";
  out_ += "</tr>\n";
}

}  // namespace assay::reports
