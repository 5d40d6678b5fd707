#include "harness/cluster/agent/disk_trouble.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr std::size_t kTrialSizeBytes = DiskTrials::kSizeBytes;
constexpr std::size_t kBlockSizeBytes = DiskTrials::kReadBytes;
constexpr int kFirstFreeDescriptor = 50;

// Fails with -1 when there is no such device.
int loop_status(const std::string& device, loop_info64& info) {
  const Descriptor loop(::open(device.c_str(), O_RDWR | O_CLOEXEC));
  return loop.valid() ? ::ioctl(loop.get(), LOOP_GET_STATUS64, &info) : -1;
}

// In a forked process: nothing of the agent stays open but these, whose new numbers are 3 and 4.
void keep_only(int first, int second) {
  const int a = ::fcntl(first, F_DUPFD, kFirstFreeDescriptor);
  const int b = ::fcntl(second, F_DUPFD, kFirstFreeDescriptor);
  ::dup2(a, 3);
  ::dup2(b, 4);
  ::close_range(5, ~0U, 0);
  for (int number = 0; number < 3; ++number) ::close(number);
}

void fill_pattern(char* block, std::size_t size, const char* path) {
  std::memset(block, path[std::strlen(path) - 1], size);
}

// Only calls that are safe between fork and exec.
DiskTrial try_disk(const char* path, const char* readable) {
  DiskTrial trial{.answered = true};
  static char block[kTrialSizeBytes];
  fill_pattern(block, sizeof block, path);
  const std::int64_t begin = monotonic_nanos();
  const int file = ::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    trial.write_error = errno;
  } else {
    const ssize_t written = ::pwrite(file, block, sizeof block, 0);
    if (written != static_cast<ssize_t>(sizeof block)) trial.write_error = written < 0 ? errno : ENOSPC;
    if (::fsync(file) != 0) trial.sync_error = errno;
    trial.nanos = monotonic_nanos() - begin;
    if (::fsync(file) != 0) trial.second_sync_error = errno;
  }
  alignas(kBlockSizeBytes) static char aligned[kBlockSizeBytes];
  const int other = ::open(readable, O_RDONLY | O_DIRECT | O_CLOEXEC);
  const ssize_t read = other < 0 ? -1 : ::pread(other, aligned, sizeof aligned, 0);
  if (read < 0) trial.read_error = errno;
  trial.read_bytes = read;
  return trial;
}

}  // namespace

std::string device_of(const std::string& mount_point) {
  std::istringstream lines(read_whole_file("/proc/self/mounts"));
  std::string device, point, rest;
  while (lines >> device >> point && std::getline(lines, rest)) {
    if (point == mount_point) return device;
  }
  return {};
}

bool limit_device(const std::string& device, std::int64_t size_bytes) {
  const Descriptor loop(::open(device.c_str(), O_RDWR | O_CLOEXEC));
  loop_info64 info{};
  if (!loop.valid() || ::ioctl(loop.get(), LOOP_GET_STATUS64, &info) != 0) return false;
  info.lo_sizelimit = static_cast<std::uint64_t>(size_bytes);
  return ::ioctl(loop.get(), LOOP_SET_STATUS64, &info) == 0;
}

bool device_is_limited(const std::string& device) {
  loop_info64 info{};
  return loop_status(device, info) == 0 && info.lo_sizelimit != 0;
}

std::int64_t journal_end(const std::string& image) {
  // The journal is inode 8; make_disk() puts it behind the other metadata, and data behind it.
  const CommandOutcome told = run_command({"debugfs", "-R", "stat <8>", image});
  const std::size_t at = told.output.find("EXTENTS:");
  const std::size_t dash = told.output.rfind('-');
  const CommandOutcome super = run_command({"debugfs", "-R", "show_super_stats -h", image});
  const std::size_t size_at = super.output.find("Block size:");
  if (at == std::string::npos || dash == std::string::npos || dash < at || size_at == std::string::npos)
    throw AgentError("debugfs (package e2fsprogs) doesn't say where the journal of " + image + " is");
  const std::int64_t last = std::strtoll(told.output.c_str() + dash + 1, nullptr, 10);
  const std::int64_t block = std::strtoll(super.output.c_str() + size_at + 11, nullptr, 10);
  if (last <= 0 || block <= 0) throw AgentError("the journal of " + image + " has no place");
  return (last + 1) * block;
}

std::string filler_of(const std::string& mount_point) { return mount_point + "/assay-filler"; }

void fill_disk(const std::string& mount_point) {
  const std::string path = filler_of(mount_point);
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) throw_errno("can't make " + path);
  struct statvfs space {};
  if (::statvfs(mount_point.c_str(), &space) != 0) throw_errno("can't look at " + mount_point);
  std::int64_t size = 0;
  // What is free isn't free in one piece, and a file needs some of it for itself.
  for (std::int64_t piece =
           static_cast<std::int64_t>(space.f_bavail) * static_cast<std::int64_t>(space.f_frsize);
       piece >= static_cast<std::int64_t>(kBlockSizeBytes); piece /= 2) {
    while (::fallocate(file.get(), 0, size, piece) == 0) size += piece;
    if (errno != ENOSPC) throw_errno("can't fill " + mount_point);
  }
}

bool throttle_device(const std::string& folder, const std::string& device, std::int64_t writes_per_second) {
  struct stat status {};
  if (::stat(device.c_str(), &status) != 0) return false;
  const std::string text = std::to_string(major(status.st_rdev)) + ":" +
                           std::to_string(minor(status.st_rdev)) + " " + std::to_string(writes_per_second);
  return write_whole_file(folder + "/blkio.throttle.write_iops_device", text);
}

bool thaw_disk(const std::string& mount_point) {
  const Descriptor folder(::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.valid() && ::ioctl(folder.get(), FITHAW, 0) == 0;
}

FrozenDisk::FrozenDisk(const std::string& mount_point, int thaw_milliseconds) {
  const Descriptor folder(::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) throw_errno("can't open " + mount_point);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  Descriptor read_end(ends[0]), write_end(ends[1]);
  timer_ = ::fork();
  if (timer_ < 0) throw_errno("can't start the process that thaws " + mount_point);
  if (timer_ == 0) {
    ::setsid();
    keep_only(folder.get(), read_end.get());
    pollfd told{4, POLLIN, 0};
    ::poll(&told, 1, thaw_milliseconds);
    ::ioctl(3, FITHAW, 0);
    ::_exit(0);
  }
  pipe_ = write_end.release();
  if (::ioctl(folder.get(), FIFREEZE, 0) != 0) {
    const int reason = errno;
    ::close(pipe_);
    ::waitpid(timer_, nullptr, 0);
    throw AgentError("can't freeze " + mount_point + ": " + std::strerror(reason));
  }
}

FrozenDisk::~FrozenDisk() {
  ::close(pipe_);
  ::waitpid(timer_, nullptr, 0);
}

std::string breaker_of(const std::string& device) {
  return "/sys/fs/ext4/" + device.substr(device.rfind('/') + 1) + "/trigger_fs_error";
}

bool break_file_system(const std::string& device) { return write_whole_file(breaker_of(device), "assay"); }

void DiskTrials::prepare() {
  const std::string path = readable();
  if (!write_whole_file(path, std::string(kBlockSizeBytes, 'r'))) throw_errno("can't write " + path);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) throw_errno("can't sync " + path);
}

DiskTrial DiskTrials::run(int patience_milliseconds) {
  const std::string path = mount_point_ + "/assay-trial-" + std::to_string(++runs_);
  const std::string other = readable();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("can't make a pipe");
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) throw_errno("can't try out " + mount_point_);
  if (child == 0) {
    keep_only(write_end.get(), write_end.get());
    const DiskTrial trial = try_disk(path.c_str(), other.c_str());
    if (::write(3, &trial, sizeof trial) < 0) ::_exit(1);
    ::_exit(0);
  }
  write_end.reset();
  files_.push_back(path);
  DiskTrial trial;
  pollfd waiting{read_end.get(), POLLIN, 0};
  const bool came = ::poll(&waiting, 1, patience_milliseconds) == 1 &&
                    ::read(read_end.get(), &trial, sizeof trial) == static_cast<ssize_t>(sizeof trial);
  if (!came) {
    waiting_.push_back(child);
    return {};
  }
  ::waitpid(child, nullptr, 0);
  return trial;
}

bool DiskTrials::last_is_forgotten() const {
  const std::string& path = files_.back();
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string wanted(kTrialSizeBytes, ' ');
  fill_pattern(wanted.data(), wanted.size(), path.c_str());
  if (read_whole_file(path) != wanted || !file.valid()) return false;  // what memory has is what was written
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
  return read_whole_file(path) != wanted;
}

std::int64_t DiskTrials::last_size() const {
  struct stat status {};
  return ::stat(files_.back().c_str(), &status) == 0 ? status.st_size : 0;
}

void DiskTrials::clean() {
  for (const pid_t child : waiting_) ::waitpid(child, nullptr, 0);
  waiting_.clear();
  for (const std::string& path : files_) ::unlink(path.c_str());
  files_.clear();
  ::unlink(readable().c_str());
}

}  // namespace assay::agent
