// The verbs about a layer under the node's data (layer/serve_layer.h): layer-mount, file-hurt, file-try, file-relieve; and what other
// duties ask of it.
//
// Thread safety: one thread, always the same. Errors: AgentError with one sentence. Ownership: the journal and the node must
// outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/cluster/agent/disk_trouble.h"
#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/layer/file_layer.h"
#include "harness/cluster/agent/node_process.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class LayerDuties {
 public:
  // `aside`: a folder beside the data, on the same file system.
  LayerDuties(const std::string& home, const std::string& data, const std::string& aside, Journal& journal,
              NodeProcess& node);

  // Nothing when the verb is not about the layer.
  std::optional<cluster::Message> perform(const cluster::Message& request);

  // The layer stands for a disk of the node's own: it can lose power and be in every trouble.
  bool is_the_disk() const { return layer_ != nullptr && is_the_disk_; }
  // Around whatever changes what is under it, while the node is down.
  void lower();
  void raise();
  // What was not synced is gone. Requires: the node is dead, and the layer is the disk.
  void lose_power();

  // Calls on files of `place` (empty: all) are hurt as LayerFault says.
  void hurt(const cluster::Message& fault);
  // What that does, to the database and to a trial beside its data.
  cluster::Message try_out(const cluster::Message& request);
  // All is well again, once the node was killed where what it sees is not what is on the disk.
  void relieve();

 private:
  using Message = cluster::Message;

  void mount(bool is_the_disk);
  // Until calls of the database were hurt, or patience is over.
  Message counters_after(int patience_milliseconds);
  bool trial_went_as(const std::string& kind, const std::string& calls, std::int64_t delay,
                     const DiskTrial& trial) const;

  std::string home_, data_, aside_;
  Journal& journal_;
  NodeProcess& node_;
  std::unique_ptr<FileLayer> layer_;
  bool is_the_disk_ = false;
  bool lowered_ = false;
  std::string kind_;  // of the fault in force; empty: none
  DiskTrials trials_;
};

}  // namespace assay::agent
