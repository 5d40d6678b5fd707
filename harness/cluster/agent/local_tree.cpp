#include "harness/cluster/agent/local_tree.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

namespace fs = std::filesystem;

// Made anew or mounted by the host's first process; and what belongs to people or to this machine's start.
constexpr std::array<std::string_view, 13> kOwn = {"etc", "var", "root", "home",  "tmp",  "run",       "proc",
                                                   "sys", "dev", "mnt",  "media", "boot", "lost+found"};

// What may not be read is left out: secrets, which a host has no use for.
void copy_what_is_readable(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (fs::directory_iterator entry(from, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path target = to / entry->path().filename();
    std::error_code skipped;
    const fs::file_status status = entry->symlink_status(skipped);
    if (fs::is_directory(status)) {
      fs::create_directory(target, skipped);
      copy_what_is_readable(entry->path(), target);
    } else if (fs::is_symlink(status)) {
      fs::copy_symlink(entry->path(), target, skipped);
    } else if (fs::is_regular_file(status)) {
      fs::copy_file(entry->path(), target, fs::copy_options::skip_existing, skipped);
    }
  }
}

void make_var(const fs::path& upper) {
  for (const char* folder : {"var/lib", "var/log", "var/cache", "var/spool", "var/tmp"})
    make_folders((upper / folder).string());
  ::chmod((upper / "var/tmp").c_str(), 01777);
  std::error_code error;
  fs::create_symlink("/run", upper / "var/run", error);
  fs::create_symlink("/run/lock", upper / "var/lock", error);
}

// With everything that is mounted below it, and so that none of it can be written.
void show(const fs::path& folder, const std::string& at) {
  make_folders(at);
  if (::mount(folder.c_str(), at.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
    throw_errno("can't mount " + at);
  mount_attr unwritable{};
  unwritable.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(AT_FDCWD, at.c_str(), AT_RECURSIVE, &unwritable, sizeof unwritable) != 0)
    throw_errno("can't make " + at + " read-only");
}

}  // namespace

void gather_tree(const std::string& upper, const std::string& root) {
  copy_what_is_readable("/etc", upper + "/etc");
  make_var(upper);
  if (::mount(upper.c_str(), root.c_str(), nullptr, MS_BIND, nullptr) != 0)
    throw_errno("can't mount " + root);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/", error)) {
    const std::string name = entry.path().filename().string();
    bool own = false;
    for (const std::string_view one : kOwn) own = own || one == name;
    std::error_code skipped;
    const fs::file_status status = entry.symlink_status(skipped);
    if (own || (!fs::is_directory(status) && !fs::is_symlink(status))) continue;
    if (fs::is_symlink(status)) {
      fs::copy_symlink(entry.path(), root + "/" + name, skipped);
    } else if (::access(entry.path().c_str(), R_OK | X_OK) == 0) {
      show(entry.path(), root + "/" + name);
    }
  }
}

}  // namespace assay::agent
