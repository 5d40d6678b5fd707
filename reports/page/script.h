// The script of the page: its cursor and timeline. Made at build time from the files of reports/page/script/, which says what
// each does; the page works without it, and its content security policy lets nothing else run.
#pragma once

#include <string_view>

namespace assay::reports {

std::string_view page_script();

}  // namespace assay::reports
