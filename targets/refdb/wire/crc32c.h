// CRC-32C (Castagnoli polynomial, reflected 0x82f63b78), as iSCSI uses it (RFC 3720, appendix B.4). Guards frames
// against garbage and broken middleboxes; no protection against malice.
//
// Thread safety: pure. Complexity: eight bytes a step from tables ("slicing by 8", Kounavis and Berry 2005).
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::refdb {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace assay::refdb
