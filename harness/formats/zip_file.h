// A zip archive in memory (PKWARE's APPNOTE 6.3.3, sections 4.3.7, 4.3.12, 4.3.16), deflated, without dates: equal content
// gives equal bytes.
//
// Thread safety: none. Requires: less than 4 GiB in all and at most 65,535 files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::formats {

class ZipFile {
 public:
  void add(std::string_view name, std::string_view content);
  // The archive; nothing can be added afterwards.
  std::string finish();

 private:
  std::string files_, directory_;
  std::uint16_t count_ = 0;
};

}  // namespace assay::formats
