// Makes texts from outside (values, errors, names) harmless in HTML, SVG and XML: markup characters escaped,
// invalid UTF-8 and control characters that XML forbids replaced by U+FFFD. Good inside elements and inside
// double-quoted attributes.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

std::string escape(std::string_view text);

}  // namespace assay::reports
