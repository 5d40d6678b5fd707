// What was done to names below a folder since the last sync of anything, so that a loss of power can take it back. As in a file
// system with one journal: whatever is synced makes all changes of names before it durable.
//
// What is removed goes to a folder aside until it is durable that it is gone. Mode, owner and times of a file aren't taken back.
//
// Thread safety: all functions may be called from any thread; each change and its note are one step. Errors: errno's number, 0 when
// it went well.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "harness/cluster/agent/system.h"

namespace assay::agent {

class UnsyncedNames {
 public:
  // `aside`: an open folder on the same file system. Off: nothing is kept, and nothing can be taken back.
  UnsyncedNames(int aside, bool on) : aside_(aside), on_(on) {}

  // `make` makes that name and answers errno's number.
  int create(int folder, const std::string& name, bool is_folder, const std::function<int()>& make);
  int remove(int folder, const std::string& name, bool is_folder);
  // `flags`: of renameat2.
  int rename(int from, const std::string& name, int to, const std::string& new_name, unsigned flags);
  void synced();
  void take_back();

 private:
  struct Change {
    enum class Kind : std::uint8_t { made, made_folder, removed, removed_folder, moved, swapped };
    Kind kind;
    Descriptor from;  // the folder of `name`
    std::string name;
    Descriptor to;  // moved, swapped
    std::string new_name;
    std::string kept;  // what was removed or replaced: its name aside; empty: nothing was
    mode_t mode = 0;   // removed_folder, with its owner
    uid_t user = 0;
    gid_t group = 0;
  };

  Change& note(Change::Kind kind, int from, const std::string& name);
  void take_back(const Change& change);
  std::string next_name_aside() { return "gone-" + std::to_string(++put_aside_); }

  int aside_;
  bool on_;
  std::mutex mutex_;
  std::vector<Change> changes_;
  std::int64_t put_aside_ = 0;
};

}  // namespace assay::agent
