// Handles that let somebody look at a node before they end its process: what a database has counted dies with it.
//
// Thread safety: as the handles that they pass on to, one thread at a time. Ownership: those outlive these.
#pragma once

#include <functional>
#include <utility>

#include "harness/core/target.h"

namespace assay::refdb {

// Called with a node that is about to die; must not throw.
using BeforeDeath = std::function<void(NodeId)>;

class HeardProcesses final : public Processes {
 public:
  HeardProcesses(Processes& processes, BeforeDeath hear) : processes_(processes), hear_(std::move(hear)) {}
  void kill(NodeId node) override {
    if (processes_.state(node) == State::running) hear_(node);
    processes_.kill(node);
  }
  void start(NodeId node) override { processes_.start(node); }
  void pause(NodeId node) override { processes_.pause(node); }
  void resume(NodeId node) override { processes_.resume(node); }
  State state(NodeId node) override { return processes_.state(node); }
  std::int64_t incarnation(NodeId node) override { return processes_.incarnation(node); }

 private:
  Processes& processes_;
  BeforeDeath hear_;
};

class HeardDisks final : public Disks {
 public:
  HeardDisks(Disks& disks, BeforeDeath hear) : disks_(disks), hear_(std::move(hear)) {}
  Evidence power_loss(NodeId node) override { return hear_(node), disks_.power_loss(node); }
  Evidence wipe(NodeId node) override { return hear_(node), disks_.wipe(node); }

 private:
  Disks& disks_;
  BeforeDeath hear_;
};

}  // namespace assay::refdb
