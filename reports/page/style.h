// The style sheet of the page. Light and dark follow the reader's preference; outcomes are blue, grey and orange,
// faults purple: kept apart by the common kinds of colour blindness, and never told by colour alone.
#pragma once

#include <string_view>

namespace assay::reports {

std::string_view style_sheet();

}  // namespace assay::reports
