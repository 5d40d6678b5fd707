// What is done to names: looked up, listed, made, removed, renamed; and to attributes of files.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "harness/cluster/agent/layer/file_system.h"

namespace assay::agent {
namespace {

void answer_error(fuse_req_t request, int error) { fuse_reply_err(request, error); }

int outcome_of(int result) { return result == 0 ? 0 : errno; }

// What is made belongs to who makes it, not to this process.
int give_to_caller(fuse_req_t request, int folder, const char* name) {
  const fuse_ctx* caller = fuse_req_ctx(request);
  if (caller->uid == ::geteuid() && caller->gid == ::getegid()) return 0;
  return outcome_of(::fchownat(folder, name, caller->uid, caller->gid, AT_SYMLINK_NOFOLLOW));
}

void answer_entry(fuse_req_t request, const FileSystem::Spot& spot, const char* name) {
  fuse_entry_param entry{};
  int error = 0;
  if (!system_of(request).look_up(spot, name, entry, error)) return answer_error(request, error);
  fuse_reply_entry(request, &entry);
}

void look_up(fuse_req_t request, fuse_ino_t parent, const char* name) {
  answer_entry(request, system_of(request).spot(parent, name), name);
}

void forget(fuse_req_t request, fuse_ino_t number, std::uint64_t count) {
  system_of(request).forget(number, count);
  fuse_reply_none(request);
}

void forget_many(fuse_req_t request, std::size_t count, fuse_forget_data* files) {
  for (std::size_t i = 0; i < count; ++i) system_of(request).forget(files[i].ino, files[i].nlookup);
  fuse_reply_none(request);
}

void get_attributes(fuse_req_t request, fuse_ino_t number, fuse_file_info*) {
  struct stat status {};
  const int handle = system_of(request).file(number).handle.get();
  if (::fstatat(handle, "", &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
    return answer_error(request, errno);
  fuse_reply_attr(request, &status, kKnownForSeconds);
}

int resize(fuse_req_t request, ServedFile& file, std::int64_t size) {
  FileSystem& system = system_of(request);
  LayerCall call = system.call_on(request, file, CallKind::write, size, 0);
  call.makes_room = true;
  const LayerRuling ruling = system.gate().judge(call);
  if (ruling.error != 0) return ruling.error;
  const std::lock_guard changing(file.changing);
  const Descriptor opened(::open(path_of_handle(file.handle.get()).c_str(), O_RDWR | O_CLOEXEC));
  if (!opened.valid()) return errno;
  file.unsynced.about_to_resize(opened.get(), size);
  return outcome_of(::ftruncate(opened.get(), static_cast<off_t>(size)));
}

timespec time_to_set(const timespec& given, int to_set, int set, int now) {
  timespec time = given;
  if ((to_set & set) == 0) time.tv_nsec = UTIME_OMIT;
  if ((to_set & now) != 0) time.tv_nsec = UTIME_NOW;
  return time;
}

void set_attributes(fuse_req_t request, fuse_ino_t number, struct stat* wanted, int to_set,
                    fuse_file_info* open) {
  ServedFile& file = system_of(request).file(number);
  const std::string path = path_of_handle(file.handle.get());
  int error = 0;
  if ((to_set & FUSE_SET_ATTR_MODE) != 0) error = outcome_of(::chmod(path.c_str(), wanted->st_mode));
  if (error == 0 && (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0) {
    const uid_t user = (to_set & FUSE_SET_ATTR_UID) != 0 ? wanted->st_uid : static_cast<uid_t>(-1);
    const gid_t group = (to_set & FUSE_SET_ATTR_GID) != 0 ? wanted->st_gid : static_cast<gid_t>(-1);
    error = outcome_of(::fchownat(file.handle.get(), "", user, group, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
  }
  if (error == 0 && (to_set & FUSE_SET_ATTR_SIZE) != 0) error = resize(request, file, wanted->st_size);
  if (error == 0 && (to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)) != 0) {
    const timespec times[2] = {
        time_to_set(wanted->st_atim, to_set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW),
        time_to_set(wanted->st_mtim, to_set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW)};
    error = outcome_of(::utimensat(AT_FDCWD, path.c_str(), times, 0));
  }
  if (error != 0) return answer_error(request, error);
  get_attributes(request, number, open);
}

void read_link(fuse_req_t request, fuse_ino_t number) {
  std::array<char, 4097> target{};
  const int handle = system_of(request).file(number).handle.get();
  const ssize_t size = ::readlinkat(handle, "", target.data(), target.size() - 1);
  if (size < 0) return answer_error(request, errno);
  fuse_reply_readlink(request, target.data());
}

// Makes a name and answers with it.
template <class Make>
void make_name(fuse_req_t request, fuse_ino_t parent, const char* name, bool is_folder, const Make& make) {
  FileSystem& system = system_of(request);
  const FileSystem::Spot spot = system.spot(parent, name);
  const LayerRuling ruling = system.gate().judge(system.call_on_name(request, spot, name));
  if (ruling.error != 0) return answer_error(request, ruling.error);
  const auto make_and_give = [&] {
    const int error = outcome_of(make(spot.folder));
    return error != 0 ? error : give_to_caller(request, spot.folder, name);
  };
  const int error =
      spot.trial ? make_and_give() : system.names().create(spot.folder, name, is_folder, make_and_give);
  if (error != 0) return answer_error(request, error);
  answer_entry(request, spot, name);
}

void make_node(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, dev_t device) {
  make_name(request, parent, name, false, [&](int folder) { return ::mknodat(folder, name, mode, device); });
}

void make_folder(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
  make_name(request, parent, name, true, [&](int folder) { return ::mkdirat(folder, name, mode); });
}

void make_link(fuse_req_t request, const char* target, fuse_ino_t parent, const char* name) {
  make_name(request, parent, name, false, [&](int folder) { return ::symlinkat(target, folder, name); });
}

void make_second_name(fuse_req_t request, fuse_ino_t number, fuse_ino_t parent, const char* name) {
  FileSystem& system = system_of(request);
  const FileSystem::Spot spot = system.spot(parent, name);
  const std::string path = path_of_handle(system.file(number).handle.get());
  const int error = system.names().create(spot.folder, name, false, [&] {
    return outcome_of(::linkat(AT_FDCWD, path.c_str(), spot.folder, name, AT_SYMLINK_FOLLOW));
  });
  if (error != 0) return answer_error(request, error);
  answer_entry(request, spot, name);
}

void remove_name(fuse_req_t request, fuse_ino_t parent, const char* name, bool is_folder) {
  FileSystem& system = system_of(request);
  const FileSystem::Spot spot = system.spot(parent, name);
  if (spot.trial) return answer_error(request, outcome_of(::unlinkat(spot.folder, name, 0)));
  const LayerRuling ruling = system.gate().judge(system.call_on_name(request, spot, name, true));
  if (ruling.error != 0) return answer_error(request, ruling.error);
  answer_error(request, system.names().remove(spot.folder, name, is_folder));
}

void remove_file(fuse_req_t request, fuse_ino_t parent, const char* name) {
  remove_name(request, parent, name, false);
}
void remove_folder(fuse_req_t request, fuse_ino_t parent, const char* name) {
  remove_name(request, parent, name, true);
}

void rename(fuse_req_t request, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
            const char* new_name, unsigned flags) {
  FileSystem& system = system_of(request);
  const FileSystem::Spot from = system.spot(parent, name), to = system.spot(new_parent, new_name);
  if (from.trial || to.trial) return answer_error(request, EXDEV);
  const LayerRuling ruling = system.gate().judge(system.call_on_name(request, to, new_name));
  if (ruling.error != 0) return answer_error(request, ruling.error);
  const int error = system.names().rename(from.folder, name, to.folder, new_name, flags);
  if (error == 0) system.place_again(to, new_name);
  answer_error(request, error);
}

void open_folder(fuse_req_t request, fuse_ino_t number, fuse_file_info* info) {
  const int opened =
      ::openat(system_of(request).file(number).handle.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* folder = opened < 0 ? nullptr : ::fdopendir(opened);
  if (folder == nullptr) return answer_error(request, errno);
  info->fh = reinterpret_cast<std::uint64_t>(folder);
  fuse_reply_open(request, info);
}

DIR* folder_of(const fuse_file_info* info) { return reinterpret_cast<DIR*>(info->fh); }

void read_folder(fuse_req_t request, fuse_ino_t, std::size_t size, off_t from, fuse_file_info* info) {
  std::string entries(size, '\0');
  std::size_t used = 0;
  if (from != ::telldir(folder_of(info))) ::seekdir(folder_of(info), from);
  while (true) {
    const long before = ::telldir(folder_of(info));
    const dirent* entry = ::readdir(folder_of(info));
    if (entry == nullptr) break;
    struct stat status {};
    status.st_ino = entry->d_ino;
    status.st_mode = static_cast<mode_t>(entry->d_type) << 12;
    const std::size_t needed = fuse_add_direntry(request, entries.data() + used, size - used, entry->d_name,
                                                 &status, ::telldir(folder_of(info)));
    if (needed > size - used) {
      ::seekdir(folder_of(info), before);
      break;
    }
    used += needed;
  }
  fuse_reply_buf(request, entries.data(), used);
}

void close_folder(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  ::closedir(folder_of(info));
  answer_error(request, 0);
}

void sync_folder(fuse_req_t request, fuse_ino_t number, int, fuse_file_info* info) {
  FileSystem& system = system_of(request);
  LayerCall call = system.call_on(request, system.file(number), CallKind::sync, 0, 0);
  call.of_folder = true;
  const LayerRuling ruling = system.gate().judge(call);
  if (ruling.error != 0) return answer_error(request, ruling.error);
  const int error = outcome_of(::fsync(::dirfd(folder_of(info))));
  if (error == 0) system.names().synced();
  answer_error(request, error);
}

void tell_space(fuse_req_t request, fuse_ino_t number) {
  struct statvfs space {};
  if (::fstatvfs(system_of(request).file(number).handle.get(), &space) != 0)
    return answer_error(request, errno);
  fuse_reply_statfs(request, &space);
}

}  // namespace

void add_folder_operations(fuse_lowlevel_ops& operations) {
  operations.lookup = look_up;
  operations.forget = forget;
  operations.forget_multi = forget_many;
  operations.getattr = get_attributes;
  operations.setattr = set_attributes;
  operations.readlink = read_link;
  operations.mknod = make_node;
  operations.mkdir = make_folder;
  operations.symlink = make_link;
  operations.link = make_second_name;
  operations.unlink = remove_file;
  operations.rmdir = remove_folder;
  operations.rename = rename;
  operations.opendir = open_folder;
  operations.readdir = read_folder;
  operations.releasedir = close_folder;
  operations.fsyncdir = sync_folder;
  operations.statfs = tell_space;
}

}  // namespace assay::agent
