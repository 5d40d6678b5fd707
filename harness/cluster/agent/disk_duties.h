// The verbs about the node's disk beyond its making: disk-ability, disk-trouble, disk-try, disk-relieve, torn-power-loss,
// file-damage, file-repair.
//
// Where a layer under the data stands for the disk (layer_duties.h), that does it all.
//
// Thread safety: one thread, always the same. Errors: AgentError with one sentence. Ownership: the journal, the node and the layer
// must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/cluster/agent/disk_trouble.h"
#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/layer_duties.h"
#include "harness/cluster/agent/node_process.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class DiskDuties {
 public:
  // `image`, `mount_point`, `data`: of the node's disk; its folder of data is below the mount point.
  struct Places {
    std::string home, image, mount_point, data;
  };
  DiskDuties(Places places, Journal& journal, NodeProcess& node, LayerDuties& layer);

  // Nothing when the verb is not about the disk.
  std::optional<cluster::Message> perform(const cluster::Message& request);
  // The disk is well again; the node may be killed for it. Does nothing when it is.
  void relieve();
  // The node dies, and what was not synced is gone. Requires: a disk that can lose power.
  void lose_power();

 private:
  using Message = cluster::Message;

  Message ability();
  Message trouble(const Message& request);
  Message try_out(const Message& request);
  Message torn_power_loss(const Message& request);
  Message damage(const Message& request);
  Message repair();

  std::string device() const;
  const std::string& throttle_folder();
  void lose_a_sync();
  // While this goes on, more of what is written is un-synced. False: nothing can do that.
  bool slow_down();
  void let_run();
  void remount();
  std::string copy_folder() const { return places_.home + "/data-before-damage"; }

  Places places_;
  Journal& journal_;
  NodeProcess& node_;
  LayerDuties& layer_;
  std::string trouble_;  // empty: none
  std::optional<std::string> throttle_folder_;
  std::unique_ptr<FrozenDisk> frozen_;
  DiskTrials trials_;
  bool sync_was_lost_ = false;
};

}  // namespace assay::agent
