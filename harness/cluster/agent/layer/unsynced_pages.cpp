#include "harness/cluster/agent/layer/unsynced_pages.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace assay::agent {
namespace {

std::int64_t size_of(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 ? status.st_size : 0;
}

void write_all(int file, const std::string& bytes, std::int64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pwrite(file, bytes.data() + done, bytes.size() - done,
                                   static_cast<off_t>(offset) + static_cast<off_t>(done));
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace

void UnsyncedPages::begin(int file) {
  if (!durable_size_) durable_size_ = size_of(file);
}

void UnsyncedPages::keep(int file, std::int64_t first_page, std::int64_t end_page) {
  for (std::int64_t page = first_page; page < end_page; ++page) {
    const auto [entry, is_new] = pages_.try_emplace(page);
    const std::int64_t on_disk = std::clamp<std::int64_t>(*durable_size_ - page * kPageBytes, 0, kPageBytes);
    if (!is_new || on_disk == 0) continue;
    entry->second.resize(static_cast<std::size_t>(on_disk));
    const ssize_t count =
        ::pread(file, entry->second.data(), entry->second.size(), static_cast<off_t>(page * kPageBytes));
    // The rest of it was cut off before, with this page kept, so this is a hole.
    if (count >= 0 && count < on_disk) std::fill(entry->second.begin() + count, entry->second.end(), '\0');
  }
}

void UnsyncedPages::about_to_write(int file, std::int64_t offset, std::int64_t size_bytes) {
  begin(file);
  keep(file, offset / kPageBytes, (offset + size_bytes + kPageBytes - 1) / kPageBytes);
}

void UnsyncedPages::about_to_resize(int file, std::int64_t size_bytes) {
  begin(file);
  const std::int64_t end = std::min(size_of(file), *durable_size_);
  if (size_bytes < end) keep(file, size_bytes / kPageBytes, (end + kPageBytes - 1) / kPageBytes);
}

void UnsyncedPages::synced() {
  durable_size_.reset();
  pages_.clear();
}

void UnsyncedPages::drop(int file) {
  if (!durable_size_) return;
  const std::int64_t size = size_of(file);
  for (auto& [page, old] : pages_) {
    const std::int64_t left = std::clamp<std::int64_t>(size - page * kPageBytes, 0, kPageBytes);
    old.resize(static_cast<std::size_t>(left), '\0');
    write_all(file, old, page * kPageBytes);
  }
  synced();
}

void UnsyncedPages::take_back(int file) {
  if (!durable_size_) return;
  if (::ftruncate(file, static_cast<off_t>(*durable_size_)) == 0) {
    for (const auto& [page, old] : pages_) write_all(file, old, page * kPageBytes);
  }
  synced();
}

}  // namespace assay::agent
