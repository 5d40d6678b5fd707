#include "harness/cluster/agent/layer/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace assay::agent {
namespace {

constexpr std::string_view kAsidePrefix = "assay-";

std::string target_of(const std::string& link) {
  std::string target(4096, '\0');
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  target.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return target;
}

Descriptor open_folder(const std::string& path) {
  Descriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) throw_errno("can't open " + path);
  return folder;
}

void set_up(void*, fuse_conn_info* connection) {
  // The kernel's pages are right whatever times a file shows: all changes come through it.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
  connection->want &=
      ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

}  // namespace

std::string path_of_handle(int handle) { return "/proc/self/fd/" + std::to_string(handle); }

FileSystem& system_of(fuse_req_t request) { return *static_cast<FileSystem*>(fuse_req_userdata(request)); }

FileSystem::FileSystem(const std::string& source, const std::string& aside, bool loses_power, pid_t agent)
    : aside_(open_folder(aside)), gate_(agent), names_(aside_.get(), loses_power) {
  root_.handle = open_folder(source);
  source_path_ = target_of(path_of_handle(root_.handle.get()));
}

const fuse_lowlevel_ops& FileSystem::operations() {
  static const fuse_lowlevel_ops all = [] {
    fuse_lowlevel_ops operations{};
    operations.init = set_up;
    add_folder_operations(operations);
    add_file_operations(operations);
    return operations;
  }();
  return all;
}

ServedFile& FileSystem::file(fuse_ino_t number) {
  return number == FUSE_ROOT_ID ? root_ : *reinterpret_cast<ServedFile*>(number);
}

FileSystem::Spot FileSystem::spot(fuse_ino_t parent, const char* name) {
  if (parent == FUSE_ROOT_ID && std::string_view(name).starts_with(kAsidePrefix))
    return {.folder = aside_.get(), .trial = true};
  return {.folder = file(parent).handle.get(), .trial = false};
}

int FileSystem::place_of_path(const std::string& path) const {
  const std::string below = path.starts_with(source_path_) ? path.substr(source_path_.size()) : path;
  const auto place = place_of_file(below);
  return place ? static_cast<int>(*place) : -1;
}

std::string FileSystem::path_of(const ServedFile& file) const {
  const std::string path = target_of(path_of_handle(file.handle.get()));
  return path.starts_with(source_path_ + "/") ? path.substr(source_path_.size() + 1) : path;
}

bool FileSystem::look_up(const Spot& spot, const char* name, fuse_entry_param& entry, int& error) {
  Descriptor handle(::openat(spot.folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  entry = {};
  entry.attr_timeout = entry.entry_timeout = kKnownForSeconds;
  if (!handle.valid() || ::fstatat(handle.get(), "", &entry.attr, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
    error = errno;
    return false;
  }
  const std::lock_guard lock(mutex_);
  const Key key(entry.attr.st_dev, entry.attr.st_ino);
  auto& known = files_[key];
  if (!known) {
    known = std::make_unique<ServedFile>();
    known->handle = std::move(handle);
    known->trial = spot.trial;
    if (S_ISREG(entry.attr.st_mode))
      known->place = place_of_path(target_of(path_of_handle(known->handle.get())));
    keys_[known.get()] = key;
  }
  ++known->lookups;
  entry.ino = reinterpret_cast<fuse_ino_t>(known.get());
  return true;
}

void FileSystem::forget(fuse_ino_t number, std::uint64_t count) {
  if (number == FUSE_ROOT_ID) return;
  ServedFile& file = this->file(number);
  const std::lock_guard lock(mutex_);
  file.lookups -= std::min(file.lookups, count);
  if (file.lookups > 0) return;
  {
    // Known as long as a loss of power would change it.
    const std::lock_guard changing(file.changing);
    if (!file.unsynced.empty()) return;
  }
  const auto key = keys_.find(&file);
  files_.erase(key->second);
  keys_.erase(key);
}

void FileSystem::place_again(const Spot& spot, const char* name) {
  struct stat status {};
  if (::fstatat(spot.folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) return;
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(Key(status.st_dev, status.st_ino));
  if (known == files_.end()) return;
  known->second->place = place_of_path(target_of(path_of_handle(known->second->handle.get())));
}

LayerCall FileSystem::call_on(fuse_req_t request, const ServedFile& file, CallKind kind, std::int64_t offset,
                              std::int64_t size_bytes) const {
  LayerCall call{.kind = kind,
                 .trial = file.trial,
                 .synced_in_vain = file.synced_in_vain,
                 .caller = fuse_req_ctx(request)->pid,
                 .offset = offset,
                 .size_bytes = size_bytes};
  if (const int place = file.place; place >= 0) call.place = static_cast<DamagePlace>(place);
  return call;
}

LayerCall FileSystem::call_on_name(fuse_req_t request, const Spot& spot, const char* name,
                                   bool makes_room) const {
  LayerCall call{.kind = CallKind::write,
                 .trial = spot.trial,
                 .makes_room = makes_room,
                 .caller = fuse_req_ctx(request)->pid};
  const int place = place_of_path(target_of(path_of_handle(spot.folder)) + "/" + name);
  if (place >= 0) call.place = static_cast<DamagePlace>(place);
  return call;
}

// A kernel that knows a file keeps it until we let it go, so the numbers stay its own meanwhile.
std::vector<fuse_ino_t> FileSystem::numbers_of(const std::optional<DamagePlace>& place) {
  std::vector<fuse_ino_t> numbers;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, file] : files_) {
    const bool concerned = !place || file->place == static_cast<int>(*place);
    if ((concerned || file->trial) && file->lookups > 0)
      numbers.push_back(reinterpret_cast<fuse_ino_t>(file.get()));
  }
  return numbers;
}

void FileSystem::begin(fuse_session* session, const LayerFault& fault) {
  session_ = session;
  // A call that waits holds its pages in the kernel, which would wait for them below.
  gate_.clear();
  std::vector<fuse_ino_t> numbers;
  if (std::exchange(cuts_reads_, fault.kind == LayerFault::Kind::short_reads)) {
    // Whatever the kernel makes of files that were cut.
    numbers = numbers_of(std::nullopt);
  } else if (fault.kind != LayerFault::Kind::none && fault.read) {
    numbers = numbers_of(fault.place);
  }
  // Before calls wait: the kernel waits for pages that are being read.
  for (const fuse_ino_t number : numbers) fuse_lowlevel_notify_inval_inode(session, number, 0, 0);
  if (fault.kind != LayerFault::Kind::none) gate_.set(fault);
}

void FileSystem::was_cut(fuse_ino_t number) {
  // What is known of the file but not its pages, one of which may be locked by the very read.
  fuse_lowlevel_notify_inval_inode(session_, number, -1, 0);
}

void FileSystem::take_back() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, file] : files_) {
    const std::lock_guard changing(file->changing);
    if (file->unsynced.empty()) continue;
    const Descriptor opened(::open(path_of_handle(file->handle.get()).c_str(), O_RDWR | O_CLOEXEC));
    if (opened.valid()) file->unsynced.take_back(opened.get());
  }
  names_.take_back();
}

}  // namespace assay::agent
