#include "harness/formats/zip_file.h"

#include <limits>
#include <utility>

#include "harness/core/assert.h"
#include "harness/formats/deflate.h"

namespace assay::formats {

namespace {

constexpr std::uint16_t kVersion = 20;  // deflate
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kFirstDay = 1 << 5 | 1;  // 1 January 1980, the earliest date that there is

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace

void ZipFile::add(std::string_view name, std::string_view content) {
  const std::string packed = deflate(content, DeflateForm::raw, 1);
  ASSAY_ASSERT(content.size() + packed.size() + files_.size() < std::numeric_limits<std::uint32_t>::max());
  std::string common;
  put(common, kVersion, 2);
  put(common, 0, 2);
  put(common, kDeflated, 2);
  put(common, 0, 2);
  put(common, kFirstDay, 2);
  put(common, crc32_of(content), 4);
  put(common, static_cast<std::uint32_t>(packed.size()), 4);
  put(common, static_cast<std::uint32_t>(content.size()), 4);
  put(common, static_cast<std::uint32_t>(name.size()), 2);
  put(common, 0, 2);
  const auto offset = static_cast<std::uint32_t>(files_.size());
  put(files_, 0x04034b50, 4);
  files_ += common;
  files_ += name;
  files_ += packed;
  put(directory_, 0x02014b50, 4);
  put(directory_, kVersion, 2);
  directory_ += common;
  put(directory_, 0, 2);  // comment
  put(directory_, 0, 2);  // disk
  put(directory_, 0, 2);  // attributes
  put(directory_, 0, 4);
  put(directory_, offset, 4);
  directory_ += name;
  ++count_;
}

std::string ZipFile::finish() {
  std::string out = std::move(files_);
  const auto offset = static_cast<std::uint32_t>(out.size());
  out += directory_;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);  // disks
  put(out, count_, 2);
  put(out, count_, 2);
  put(out, static_cast<std::uint32_t>(directory_.size()), 4);
  put(out, offset, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace assay::formats
