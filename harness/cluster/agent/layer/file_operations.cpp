// What is done to open files: read, written, synced.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "harness/cluster/agent/layer/file_system.h"

namespace assay::agent {
namespace {

// A file of which more pages are un-synced is synced by the layer, as a system writes old pages back by itself.
constexpr std::size_t kUnsyncedPagesMax = 16'384;

// Beside the descriptor: each read of this opened file is asked for.
constexpr std::uint64_t kAsksForEachRead = std::uint64_t{1} << 32;

int descriptor_of(const fuse_file_info* info) { return static_cast<int>(info->fh & 0x7fffffff); }

// Whoever may write here must be readable too, for what is kept of old pages; offsets are the kernel's to choose.
int flags_to_open_with(int asked) {
  int flags = asked & ~(O_APPEND | O_DIRECT | O_SYNC | O_DSYNC | O_NOFOLLOW | O_TRUNC | O_CREAT | O_EXCL);
  if ((flags & O_ACCMODE) == O_WRONLY) flags = (flags & ~O_ACCMODE) | O_RDWR;
  return flags | O_CLOEXEC;
}

void answer_opened(fuse_req_t request, int opened, ServedFile& file, fuse_file_info* info) {
  const int place = file.place;
  const auto of = place < 0 ? std::nullopt : std::optional(static_cast<DamagePlace>(place));
  const bool asks = system_of(request).gate().reads_are_cut(of, file.trial);
  info->fh = static_cast<std::uint64_t>(opened) | (asks ? kAsksForEachRead : 0);
  info->direct_io = asks ? 1 : 0;
  info->keep_cache = 1;
}

void open_file(fuse_req_t request, fuse_ino_t number, fuse_file_info* info) {
  FileSystem& system = system_of(request);
  ServedFile& file = system.file(number);
  const bool cuts = (info->flags & O_TRUNC) != 0;
  if (cuts) {
    LayerCall call = system.call_on(request, file, CallKind::write, 0, 0);
    call.makes_room = true;
    const LayerRuling ruling = system.gate().judge(call);
    if (ruling.error != 0) {
      fuse_reply_err(request, ruling.error);
      return;
    }
  }
  Descriptor opened(::open(path_of_handle(file.handle.get()).c_str(), flags_to_open_with(info->flags)));
  if (opened.valid() && cuts) {
    const std::lock_guard changing(file.changing);
    file.unsynced.about_to_resize(opened.get(), 0);
    if (::ftruncate(opened.get(), 0) != 0) opened.reset();
  }
  if (!opened.valid()) {
    fuse_reply_err(request, errno);
    return;
  }
  answer_opened(request, opened.get(), file, info);
  // Nobody will close it when the caller is gone.
  if (fuse_reply_open(request, info) == 0) opened.release();
}

void create_file(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* info) {
  FileSystem& system = system_of(request);
  const FileSystem::Spot spot = system.spot(parent, name);
  const LayerRuling ruling = system.gate().judge(system.call_on_name(request, spot, name));
  Descriptor opened;
  const fuse_ctx* caller = fuse_req_ctx(request);
  const auto make = [&] {
    opened = Descriptor(
        ::openat(spot.folder, name, flags_to_open_with(info->flags) | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    if (!opened.valid()) return errno;
    const bool own = caller->uid == ::geteuid() && caller->gid == ::getegid();
    return own || ::fchown(opened.get(), caller->uid, caller->gid) == 0 ? 0 : errno;
  };
  int error = ruling.error;
  if (error == 0) error = spot.trial ? make() : system.names().create(spot.folder, name, false, make);
  fuse_entry_param entry{};
  if (error != 0 || !system.look_up(spot, name, entry, error)) {
    fuse_reply_err(request, error);
    return;
  }
  answer_opened(request, opened.get(), system.file(entry.ino), info);
  if (fuse_reply_create(request, &entry, info) == 0) {
    opened.release();
  } else {
    system.forget(entry.ino, 1);
  }
}

void read_file(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset, fuse_file_info* info) {
  FileSystem& system = system_of(request);
  const ServedFile& file = system.file(number);
  std::string bytes(size, '\0');
  LayerCall call = system.call_on(request, file, CallKind::read, offset, 0);
  // What is cut short is what there is.
  const ssize_t there = ::pread(descriptor_of(info), bytes.data(), size, offset);
  if (there < 0) {
    fuse_reply_err(request, errno);
    return;
  }
  call.size_bytes = there;
  call.may_be_cut = (info->fh & kAsksForEachRead) != 0;
  const LayerRuling ruling = system.gate().judge(call);
  if (ruling.error != 0) {
    fuse_reply_err(request, ruling.error);
  } else {
    fuse_reply_buf(request, bytes.data(), static_cast<std::size_t>(ruling.size_bytes));
    if (ruling.size_bytes < there) system.was_cut(number);
  }
}

// Writes that much of it. What was written, or minus errno's number.
ssize_t write_part(ServedFile& file, int opened, const char* bytes, std::size_t size, off_t offset) {
  const std::lock_guard changing(file.changing);
  file.unsynced.about_to_write(opened, offset, static_cast<std::int64_t>(size));
  const ssize_t written = ::pwrite(opened, bytes, size, offset);
  const int error = errno;
  if (file.unsynced.page_count() > kUnsyncedPagesMax && ::fdatasync(opened) == 0) file.unsynced.synced();
  return written >= 0 ? written : -error;
}

void write_file(fuse_req_t request, fuse_ino_t number, const char* bytes, std::size_t size, off_t offset,
                fuse_file_info* info) {
  FileSystem& system = system_of(request);
  ServedFile& file = system.file(number);
  const LayerCall call =
      system.call_on(request, file, CallKind::write, offset, static_cast<std::int64_t>(size));
  const LayerRuling ruling = system.gate().judge(call);
  if (ruling.tears) {
    // It dies before it learns of anything: its call comes back only now.
    if (call.caller > 0) ::kill(call.caller, SIGKILL);
    const ssize_t kept =
        write_part(file, descriptor_of(info), bytes, static_cast<std::size_t>(ruling.size_bytes), offset);
    system.gate().was_torn(call, system.path_of(file), kept);
  }
  if (ruling.error != 0) {
    fuse_reply_err(request, ruling.error);
    return;
  }
  const ssize_t written = write_part(file, descriptor_of(info), bytes, size, offset);
  if (written < 0) {
    fuse_reply_err(request, static_cast<int>(-written));
  } else {
    fuse_reply_write(request, static_cast<std::size_t>(written));
  }
}

void sync_file(fuse_req_t request, fuse_ino_t number, int data_only, fuse_file_info* info) {
  FileSystem& system = system_of(request);
  ServedFile& file = system.file(number);
  const LayerRuling ruling = system.gate().judge(system.call_on(request, file, CallKind::sync, 0, 0));
  int error = ruling.error;
  {
    const std::lock_guard changing(file.changing);
    if (ruling.drops) {
      file.unsynced.drop(descriptor_of(info));
      file.synced_in_vain = true;
    }
    // Writes that come while the disk is at it begin anew. What it refuses is lost to us, too.
    if (error == 0) file.unsynced.synced();
  }
  if (error == 0) {
    const int result = data_only != 0 ? ::fdatasync(descriptor_of(info)) : ::fsync(descriptor_of(info));
    error = result == 0 ? 0 : errno;
  }
  if (error == 0) system.names().synced();
  fuse_reply_err(request, error);
}

void close_file(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  ::close(descriptor_of(info));
  fuse_reply_err(request, 0);
}

void reserve_space(fuse_req_t request, fuse_ino_t number, int mode, off_t offset, off_t size,
                   fuse_file_info* info) {
  FileSystem& system = system_of(request);
  ServedFile& file = system.file(number);
  LayerCall call = system.call_on(request, file, CallKind::write, offset, 0);
  const LayerRuling ruling = system.gate().judge(call);
  int error = ruling.error;
  if (error == 0) {
    const std::lock_guard changing(file.changing);
    struct stat status {};
    // Beyond the end nothing is there to be kept.
    if (::fstat(descriptor_of(info), &status) == 0)
      file.unsynced.about_to_write(descriptor_of(info), offset,
                                   std::max<off_t>(0, std::min(size, status.st_size - offset)));
    error = ::fallocate(descriptor_of(info), mode, offset, size) == 0 ? 0 : errno;
  }
  fuse_reply_err(request, error);
}

}  // namespace

void add_file_operations(fuse_lowlevel_ops& operations) {
  operations.open = open_file;
  operations.create = create_file;
  operations.read = read_file;
  operations.write = write_file;
  operations.fsync = sync_file;
  operations.release = close_file;
  operations.fallocate = reserve_space;
}

}  // namespace assay::agent
