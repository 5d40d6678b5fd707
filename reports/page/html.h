// Pieces of HTML that the sections of the page share. Whatever is called `markup` is HTML already; texts are
// escaped here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/run_result.h"

namespace assay::reports {

std::string section(std::string_view id, std::string_view title, std::string_view lede,
                    const std::string& markup);
std::string card(const std::string& markup);
// A definition list from (name, text) pairs; pairs without text are left out.
std::string facts_list(const std::vector<std::pair<std::string, std::string>>& facts);
std::string pill(std::string_view css, std::string_view text);
std::string outcome_pill(Outcome outcome);
std::string verdict_pill(Verdict verdict);
// "yes" or "no" as a pill; `no_css` colours the no.
std::string yes_no(bool yes, std::string_view no_css);

class HtmlTable {
 public:
  // A header that starts with '>' is aligned to the right, with '~' holds long text.
  explicit HtmlTable(std::vector<std::string> header);
  // Cells are markup. `css` and `id` belong to the row.
  void add(const std::vector<std::string>& cells, std::string_view css = {}, std::string_view id = {});
  std::string markup() const { return "<div class=\"scroll\"><table>" + out_ + "</tbody></table></div>\n"; }

 private:
  std::vector<std::string> cell_css_;
  std::string out_;
};

}  // namespace assay::reports
