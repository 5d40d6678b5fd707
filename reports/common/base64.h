// Base64 (RFC 4648, section 4), for hashes and data inside a page.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

std::string base64_of(std::string_view bytes);

}  // namespace assay::reports
