// A file system that can lose power: ext4 on a loop device over an image file, mounted as the node's disk.
// Shutting ext4 down without flushing its log, unmounting and mounting again leaves exactly what was fsynced.
//
// The loop device frees itself when the last mount goes, so a host that dies leaves none. Thread safety: one
// thread at a time. Errors: AgentError. Linux's EXT4_IOC_SHUTDOWN (fs/ext4/ioctl.c).
#pragma once

#include <cstdint>
#include <string>

namespace assay::agent {

// Why this host has no such disks, or an empty string.
std::string disk_unavailable();

// Makes an empty image of that size (sparse) and mounts it. Requires: nothing mounted at mount_point.
void make_disk(const std::string& image, const std::string& mount_point, std::int64_t size_bytes);
void mount_disk(const std::string& image, const std::string& mount_point);
bool is_mounted(const std::string& mount_point);
// Waits a little for processes that were just killed. True when it is unmounted.
bool unmount(const std::string& mount_point);

// Stops all writing at once, losing whatever was not synced.
void cut_power(const std::string& mount_point);

// Two small files: one with fsync of file and folder, one without.
struct Markers {
  bool synced_kept = false;
  bool unsynced_lost = false;
};
void write_markers(const std::string& mount_point, const std::string& token);
Markers read_markers(const std::string& mount_point, const std::string& token);

}  // namespace assay::agent
