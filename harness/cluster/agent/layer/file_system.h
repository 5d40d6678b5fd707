// A folder served through FUSE as it is, but for what a FaultGate does to calls on its files. What is changed and not synced is
// kept track of (unsynced_*.h). Names in the root that begin with "assay-" are those of a folder aside: trial files, which whoever
// lists the root does not see.
//
// The kernel keeps pages of files as it does for any file system (they are not asked for again at every open), so what reaches this
// layer are writes, syncs, and reads of what is not in memory. Extended attributes, leases and renaming across folders that were
// mounted inside are not offered; locks are the kernel's own.
//
// Thread safety: requests are served by many threads; the public functions may be called from any. Errors: answered to the caller as
// numbers of errno. libfuse 3, low-level interface.
#pragma once

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <fuse_lowlevel.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cluster/agent/layer/fault_gate.h"
#include "harness/cluster/agent/layer/unsynced_names.h"
#include "harness/cluster/agent/layer/unsynced_pages.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {

// A file or folder that the kernel knows, or of which something is not synced.
struct ServedFile {
  Descriptor handle;  // O_PATH
  std::uint64_t lookups = 0;
  bool trial = false;
  std::atomic<int> place{-1};  // a DamagePlace; -1: none
  std::mutex changing;         // guards what follows, and the file's content against it
  UnsyncedPages unsynced;
  bool synced_in_vain = false;
};

class FileSystem {
 public:
  // `source`: what is served; `aside`: for trial files and what was removed. `loses_power`: names are kept track of, too.
  FileSystem(const std::string& source, const std::string& aside, bool loses_power, pid_t agent);

  static const fuse_lowlevel_ops& operations();

  FaultGate& gate() { return gate_; }
  // A fault begins, or ends. Pages that are in memory are dropped where reads are concerned, so that those are asked for.
  void begin(fuse_session* session, const LayerFault& fault);
  // A read was cut. Where it was one for pages in memory (the kernel reads ahead even of files of which each read is asked for), the
  // kernel took it for the file's end: it must ask for the size again.
  void was_cut(fuse_ino_t number);
  // Power was lost: what was not synced is as the disk has it. Requires: nobody uses a file.
  void take_back();

  // What follows is for the operations.
  ServedFile& file(fuse_ino_t number);
  // Where a name below a folder really is.
  struct Spot {
    int folder = -1;
    bool trial = false;
  };
  Spot spot(fuse_ino_t parent, const char* name);
  // Answers with an entry for what is there; false, with the number of errno in `error`, when there is nothing.
  bool look_up(const Spot& spot, const char* name, fuse_entry_param& entry, int& error);
  void forget(fuse_ino_t number, std::uint64_t count);
  // After a rename.
  void place_again(const Spot& spot, const char* name);
  LayerCall call_on(fuse_req_t request, const ServedFile& file, CallKind kind, std::int64_t offset,
                    std::int64_t size_bytes) const;
  // A call that makes or removes a name there: a write to the file of that name.
  LayerCall call_on_name(fuse_req_t request, const Spot& spot, const char* name,
                         bool makes_room = false) const;
  std::string path_of(const ServedFile& file) const;
  UnsyncedNames& names() { return names_; }

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // device, number
  int place_of_path(const std::string& path) const;

  std::vector<fuse_ino_t> numbers_of(const std::optional<DamagePlace>& place);

  std::string source_path_;
  std::atomic<fuse_session*> session_{nullptr};
  bool cuts_reads_ = false;  // the fault that is in force
  ServedFile root_;
  Descriptor aside_;
  FaultGate gate_;
  UnsyncedNames names_;
  std::mutex mutex_;  // guards the table
  std::map<Key, std::unique_ptr<ServedFile>> files_;
  std::map<const ServedFile*, Key> keys_;
};

// "/proc/self/fd/N", by which a file is opened that is known by its handle.
std::string path_of_handle(int handle);

// Of the files folder_operations.cpp and file_operations.cpp.
void add_folder_operations(fuse_lowlevel_ops& operations);
void add_file_operations(fuse_lowlevel_ops& operations);
FileSystem& system_of(fuse_req_t request);
// How long the kernel need not ask again: nobody else changes the folder.
inline constexpr double kKnownForSeconds = 86'400;

}  // namespace assay::agent
