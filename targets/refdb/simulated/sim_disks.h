// The disks of a simulated refdb as faults reach them: those of its nodes (harness/sim/sim_disk.h), with the processes and clocks
// that a lost power takes with it.
//
// Thread safety: none. Ownership: everything that the constructor is given outlives this object; the nodes may come later.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/file_faults.h"
#include "targets/refdb/simulated/sim_node.h"

namespace assay::refdb {

class SimDisks final : public Disks, public FileDisks {
 public:
  using Log = std::function<void(NodeId, const std::string&)>;

  SimDisks(sim::SimProcesses& processes, sim::SimClocks& clocks,
           const std::vector<std::unique_ptr<SimNode>>& nodes, Log log)
      : processes_(processes), clocks_(clocks), nodes_(nodes), log_(std::move(log)) {}

  Evidence power_loss(NodeId node) override { return lose_power(node, false); }
  bool can_tear() const override { return true; }
  Evidence torn_power_loss(NodeId node) override { return lose_power(node, true); }
  Evidence wipe(NodeId node) override;

  std::optional<std::string> lack(DiskTrouble) override { return std::nullopt; }
  void trouble(NodeId node, const DiskFault& fault) override;
  Evidence try_out(NodeId node, const DiskFault& fault, bool in_force) override;
  void relieve(NodeId node) override { disk(node).relieve(); }

  // A simulated store is one file, whatever the place.
  std::optional<std::string> lack(const FileDamage& wanted) override;
  Evidence damage(NodeId node, const FileDamage& wanted) override;
  void repair(NodeId node) override { disk(node).repair(); }

  // Of a simulated store's files only the log is written to while it runs, so trouble with that is trouble with its disk.
  FileDisks* files() override { return this; }
  std::optional<std::string> lack(const FileFault& wanted) override;
  void hurt_files(NodeId node, const FileFault& fault) override;
  Evidence try_files(NodeId node, const FileFault& fault, bool in_force) override;
  void relieve_files(NodeId node) override { relieve(node); }

 private:
  sim::SimDisk& disk(NodeId node) const { return nodes_[static_cast<std::size_t>(node)]->disk(); }
  Evidence lose_power(NodeId node, bool tear);

  sim::SimProcesses& processes_;
  sim::SimClocks& clocks_;
  const std::vector<std::unique_ptr<SimNode>>& nodes_;
  Log log_;
};

}  // namespace assay::refdb
