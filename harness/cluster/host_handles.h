// The handles by which faults reach nodes on real hosts, each a translation into requests to the node agents.
//
// Thread safety and errors as in core/target.h: one caller at a time, HarnessError when a host is lost.
// Ownership: they refer to the cluster's links and must not outlive them.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/cluster/deployment.h"
#include "harness/cluster/host_link.h"
#include "harness/core/file_faults.h"
#include "harness/core/target.h"

namespace assay::cluster {

using Links = std::vector<std::unique_ptr<HostLink>>;

class HostNetwork : public Network {
 public:
  explicit HostNetwork(const Links& links) : links_(links) {}
  void cut(std::span<const Link> links) override;
  void play(std::span<const TimedCut> script, Nanos period) override;
  std::int64_t played() override;
  void heal() override;
  // Three UDP packets a link, sent by one agent and counted by the other; where they should arrive and don't, again, so that
  // a bad link isn't taken for a cut one. Between clients and a node a TCP connection is tried from here. Up to 300 ms in all, a
  // second where links are bad.
  Evidence probe(std::span<const Link> links, bool expect_open) override;

 private:
  // Which of the links let something through; `tokens` by link, empty for those that are not asked.
  void probe_nodes(std::span<const Link> links, const std::vector<std::string>& tokens, int wait_milliseconds,
                   std::vector<bool>& arrived);

  const Links& links_;
  std::int64_t probes_ = 0;
};

class HostProcesses : public Processes {
 public:
  // `programs` and `homes` by node.
  HostProcesses(const Links& links, std::vector<NodeProgram> programs, bool clocks);
  void kill(NodeId node) override;
  void start(NodeId node) override;
  void pause(NodeId node) override;
  void resume(NodeId node) override;
  State state(NodeId node) override;
  std::int64_t incarnation(NodeId node) override;
  void kill_together(std::span<const NodeId> nodes) override;
  // Hosts are asked once.
  std::optional<std::string> lack(ProcessMeans means) override;
  bool terminate(NodeId node, Nanos patience) override;
  void freeze(NodeId node) override;
  void thaw(NodeId node) override;
  void crash_loop(NodeId node, Nanos period) override;
  std::int64_t crashes(NodeId node) override;
  void limit(NodeId node, ProcessMeans means, std::int64_t amount) override;
  void unlimit(NodeId node) override;
  Evidence measure_limit(NodeId node, ProcessMeans means, std::int64_t amount) override;

  const std::vector<NodeProgram>& programs() const { return programs_; }
  // Called before a dead node is started, on the thread that starts it.
  void before_start(std::function<void(NodeId)> prepare) { prepare_ = std::move(prepare); }

 private:
  HostLink& link(NodeId node) const;

  const Links& links_;
  std::vector<NodeProgram> programs_;
  bool clocks_;
  std::function<void(NodeId)> prepare_;
  std::vector<Message> abilities_;  // by host; empty: not asked yet
};

class HostClocks : public Clocks {
 public:
  explicit HostClocks(const Links& links) : links_(links) {}
  void set_offset(NodeId node, Nanos offset) override;
  Nanos measure_offset(NodeId node) override;
  void strobe(NodeId node, Nanos delta, Nanos period) override;
  bool can_run_wrong() const override { return true; }
  void set_rate(NodeId node, std::int64_t ppm) override;
  std::int64_t measure_rate(NodeId node) override;
  void leap(NodeId node, Nanos delta) override;
  std::string mechanism() const override;
  Nanos precision() const override { return kMillisecond; }

 private:
  struct Reading {
    Nanos offset;
    Nanos at;  // on the host's monotonic clock
  };
  Reading read(NodeId node);

  const Links& links_;
};

// So long a database has to make a call that trouble with its disk or files meets.
inline constexpr std::int64_t kPatienceForHurtMilliseconds = 2'000;

// `only_folders`: why the nodes' data is in plain folders, which can be emptied and whose files can be damaged, and no more;
// empty when it is on disks of its own, or on a layer that stands in for them.
class HostDisks : public Disks, public FileDisks {
 public:
  explicit HostDisks(const Links& links, std::string only_folders = {})
      : links_(links), only_folders_(std::move(only_folders)) {}
  // Whether deploy() laid a layer under the data of every node, which faults of files need; why not otherwise.
  void set_no_layer(std::string reason) { no_layer_ = std::move(reason); }
  bool can_lose_power() const override { return only_folders_.empty(); }
  Evidence power_loss(NodeId node) override;
  bool can_tear() const override { return only_folders_.empty(); }
  Evidence torn_power_loss(NodeId node) override;
  Evidence wipe(NodeId node) override;
  // Hosts are asked once, when a node's disk is there.
  std::optional<std::string> lack(DiskTrouble wanted) override;
  void trouble(NodeId node, const DiskFault& fault) override;
  Evidence try_out(NodeId node, const DiskFault& fault, bool in_force) override;
  void relieve(NodeId node) override;
  std::optional<std::string> lack(const FileDamage&) override { return std::nullopt; }
  Evidence damage(NodeId node, const FileDamage& wanted) override;
  void repair(NodeId node) override;
  FileDisks* files() override { return this; }
  std::optional<std::string> lack(const FileFault& wanted) override;
  void hurt_files(NodeId node, const FileFault& fault) override;
  Evidence try_files(NodeId node, const FileFault& fault, bool in_force) override;
  void relieve_files(NodeId node) override;

 private:
  const Links& links_;
  std::string only_folders_;
  std::vector<Message> abilities_;  // by host; empty: not asked yet
  std::int64_t torn_ = 0;
  std::string no_layer_;
};

// Paths of a node's program: absolute ones stay, others are below the host's data folder.
std::string absolute_path(const Host& host, const std::string& path);
// The node's data folder on the host.
std::string data_folder_of(const Host& host);

}  // namespace assay::cluster
