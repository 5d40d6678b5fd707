#include "harness/cluster/agent/layer/unsynced_names.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace assay::agent {
namespace {

Descriptor copy_of(int folder) { return Descriptor(::fcntl(folder, F_DUPFD_CLOEXEC, 0)); }

int outcome(int result) { return result == 0 ? 0 : errno; }

}  // namespace

UnsyncedNames::Change& UnsyncedNames::note(Change::Kind kind, int from, const std::string& name) {
  Change& change = changes_.emplace_back();
  change.kind = kind;
  change.from = copy_of(from);
  change.name = name;
  return change;
}

int UnsyncedNames::create(int folder, const std::string& name, bool is_folder,
                          const std::function<int()>& make) {
  const std::lock_guard lock(mutex_);
  const int error = make();
  if (error == 0 && on_) note(is_folder ? Change::Kind::made_folder : Change::Kind::made, folder, name);
  return error;
}

int UnsyncedNames::remove(int folder, const std::string& name, bool is_folder) {
  const std::lock_guard lock(mutex_);
  if (!on_) return outcome(::unlinkat(folder, name.c_str(), is_folder ? AT_REMOVEDIR : 0));
  if (is_folder) {
    struct stat was {};
    if (::fstatat(folder, name.c_str(), &was, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0) return errno;
    Change& change = note(Change::Kind::removed_folder, folder, name);
    change.mode = was.st_mode & 07777;
    change.user = was.st_uid;
    change.group = was.st_gid;
    return 0;
  }
  const std::string kept = next_name_aside();
  if (::renameat(folder, name.c_str(), aside_, kept.c_str()) != 0) return errno;
  note(Change::Kind::removed, folder, name).kept = kept;
  return 0;
}

int UnsyncedNames::rename(int from, const std::string& name, int to, const std::string& new_name,
                          unsigned flags) {
  const std::lock_guard lock(mutex_);
  const auto move = [&] { return outcome(::renameat2(from, name.c_str(), to, new_name.c_str(), flags)); };
  if (!on_) return move();
  std::string kept;
  struct stat status {};
  const bool replaces = (flags & (RENAME_EXCHANGE | RENAME_NOREPLACE)) == 0 &&
                        ::fstatat(to, new_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                        !S_ISDIR(status.st_mode);
  if (replaces) {
    kept = next_name_aside();
    // A second name, so that at no moment there is none.
    if (::linkat(to, new_name.c_str(), aside_, kept.c_str(), 0) != 0) return errno;
  }
  if (const int error = move(); error != 0) {
    if (replaces) ::unlinkat(aside_, kept.c_str(), 0);
    return error;
  }
  Change& change =
      note((flags & RENAME_EXCHANGE) != 0 ? Change::Kind::swapped : Change::Kind::moved, from, name);
  change.to = copy_of(to);
  change.new_name = new_name;
  change.kept = kept;
  return 0;
}

void UnsyncedNames::synced() {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes_) {
    if (!change.kept.empty()) ::unlinkat(aside_, change.kept.c_str(), 0);
  }
  changes_.clear();
}

void UnsyncedNames::take_back(const Change& change) {
  const int from = change.from.get();
  const char* name = change.name.c_str();
  switch (change.kind) {
    case Change::Kind::made:
      ::unlinkat(from, name, 0);
      return;
    case Change::Kind::made_folder:
      ::unlinkat(from, name, AT_REMOVEDIR);
      return;
    case Change::Kind::removed:
      ::renameat(aside_, change.kept.c_str(), from, name);
      return;
    case Change::Kind::removed_folder:
      if (::mkdirat(from, name, change.mode) == 0 &&
          ::fchownat(from, name, change.user, change.group, AT_SYMLINK_NOFOLLOW) == 0)
        ::fchmodat(from, name, change.mode, 0);
      return;
    case Change::Kind::swapped:
      ::renameat2(change.to.get(), change.new_name.c_str(), from, name, RENAME_EXCHANGE);
      return;
    case Change::Kind::moved:
      ::renameat(change.to.get(), change.new_name.c_str(), from, name);
      if (!change.kept.empty())
        ::renameat(aside_, change.kept.c_str(), change.to.get(), change.new_name.c_str());
      return;
  }
}

void UnsyncedNames::take_back() {
  const std::lock_guard lock(mutex_);
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) take_back(*change);
  changes_.clear();
}

}  // namespace assay::agent
