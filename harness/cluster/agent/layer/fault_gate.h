// What is wrong with calls on chosen files, decided call by call: they fail, wait, are cut short or torn. Only calls of the database
// and those on trial files are hurt; what else reads the data, the agent above all, is left alone. Each hurt call is counted.
//
// Thread safety: all functions may be called from any thread; judge() holds its thread for as long as the call has to wait. A call
// waits until the fault ends, its caller is being killed (then it is not carried out), or `longest_wait_milliseconds` are over: a stuck database is let go whatever
// becomes of the agent.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "harness/cluster/agent/damage.h"
#include "harness/cluster/message.h"

namespace assay::agent {

struct LayerFault {
  enum class Kind : std::uint8_t {
    none,
    full,         // what is written does not fit
    errors,       // calls fail
    lost_sync,    // one fsync fails, and what it should have kept is dropped; the next ones succeed
    slow,         // calls take `delay` longer
    stuck,        // calls don't come back
    read_only,    // nothing can be written
    torn,         // of one write only the first sectors are written, and its process is killed in that moment
    short_reads,  // reads bring less than was asked for
  };
  Kind kind = Kind::none;
  std::optional<DamagePlace> place;  // nothing: all files
  bool read = true, write = true, sync = true;
  std::int64_t delay_nanos = 0;
  int longest_wait_milliseconds = 60'000;
  std::uint64_t draw = 0;

  // Fields kind, place, calls ("read", "write", "sync"; absent: all), delay, draw. Nothing when there is no such fault.
  static std::optional<LayerFault> parse(const cluster::Message& message);
};

enum class CallKind : std::uint8_t { read, write, sync };

// One call on a file.
struct LayerCall {
  CallKind kind = CallKind::read;
  std::optional<DamagePlace> place;
  bool trial = false;           // of a file that is there to see what happens
  bool synced_in_vain = false;  // a trial file of which an fsync failed before
  bool makes_room = false;      // a write by which something is removed
  bool of_folder = false;
  // A read of which less can come back. Not where the kernel keeps the file's pages: it would take the cut for the file's end, and
  // believe in it long after the fault.
  bool may_be_cut = false;
  pid_t caller = 0;
  std::int64_t offset = 0, size_bytes = 0;
};

struct LayerRuling {
  int error = 0;                // errno's number
  bool drops = false;           // with an error: what is not synced is dropped
  std::int64_t size_bytes = 0;  // so much is read, or written before the error
  bool tears = false;
};

class FaultGate {
 public:
  // Calls by processes that descend from `agent`, and are in another session, are the database's.
  explicit FaultGate(pid_t agent) : agent_(agent) {}

  void set(const LayerFault& fault);
  void clear() { set({}); }
  LayerRuling judge(const LayerCall& call);
  // Files of this place are opened so that each read is asked for.
  bool reads_are_cut(std::optional<DamagePlace> place, bool trial) const;
  // The torn call's process is dead, and it is written down.
  void was_torn(const LayerCall& call, const std::string& path, std::int64_t kept_bytes);

  // Since set(): reads, writes, syncs: calls of the database that were hurt; trials: others; torn-...: what was torn.
  cluster::Message counters() const;

 private:
  bool concerns(const LayerFault& fault, const LayerCall& call);
  bool is_of_database(pid_t caller);
  // False: the caller is being killed.
  bool wait(std::unique_lock<std::mutex>& lock, const LayerCall& call, std::int64_t until_nanos);
  LayerRuling rule(const LayerCall& call);

  const pid_t agent_;
  std::atomic<bool> in_force_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  LayerFault fault_;
  std::int64_t epoch_ = 0;
  std::int64_t begun_nanos_ = 0;
  bool lost_one_ = false;  // lost_sync: an fsync of the database failed
  bool tore_one_ = false;  // torn: the database's process is dead; nothing more of it is written
  std::map<pid_t, bool> callers_;
  std::int64_t hurt_[3] = {0, 0, 0};
  std::int64_t trials_hurt_ = 0;
  std::string torn_path_;
  std::int64_t torn_offset_ = 0, torn_size_ = 0, torn_kept_ = 0;
};

}  // namespace assay::agent
