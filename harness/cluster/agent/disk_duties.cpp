#include "harness/cluster/agent/disk_duties.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>

#include "harness/cluster/agent/damage.h"
#include "harness/cluster/agent/disk.h"
#include "harness/cluster/agent/groups.h"
#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

// A stuck disk gets well by itself after so long, whatever becomes of everybody.
constexpr int kThawMilliseconds = 60'000;
// So long, fsyncs of the database fail.
constexpr int kLostSyncMilliseconds = 150;
constexpr int kTrialPatienceMilliseconds = 3'000;
constexpr int kStuckTrialMilliseconds = 300;
constexpr std::int64_t kSmallestDeviceBytes = 512;
// Of the file that tears, no more is looked at.
constexpr std::size_t kTornBytesMax = 4u << 20;
constexpr int kOldBlockMilliseconds = 700;
// Before a write is torn, this long syncs take so much longer.
constexpr int kUnsyncedMilliseconds = 300;
constexpr std::int64_t kTornSyncNanos = 250'000'000;

std::string error_text(int number) { return number == 0 ? "succeeds" : std::strerror(number); }

// The file below the folder that was written to last.
std::string newest_file(const std::string& folder) {
  std::string newest;
  std::filesystem::file_time_type latest = std::filesystem::file_time_type::min();
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    std::error_code gone;
    if (!entry.is_regular_file(gone) || entry.last_write_time(gone) <= latest || gone) continue;
    latest = entry.last_write_time(gone);
    newest = entry.path().string();
  }
  return newest;
}

}  // namespace

DiskDuties::DiskDuties(Places places, Journal& journal, NodeProcess& node, LayerDuties& layer)
    : places_(std::move(places)),
      journal_(journal),
      node_(node),
      layer_(layer),
      trials_(places_.mount_point) {}

std::optional<cluster::Message> DiskDuties::perform(const Message& request) {
  using Duty = std::function<Message(DiskDuties&, const Message&)>;
  static const std::map<std::string, Duty, std::less<>> table = {
      {"disk-ability", [](DiskDuties& self, const Message&) { return self.ability(); }},
      {"disk-trouble", [](DiskDuties& self, const Message& asked) { return self.trouble(asked); }},
      {"disk-try", [](DiskDuties& self, const Message& asked) { return self.try_out(asked); }},
      {"disk-relieve", [](DiskDuties& self, const Message&) { return self.relieve(), Message(); }},
      {"torn-power-loss", [](DiskDuties& self, const Message& asked) { return self.torn_power_loss(asked); }},
      {"file-damage", [](DiskDuties& self, const Message& asked) { return self.damage(asked); }},
      {"file-repair", [](DiskDuties& self, const Message&) { return self.repair(); }},
  };
  const auto found = table.find(request.verb);
  if (found == table.end()) return std::nullopt;
  return found->second(*this, request);
}

std::string DiskDuties::device() const {
  std::string device = device_of(places_.mount_point);
  if (device.empty()) throw AgentError("the node's data isn't on a disk of its own");
  return device;
}

const std::string& DiskDuties::throttle_folder() {
  if (!throttle_folder_) {
    const GroupHierarchy groups = find_groups("blkio", places_.home, journal_);
    throttle_folder_ = groups.unified ? std::string() : groups.folder;
  }
  return *throttle_folder_;
}

cluster::Message DiskDuties::ability() {
  Message reply;
  if (layer_.is_the_disk()) return reply;
  const std::string on = device();
  reply.add("no-slow", throttle_folder().empty() ? "the host's kernel has no controller blkio" : "");
  reply.add("no-read-only",
            path_exists(breaker_of(on)) ? "" : "the host's kernel can't tell ext4 of an error");
  reply.add("no-lost-sync", run_command({"debugfs", "-V"}).exit_status == 127
                                ? "the program debugfs (package e2fsprogs) is missing on the host"
                                : "");
  return reply;
}

cluster::Message DiskDuties::trouble(const Message& request) {
  if (layer_.is_the_disk()) return layer_.hurt(request), Message();
  const std::string kind = request.text("kind");
  const std::string on = device();
  if (!trouble_.empty()) relieve();
  trials_.prepare();
  trouble_ = kind;
  if (kind == "full") {
    journal_.add_filler(filler_of(places_.mount_point));
    fill_disk(places_.mount_point);
  } else if (kind == "errors") {
    journal_.add_device(on);
    if (!limit_device(on, kSmallestDeviceBytes)) throw_errno("can't let " + on + " fail");
  } else if (kind == "lost-sync") {
    lose_a_sync();
  } else if (kind == "slow") {
    const std::int64_t writes =
        std::max<std::int64_t>(1, 1'000'000'000 / std::max<std::int64_t>(1, request.integer("delay")));
    journal_.add_throttle(throttle_folder(), on);
    if (!throttle_device(throttle_folder(), on, writes)) throw_errno("can't slow " + on + " down");
  } else if (kind == "stuck") {
    journal_.add_frozen(places_.mount_point);
    frozen_ = std::make_unique<FrozenDisk>(places_.mount_point, kThawMilliseconds);
  } else if (kind == "read-only") {
    if (!break_file_system(on)) throw_errno("can't tell ext4 of an error");
  } else {
    trouble_.clear();
    throw AgentError("this agent knows no trouble \"" + kind + "\" of disks");
  }
  return {};
}

void DiskDuties::lose_a_sync() {
  const std::string on = device();
  const std::int64_t end = journal_end(places_.image);
  journal_.add_device(on);
  if (!limit_device(on, end)) throw_errno("can't let " + on + " fail");
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{kLostSyncMilliseconds} * 1'000'000;
  const DiskTrial trial = trials_.run(kTrialPatienceMilliseconds);
  while (monotonic_nanos() < deadline) pause_milliseconds(5);
  if (!limit_device(on, 0)) throw_errno("can't let " + on + " succeed");
  sync_was_lost_ = trial.answered && trial.sync_error == EIO && trial.second_sync_error == 0 &&
                   trials_.last_is_forgotten();
}

cluster::Message DiskDuties::try_out(const Message& request) {
  if (layer_.is_the_disk()) return layer_.try_out(request);
  const std::string kind = request.text("kind");
  const bool in_force = request.integer("in-force") != 0;
  const std::int64_t delay = request.integer("delay");
  Message reply;
  if (in_force && kind == "lost-sync")
    return std::move(reply.add("proved", sync_was_lost_ ? 1 : 0).add("lost", sync_was_lost_ ? 1 : 0));
  if (!in_force) trials_.prepare();
  DiskTrial trial =
      trials_.run(in_force && kind == "stuck" ? kStuckTrialMilliseconds : kTrialPatienceMilliseconds);
  // The first write after a while has no turn to wait for, and a busy machine may be as slow as a slow disk for once.
  for (int again = 0; again < 4 && kind == "slow" && (trial.nanos >= delay) != in_force; ++again)
    trial = trials_.run(kTrialPatienceMilliseconds);
  const bool written = trial.answered && trial.write_error == 0 && trial.sync_error == 0;
  const bool well = written && trial.read_error == 0;
  bool proved = well && (kind != "slow" || trial.nanos < delay);
  if (in_force) {
    proved = kind == "full"        ? trial.write_error == ENOSPC && trial.read_error == 0
             : kind == "errors"    ? trial.answered && !written && trial.read_error == EIO
             : kind == "read-only" ? trial.write_error == EROFS && trial.read_error == 0
             : kind == "slow"      ? well && trial.nanos >= delay
                                   : !trial.answered;
  } else {
    trials_.clean();
  }
  const int error = trial.write_error != 0 ? trial.write_error : trial.sync_error;
  reply.add("proved", proved ? 1 : 0).add("nanos", trial.nanos);
  reply.add("writing", trial.answered ? error_text(error) : "no answer");
  reply.add("reading", trial.answered ? error_text(trial.read_error) : "no answer");
  return reply;
}

void DiskDuties::remount() {
  node_.kill();
  layer_.lower();
  if (!unmount(places_.mount_point)) throw AgentError("can't unmount " + places_.mount_point);
  // A disk that failed may have left the file system in disorder, which it would answer by refusing writes. 1 and 2: it was mended.
  const CommandOutcome checked = run_command({"e2fsck", "-fy", places_.image});
  if (checked.exit_status > 2) throw AgentError("can't mend " + places_.image + ": " + checked.output);
  mount_disk(places_.image, places_.mount_point);
  layer_.raise();
}

void DiskDuties::relieve() {
  if (layer_.is_the_disk()) return layer_.relieve();
  const std::string was = std::exchange(trouble_, std::string());
  if (was.empty()) return;
  if (was == "stuck") {
    frozen_.reset();
    thaw_disk(places_.mount_point);
  } else if (was == "slow") {
    throttle_device(throttle_folder(), device(), 0);
  } else if (was == "full") {
    ::unlink(filler_of(places_.mount_point).c_str());
  } else {
    limit_device(device(), 0);
    remount();
  }
  trials_.clean();
}

bool DiskDuties::slow_down() {
  if (layer_.is_the_disk()) {
    Message fault;
    fault.add("kind", "slow").add("calls", "sync").add("delay", kTornSyncNanos);
    layer_.hurt(fault);
    return true;
  }
  if (throttle_folder().empty()) return false;
  journal_.add_throttle(throttle_folder(), device());
  return throttle_device(throttle_folder(), device(), 4);
}

void DiskDuties::let_run() {
  if (layer_.is_the_disk()) return layer_.relieve();
  if (!throttle_folder().empty()) throttle_device(throttle_folder(), device(), 0);
}

void DiskDuties::lose_power() {
  if (layer_.is_the_disk()) {
    node_.kill();
    let_run();
    return layer_.lose_power();
  }
  cut_power(places_.mount_point);
  let_run();
  node_.kill();
  layer_.lower();
  if (!unmount(places_.mount_point))
    throw AgentError("can't unmount " + places_.mount_point + " after the power loss");
  mount_disk(places_.image, places_.mount_point);
  layer_.raise();
}

// What the database wrote last and did not sync is put back in part after the power is back: no disk can be asked for that.
cluster::Message DiskDuties::torn_power_loss(const Message& request) {
  const auto draw = static_cast<std::uint64_t>(request.integer("draw"));
  const bool slowed = slow_down();
  if (slowed) pause_milliseconds(kUnsyncedMilliseconds);
  if (node_.state() != NodeProcess::State::dead) node_.pause();
  const std::string path = newest_file(places_.data);
  const std::string seen = path.empty() ? std::string() : read_whole_file(path);
  lose_power();
  const std::string kept = path.empty() ? std::string() : read_whole_file(path);
  Message reply;
  if (path.empty() || kept.size() + 1 >= seen.size() || seen.size() - kept.size() > kTornBytesMax ||
      seen.compare(0, kept.size(), kept) != 0) {
    return std::move(reply.add("torn", 0));
  }
  const std::size_t lost = seen.size() - kept.size();
  const std::size_t part = 1 + draw % (lost - 1);
  if (!write_whole_file(path, seen.substr(0, kept.size() + part))) throw_errno("can't write " + path);
  return std::move(reply.add("torn", 1)
                       .add("unsynced", static_cast<std::int64_t>(lost))
                       .add("kept", static_cast<std::int64_t>(part)));
}

cluster::Message DiskDuties::damage(const Message& request) {
  const auto place = damage_place(request.text("place"));
  if (!place) throw AgentError("this agent knows no files \"" + request.text("place") + "\"");
  const std::string kind = request.text("kind");
  const auto draw = static_cast<std::uint64_t>(request.integer("draw"));
  std::string path = find_file(places_.data, *place, draw);
  OldBlock old;
  if (kind == "stale" && !path.empty()) {
    old = last_block(path);
    pause_milliseconds(kOldBlockMilliseconds);
  }
  node_.kill();
  Message reply;
  if (path.empty()) return reply;
  journal_.add_folder(copy_folder());
  replace_folder(places_.data, copy_folder());
  const DamageDone done = kind == "stale" ? write_old_block(path, old) : damage_file(path, kind, draw);
  reply.add("file", path.substr(places_.data.size() + 1)).add("changed", done.changed ? 1 : 0);
  reply.add("offset", done.offset).add("size", done.size_bytes);
  return reply;
}

cluster::Message DiskDuties::repair() {
  if (!path_exists(copy_folder())) return {};
  node_.kill();
  replace_folder(copy_folder(), places_.data);
  std::error_code error;
  std::filesystem::remove_all(copy_folder(), error);
  return {};
}

}  // namespace assay::agent
