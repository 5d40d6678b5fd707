#include "targets/refdb/simulated/sim_disks.h"

#include <utility>

namespace assay::refdb {

Evidence SimDisks::lose_power(NodeId node, bool tear) {
  processes_.kill(node);
  const sim::PowerLoss loss = disk(node).power_lost(tear);
  clocks_.reboot(node);
  log_(node, "power lost: " + std::to_string(loss.records_lost) + " of " +
                 std::to_string(loss.unsynced_records) + " un-synced records gone" +
                 (loss.torn ? ", one of them torn" : ""));
  Evidence evidence;
  evidence.proved =
      loss.marker_gone && processes_.state(node) == Processes::State::dead && (loss.torn || !tear);
  evidence.facts = {{"unsynced marker gone", Value::boolean(loss.marker_gone)},
                    {"unsynced records", Value(loss.unsynced_records)},
                    {"records lost", Value(loss.records_lost)},
                    {"records kept", Value(loss.records_kept)},
                    {"bytes lost", Value(loss.bytes_lost)},
                    {"torn", Value::boolean(loss.torn)}};
  return evidence;
}

Evidence SimDisks::wipe(NodeId node) {
  processes_.kill(node);
  const std::size_t rows = disk(node).wipe();
  log_(node, "all data lost: " + std::to_string(rows) + " records");
  return {.proved = disk(node).content().empty(),
          .facts = {{"records lost", Value(static_cast<std::int64_t>(rows))}}};
}

void SimDisks::trouble(NodeId node, const DiskFault& fault) {
  log_(node, "the disk is in trouble");
  disk(node).set_trouble(fault);
}

Evidence SimDisks::try_out(NodeId node, const DiskFault& fault, bool in_force) {
  const sim::DiskTrial trial = disk(node).try_out();
  Evidence evidence;
  evidence.facts = {{"writing", Value::text(!trial.answers        ? "no answer"
                                            : trial.error.empty() ? "succeeds"
                                                                  : trial.error)},
                    {"delay_ns", trial.delay},
                    {"failed", Value(disk(node).counters().failed)}};
  const bool well = trial.answers && trial.error.empty() && trial.reading.empty() && trial.delay == 0;
  if (!in_force) {
    evidence.proved = well;
    return evidence;
  }
  switch (fault.trouble) {
    case DiskTrouble::full:
    case DiskTrouble::read_only:
      evidence.proved = !trial.error.empty() && trial.reading.empty();
      break;
    case DiskTrouble::errors:
      evidence.proved = !trial.error.empty() && !trial.reading.empty();
      break;
    case DiskTrouble::lost_sync:
      // Or it was met already.
      evidence.proved = !trial.error.empty() || disk(node).counters().failed > 0;
      break;
    case DiskTrouble::slow:
      evidence.proved = trial.delay >= fault.delay;
      break;
    case DiskTrouble::stuck:
      evidence.proved = !trial.answers;
      break;
  }
  return evidence;
}

std::optional<std::string> SimDisks::lack(const FileDamage& wanted) {
  if (wanted.kind != FileDamage::Kind::stale) return std::nullopt;
  return "a simulated disk keeps no older blocks";
}

namespace {

DiskFault of_whole_disk(const FileFault& fault) {
  switch (fault.kind) {
    case FileFault::Kind::full:
      return {DiskTrouble::full, 0};
    case FileFault::Kind::lost_sync:
      return {DiskTrouble::lost_sync, 0};
    case FileFault::Kind::slow:
      return {DiskTrouble::slow, fault.delay};
    case FileFault::Kind::stuck:
      return {DiskTrouble::stuck, 0};
    case FileFault::Kind::errors:
    case FileFault::Kind::torn:
    case FileFault::Kind::short_reads:
      break;
  }
  return {DiskTrouble::errors, 0};
}

}  // namespace

std::optional<std::string> SimDisks::lack(const FileFault& wanted) {
  if (wanted.place != FileDamage::Place::log)
    return "a simulated store writes nothing but a log while it runs";
  if (wanted.calls == FileFault::Calls::read || wanted.kind == FileFault::Kind::short_reads)
    return "a simulated store reads its log as a whole, and only when it starts";
  if (wanted.calls != FileFault::Calls::all) return "a simulated store writes and syncs in one call";
  if (wanted.kind == FileFault::Kind::torn)
    return "a simulated disk tears a write when it loses power: kill-torn";
  return std::nullopt;
}

void SimDisks::hurt_files(NodeId node, const FileFault& fault) { trouble(node, of_whole_disk(fault)); }

Evidence SimDisks::try_files(NodeId node, const FileFault& fault, bool in_force) {
  return try_out(node, of_whole_disk(fault), in_force);
}

Evidence SimDisks::damage(NodeId node, const FileDamage& wanted) {
  processes_.kill(node);
  const std::string key = disk(node).damage(wanted.kind, wanted.draw);
  if (key.empty()) return {};
  log_(node, "a record is damaged");
  return {.proved = true, .facts = {{"record", Value::text(key)}}};
}

}  // namespace assay::refdb
