// What was changed in one file and not synced, as the disk has it: old bytes by page, and the old size. With it a failed fsync or
// a loss of power can be played: the kernel of a real machine drops the pages, here the old ones are written back.
//
// Thread safety: one thread at a time. Errors: what can't be read or written any more is left as it is; the functions never throw.
// Complexity: linear in the pages that a call touches for the first time since the last sync.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace assay::agent {

class UnsyncedPages {
 public:
  static constexpr std::int64_t kPageBytes = 4096;

  // Before these bytes are changed. `file` can be read.
  void about_to_write(int file, std::int64_t offset, std::int64_t size_bytes);
  // Before the file gets this size.
  void about_to_resize(int file, std::int64_t size_bytes);
  // All is on the disk.
  void synced();

  // An fsync failed: the pages are as the disk has them, zeros where it has none, and count as written. The size stays: file systems
  // with a journal keep that. `file` can be written to.
  void drop(int file);
  // Power was lost: pages and size are as the disk has them.
  void take_back(int file);

  bool empty() const { return !durable_size_; }
  std::size_t page_count() const { return pages_.size(); }

 private:
  void begin(int file);
  void keep(int file, std::int64_t first_page, std::int64_t end_page);

  std::optional<std::int64_t> durable_size_;  // nothing: nothing was changed since the last sync
  std::map<std::int64_t, std::string>
      pages_;  // by number; shorter than a page where the file ended on the disk
};

}  // namespace assay::agent
