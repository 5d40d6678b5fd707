// Handles that let somebody look at a node before they end its process: what a database has counted dies with it.
//
// Thread safety: as the handles that they pass on to, one thread at a time. Ownership: those outlive these.
#pragma once

#include <functional>
#include <utility>

#include "harness/core/file_faults.h"

namespace assay::refdb {

// Called with a node that is about to die; must not throw.
using BeforeDeath = std::function<void(NodeId)>;

class HeardProcesses final : public Processes {
 public:
  HeardProcesses(Processes& processes, BeforeDeath hear) : processes_(processes), hear_(std::move(hear)) {}
  void kill(NodeId node) override {
    hear(node);
    processes_.kill(node);
  }
  void start(NodeId node) override { processes_.start(node); }
  void pause(NodeId node) override { processes_.pause(node); }
  void resume(NodeId node) override { processes_.resume(node); }
  State state(NodeId node) override { return processes_.state(node); }
  std::int64_t incarnation(NodeId node) override { return processes_.incarnation(node); }
  void kill_together(std::span<const NodeId> nodes) override {
    for (const NodeId node : nodes) hear(node);
    processes_.kill_together(nodes);
  }
  std::optional<std::string> lack(ProcessMeans means) override { return processes_.lack(means); }
  bool terminate(NodeId node, Nanos patience) override {
    hear(node);
    return processes_.terminate(node, patience);
  }
  void freeze(NodeId node) override { processes_.freeze(node); }
  void thaw(NodeId node) override { processes_.thaw(node); }
  void crash_loop(NodeId node, Nanos period) override {
    hear(node);
    processes_.crash_loop(node, period);
  }
  std::int64_t crashes(NodeId node) override { return processes_.crashes(node); }
  void limit(NodeId node, ProcessMeans means, std::int64_t amount) override {
    processes_.limit(node, means, amount);
  }
  void unlimit(NodeId node) override { processes_.unlimit(node); }
  Evidence measure_limit(NodeId node, ProcessMeans means, std::int64_t amount) override {
    return processes_.measure_limit(node, means, amount);
  }

 private:
  void hear(NodeId node) {
    if (processes_.state(node) == State::running) hear_(node);
  }

  Processes& processes_;
  BeforeDeath hear_;
};

class HeardDisks final : public Disks, public FileDisks {
 public:
  HeardDisks(Disks& disks, BeforeDeath hear)
      : disks_(disks), files_(file_disks(&disks)), hear_(std::move(hear)) {}
  bool can_lose_power() const override { return disks_.can_lose_power(); }
  Evidence power_loss(NodeId node) override { return hear_(node), disks_.power_loss(node); }
  bool can_tear() const override { return disks_.can_tear(); }
  Evidence torn_power_loss(NodeId node) override { return hear_(node), disks_.torn_power_loss(node); }
  Evidence wipe(NodeId node) override { return hear_(node), disks_.wipe(node); }
  std::optional<std::string> lack(DiskTrouble wanted) override { return disks_.lack(wanted); }
  // Most databases end of it.
  void trouble(NodeId node, const DiskFault& fault) override { hear_(node), disks_.trouble(node, fault); }
  Evidence try_out(NodeId node, const DiskFault& fault, bool in_force) override {
    return disks_.try_out(node, fault, in_force);
  }
  void relieve(NodeId node) override { disks_.relieve(node); }
  std::optional<std::string> lack(const FileDamage& wanted) override { return disks_.lack(wanted); }
  Evidence damage(NodeId node, const FileDamage& wanted) override {
    return hear_(node), disks_.damage(node, wanted);
  }
  void repair(NodeId node) override { disks_.repair(node); }
  FileDisks* files() override { return files_ == nullptr ? nullptr : this; }
  std::optional<std::string> lack(const FileFault& wanted) override { return files_->lack(wanted); }
  void hurt_files(NodeId node, const FileFault& fault) override {
    hear_(node), files_->hurt_files(node, fault);
  }
  Evidence try_files(NodeId node, const FileFault& fault, bool in_force) override {
    return files_->try_files(node, fault, in_force);
  }
  void relieve_files(NodeId node) override { files_->relieve_files(node); }

 private:
  Disks& disks_;
  FileDisks* files_;
  BeforeDeath hear_;
};

}  // namespace assay::refdb
