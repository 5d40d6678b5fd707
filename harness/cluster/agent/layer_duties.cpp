#include "harness/cluster/agent/layer_duties.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr int kTrialMilliseconds = 3'000;
constexpr int kStuckTrialMillisecondsInLayer = 300;
constexpr int kTrialsOfDelays = 5;
constexpr std::int64_t kSectorBytesOfLayer = 512;

std::string meaning_of(int number) { return number == 0 ? "succeeds" : std::strerror(number); }

}  // namespace

LayerDuties::LayerDuties(const std::string& home, const std::string& data, const std::string& aside,
                         Journal& journal, NodeProcess& node)
    : home_(home), data_(data), aside_(aside), journal_(journal), node_(node), trials_(data) {}

std::optional<cluster::Message> LayerDuties::perform(const Message& request) {
  if (request.verb == "layer-mount") return mount(request.integer("is-the-disk") != 0), Message();
  if (request.verb == "file-hurt") return hurt(request), Message();
  if (request.verb == "file-try") return try_out(request);
  if (request.verb == "file-relieve") return relieve(), Message();
  return std::nullopt;
}

void LayerDuties::mount(bool is_the_disk) {
  node_.kill();
  layer_.reset();
  lowered_ = false;
  is_the_disk_ = is_the_disk;
  std::error_code ignored;
  std::filesystem::remove_all(aside_, ignored);
  make_folders(data_);
  make_folders(aside_);
  journal_.add_folder(aside_);
  journal_.add_layer(data_);
  layer_ = std::make_unique<FileLayer>(
      "/proc/self/exe", LayerOptions{.source = data_, .aside = aside_, .loses_power = is_the_disk},
      home_ + "/agent/file-layer.log", [this](pid_t process, std::uint64_t start_ticks) {
        journal_.add_process("file-layer", process, start_ticks);
      });
  layer_->up();
}

void LayerDuties::lower() {
  if (!layer_ || !layer_->is_up()) return;
  node_.kill();
  layer_->down();
  lowered_ = true;
}

void LayerDuties::raise() {
  if (!std::exchange(lowered_, false)) return;
  make_folders(data_);
  make_folders(aside_);
  layer_->up();
}

void LayerDuties::lose_power() {
  Message request;
  request.verb = "take-back";
  layer_->ask(request);
  // What the kernel keeps in memory is gone, too.
  lower();
  raise();
}

void LayerDuties::hurt(const Message& fault) {
  if (!layer_) throw AgentError("there is no layer under the data");
  if (!kind_.empty()) relieve();
  trials_.prepare();
  Message request = fault;
  request.verb = "fault";
  kind_ = fault.text("kind");
  layer_->ask(request);
}

cluster::Message LayerDuties::counters_after(int patience_milliseconds) {
  Message request;
  request.verb = "counters";
  const std::int64_t deadline = monotonic_nanos() + std::int64_t{patience_milliseconds} * 1'000'000;
  while (true) {
    Message counters = layer_->ask(request);
    const std::int64_t hurt =
        counters.integer("reads") + counters.integer("writes") + counters.integer("syncs");
    const bool torn = kind_ != "torn" || counters.has("torn-file");
    if ((hurt > 0 && torn) || monotonic_nanos() > deadline) return counters;
    pause_milliseconds(2);
  }
}

bool LayerDuties::trial_went_as(const std::string& kind, const std::string& calls, std::int64_t delay,
                                const DiskTrial& trial) const {
  const bool written = trial.write_error == 0, synced = trial.sync_error == 0, read = trial.read_error == 0;
  if (kind == "stuck") return !trial.answered;
  // Whoever tried is dead; a whole number of sectors is there.
  if (kind == "torn") {
    const std::int64_t size = trials_.last_size();
    return !trial.answered && size > 0 && size < DiskTrials::kSizeBytes && size % kSectorBytesOfLayer == 0;
  }
  if (!trial.answered) return false;
  if (kind == "full") return trial.write_error == ENOSPC && read;
  if (kind == "read-only") return trial.write_error == EROFS && read;
  if (kind == "slow") return written && synced && read && trial.nanos >= delay;
  if (kind == "short-reads") return written && synced && read && trial.read_bytes < DiskTrials::kReadBytes;
  if (kind == "lost-sync")
    return trial.sync_error == EIO && trial.second_sync_error == 0 && trials_.last_is_forgotten();
  const bool read_fails = trial.read_error == EIO;
  if (calls == "read") return written && synced && read_fails;
  if (calls == "write") return trial.write_error == EIO && read;
  if (calls == "sync") return written && trial.sync_error == EIO && read;
  return trial.write_error == EIO && read_fails;
}

cluster::Message LayerDuties::try_out(const Message& request) {
  if (!layer_) throw AgentError("there is no layer under the data");
  const std::string kind = request.text("kind");
  const bool in_force = request.integer("in-force") != 0;
  const std::int64_t delay = request.integer("delay");
  Message reply = counters_after(in_force ? static_cast<int>(request.integer("patience")) : 0);
  reply.verb.clear();
  // What is left of a process that was killed in the middle of a write writes nothing more.
  if (in_force && reply.has("torn-file")) node_.kill();
  if (!in_force) trials_.prepare();
  const auto well = [](const DiskTrial& trial) {
    return trial.answered && trial.write_error == 0 && trial.sync_error == 0 && trial.read_error == 0;
  };
  const int patience = in_force && kind == "stuck" ? kStuckTrialMillisecondsInLayer : kTrialMilliseconds;
  DiskTrial trial;
  bool proved = false;
  // A busy machine may be as slow as a slow disk for once.
  for (int attempt = 0; attempt < (kind == "slow" ? kTrialsOfDelays : 1) && !proved; ++attempt) {
    trial = trials_.run(patience);
    proved = in_force ? trial_went_as(kind, request.text("calls"), delay, trial)
                      : well(trial) && (kind != "slow" || trial.nanos < delay);
  }
  if (!in_force) trials_.clean();
  const int error = trial.write_error != 0 ? trial.write_error : trial.sync_error;
  reply.add("proved", proved ? 1 : 0).add("nanos", trial.nanos).add("mechanism", "fuse");
  reply.add("lost", proved && kind == "lost-sync" ? 1 : 0);
  reply.add("writing", trial.answered ? meaning_of(error) : "no answer");
  reply.add("reading", trial.answered ? meaning_of(trial.read_error) : "no answer");
  return reply;
}

void LayerDuties::relieve() {
  const std::string was = std::exchange(kind_, std::string());
  if (was.empty() || !layer_) return;
  Message request;
  request.verb = "fault";
  request.add("kind", "none");
  layer_->ask(request);
  trials_.clean();
  if (was != "lost-sync") return;
  // As after a restart of the machine: what was only in memory is gone.
  lower();
  raise();
}

}  // namespace assay::agent
