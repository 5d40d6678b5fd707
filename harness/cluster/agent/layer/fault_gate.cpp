#include "harness/cluster/agent/layer/fault_gate.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr std::int64_t kSectorBytes = 512;
constexpr int kAncestorsMax = 64;
constexpr auto kLookAgainAfter = std::chrono::milliseconds(10);

using Kind = LayerFault::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 9> kKinds = {{{"none", Kind::none},
                                                                      {"full", Kind::full},
                                                                      {"errors", Kind::errors},
                                                                      {"lost-sync", Kind::lost_sync},
                                                                      {"slow", Kind::slow},
                                                                      {"stuck", Kind::stuck},
                                                                      {"read-only", Kind::read_only},
                                                                      {"torn", Kind::torn},
                                                                      {"short-reads", Kind::short_reads}}};

// A SIGKILL is on its way: the call must come back for it to arrive.
bool is_being_killed(pid_t thread) {
  const std::string status = read_whole_file("/proc/" + std::to_string(thread) + "/status");
  for (const char* field : {"SigPnd:", "ShdPnd:"}) {
    const std::size_t at = status.find(field);
    if (at == std::string::npos) continue;
    const unsigned long long pending = std::strtoull(status.c_str() + at + 7, nullptr, 16);
    if ((pending >> (SIGKILL - 1) & 1) != 0) return true;
  }
  return status.empty();
}

// Where a write is cut: at the end of a sector inside it; 0 when it lies in one.
std::int64_t cut_inside(std::int64_t offset, std::int64_t size_bytes, std::uint64_t draw) {
  const std::int64_t first = (offset / kSectorBytes + 1) * kSectorBytes;
  const std::int64_t last = (offset + size_bytes - 1) / kSectorBytes * kSectorBytes;
  if (last < first) return 0;
  const auto choices = static_cast<std::uint64_t>((last - first) / kSectorBytes + 1);
  return first + static_cast<std::int64_t>(draw % choices) * kSectorBytes - offset;
}

}  // namespace

std::optional<LayerFault> LayerFault::parse(const cluster::Message& message) {
  LayerFault fault;
  bool known = false;
  for (const auto& [name, kind] : kKinds) {
    if (message.text("kind") != name) continue;
    fault.kind = kind;
    known = true;
  }
  if (const std::string place = message.text("place"); !place.empty()) {
    fault.place = damage_place(place);
    known = known && fault.place.has_value();
  }
  if (const std::string calls = message.text("calls"); !calls.empty()) {
    fault.read = calls == "read";
    fault.write = calls == "write";
    fault.sync = calls == "sync";
    known = known && (fault.read || fault.write || fault.sync);
  }
  fault.delay_nanos = message.integer("delay");
  fault.draw = static_cast<std::uint64_t>(message.integer("draw"));
  fault.longest_wait_milliseconds =
      static_cast<int>(message.integer("longest-wait", fault.longest_wait_milliseconds));
  return known ? std::optional(fault) : std::nullopt;
}

void FaultGate::set(const LayerFault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  ++epoch_;
  begun_nanos_ = monotonic_nanos();
  in_force_ = fault.kind != Kind::none;
  if (in_force_) {
    // What a fault did can still be asked for when it is over.
    lost_one_ = tore_one_ = false;
    callers_.clear();
    for (std::int64_t& count : hurt_) count = 0;
    trials_hurt_ = 0;
    torn_path_.clear();
    torn_offset_ = torn_size_ = torn_kept_ = 0;
  }
  changed_.notify_all();
}

bool FaultGate::is_of_database(pid_t caller) {
  // What was written to memory that is mapped comes without a caller.
  if (caller == 0) return true;
  const auto [entry, is_new] = callers_.try_emplace(caller, false);
  if (!is_new) return entry->second;
  ProcessStat stat = process_stat(caller);
  const pid_t own_session = process_stat(agent_).session;
  if (stat.session == own_session) return false;
  for (int i = 0; i < kAncestorsMax && stat.pid > 1 && stat.parent != agent_; ++i)
    stat = process_stat(stat.parent);
  entry->second = stat.parent == agent_;
  return entry->second;
}

bool FaultGate::concerns(const LayerFault& fault, const LayerCall& call) {
  const bool kind = call.kind == CallKind::read    ? fault.read
                    : call.kind == CallKind::write ? fault.write
                                                   : fault.sync;
  if (!kind) return false;
  if (call.trial) return true;
  return (!fault.place || fault.place == call.place) && is_of_database(call.caller);
}

bool FaultGate::wait(std::unique_lock<std::mutex>& lock, const LayerCall& call, std::int64_t until_nanos) {
  const std::int64_t epoch = epoch_;
  while (epoch_ == epoch && monotonic_nanos() < until_nanos) {
    changed_.wait_for(lock, kLookAgainAfter);
    if (epoch_ != epoch) return true;
    lock.unlock();
    const bool killed = call.caller != 0 && is_being_killed(call.caller);
    lock.lock();
    if (killed) return false;
  }
  return true;
}

// With the lock held; for a call that the fault concerns.
LayerRuling FaultGate::rule(const LayerCall& call) {
  LayerRuling ruling{.size_bytes = call.size_bytes};
  const bool writes = call.kind == CallKind::write;
  const bool syncs = call.kind == CallKind::sync;
  switch (fault_.kind) {
    case Kind::none:
    case Kind::slow:
    case Kind::stuck:
      break;
    case Kind::full:
      ruling.error = writes && !call.makes_room ? ENOSPC : 0;
      break;
    case Kind::read_only:
      ruling.error = writes ? EROFS : 0;
      break;
    case Kind::errors:
      ruling.error = EIO;
      break;
    case Kind::lost_sync:
      if (!syncs || call.of_folder || (call.trial ? call.synced_in_vain : lost_one_)) break;
      ruling.error = EIO;
      ruling.drops = true;
      if (!call.trial) lost_one_ = true;
      break;
    case Kind::torn: {
      if (tore_one_ && !call.trial && call.kind != CallKind::read) ruling.error = EIO;
      const std::int64_t kept = writes ? cut_inside(call.offset, call.size_bytes, fault_.draw) : 0;
      if (ruling.error != 0 || kept == 0) break;
      ruling = {.error = EIO, .drops = false, .size_bytes = kept, .tears = true};
      if (!call.trial) tore_one_ = true;
      break;
    }
    case Kind::short_reads:
      if (call.kind == CallKind::read && call.may_be_cut && call.size_bytes > 1)
        ruling.size_bytes = (call.size_bytes + 1) / 2;
      break;
  }
  if (ruling.error != 0) ruling.size_bytes = ruling.tears ? ruling.size_bytes : 0;
  return ruling;
}

LayerRuling FaultGate::judge(const LayerCall& call) {
  LayerRuling untouched{.size_bytes = call.size_bytes};
  if (!in_force_) return untouched;
  std::unique_lock lock(mutex_);
  if (fault_.kind == Kind::none || !concerns(fault_, call)) return untouched;
  LayerRuling ruling = rule(call);
  const std::int64_t longest = begun_nanos_ + std::int64_t{fault_.longest_wait_milliseconds} * 1'000'000;
  const bool waits = fault_.kind == Kind::slow || (fault_.kind == Kind::stuck && monotonic_nanos() < longest);
  // A dead process' last calls aren't hurt by what killed it.
  const bool echo = fault_.kind == Kind::torn && !ruling.tears;
  if ((waits || ruling.error != 0 || ruling.size_bytes != call.size_bytes) && !echo) {
    if (call.trial) {
      ++trials_hurt_;
    } else {
      ++hurt_[static_cast<std::size_t>(call.kind)];
    }
  }
  if (waits) {
    const std::int64_t slow_until = monotonic_nanos() + fault_.delay_nanos;
    const std::int64_t until = fault_.kind == Kind::slow ? std::min(slow_until, longest) : longest;
    if (!wait(lock, call, until)) ruling.error = EINTR;
  }
  return ruling;
}

bool FaultGate::reads_are_cut(std::optional<DamagePlace> place, bool trial) const {
  if (!in_force_) return false;
  const std::lock_guard lock(mutex_);
  return fault_.kind == Kind::short_reads && (trial || !fault_.place || fault_.place == place);
}

void FaultGate::was_torn(const LayerCall& call, const std::string& path, std::int64_t kept_bytes) {
  const std::lock_guard lock(mutex_);
  if (call.trial) return;
  torn_path_ = path;
  torn_offset_ = call.offset;
  torn_size_ = call.size_bytes;
  torn_kept_ = kept_bytes;
}

cluster::Message FaultGate::counters() const {
  const std::lock_guard lock(mutex_);
  cluster::Message message;
  message.add("reads", hurt_[0]).add("writes", hurt_[1]).add("syncs", hurt_[2]);
  message.add("trials", trials_hurt_);
  if (!torn_path_.empty()) {
    message.add("torn-file", torn_path_).add("torn-offset", torn_offset_);
    message.add("torn-size", torn_size_).add("torn-kept", torn_kept_);
  }
  return message;
}

}  // namespace assay::agent
