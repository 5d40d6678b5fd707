// Base64 (RFC 4648, section 4), with padding.
//
// Thread safety: plain functions. Complexity: linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay {

std::string base64_of(std::string_view bytes);
// Nothing when it is not exactly what base64_of() could have written.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace assay
