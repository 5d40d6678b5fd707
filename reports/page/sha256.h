// SHA-256 (FIPS 180-4, section 6.2), for the content security policy of the page: the one style sheet is named by
// its hash, so nothing else can style or run.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

// The digest in Base64, as a content security policy writes it.
std::string sha256_base64(std::string_view text);

}  // namespace assay::reports
