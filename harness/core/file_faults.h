// What disks may offer beyond core/target.h: trouble with chosen files of a node, told by what databases call them, as
// FileDamage::Place says. Unlike damage, it comes while the database runs and uses them.
//
// Thread safety and errors as in core/target.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/target.h"

namespace assay {

struct FileFault {
  enum class Kind : std::uint8_t {
    full,         // what is written does not fit
    errors,       // calls fail
    lost_sync,    // one fsync fails, and what it should have kept is forgotten; the next ones succeed
    slow,         // every call takes `delay` longer
    stuck,        // no call comes back
    torn,         // of one write only the first sectors are written, and the process dies in that moment
    short_reads,  // reads bring less than was asked for
  };
  enum class Calls : std::uint8_t { all, read, write, sync };
  Kind kind = Kind::errors;
  FileDamage::Place place = FileDamage::Place::log;
  Calls calls = Calls::all;  // of `errors`
  Nanos delay = 0;           // of `slow`
  std::uint64_t draw = 0;    // decides where a write is torn
};

class FileDisks {
 public:
  virtual ~FileDisks() = default;
  // Why files can't be in that trouble; nothing when they can. What follows is called for what is not lacking only.
  virtual std::optional<std::string> lack(const FileFault& wanted) = 0;
  // Lasts until relieve_files(). A process that meets it may end.
  virtual void hurt_files(NodeId node, const FileFault& fault) = 0;
  // Does it beside the data. proved: that went as `fault` makes it go, or, unless `in_force`, as if there was none. While it is in
  // force, the fact "calls-hurt" says how many calls of the database's own it met (waits for the first one, a few seconds at
  // most), where that can be counted.
  virtual Evidence try_files(NodeId node, const FileFault& fault, bool in_force) = 0;
  // Undoes hurt_files(). The process is ended first where what it sees is not what is on the disk. Idempotent.
  virtual void relieve_files(NodeId node) = 0;
};

// Null when the target has no disks, or they don't offer that.
inline FileDisks* file_disks(Disks* disks) { return disks == nullptr ? nullptr : disks->files(); }

}  // namespace assay
