// The hosts of a run: connected in parallel, with a node agent on each, and the handles by which faults reach
// the nodes. A target describes what runs on each host (NodeProgram); everything else is the same for every
// kind of database.
//
//   Cluster cluster(read_hosts_file(path), {.agent_binary = find_agent_binary()});  // connects, starts
//   agents cluster.upload_everywhere("build/refdb", "bin/refdb", 0755); cluster.deploy(programs); // what
//   node i is; starts nothing cluster.start_everything();                            // and waits for what
//   `ready` asks cluster.network().cut(links); cluster.processes().kill(2); ...
//   cluster.collect_logs(directory);
//   cluster.stop();                                        // ends nodes, heals, and proves both
//
// The dead-man switch: a thread sends each agent a heartbeat every second. An agent that has heard nothing
// for 10 seconds, or whose connection ended, undoes every fault and ends the processes it started, by itself.
//
// Thread safety: one caller thread at a time (the heartbeat thread is inside), but what is asked of one host by several, such as the
// state of its process and a command to carry out, is done one after the other. Nodes are numbered as the
// hosts in the file. Errors: HarnessError, one sentence that names the host. Nothing is guessed.
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/cluster/hosts_file.h"
#include "harness/core/observations.h"
#include "harness/core/target.h"

namespace assay::cluster {

// A further process of a node, on the same host: started, killed and paused with it, and on the same clock.
struct ProgramBeside {
  std::string binary;
  std::vector<std::string> arguments;
  std::string log;  // collected like the node's own
};

// One node's process. Paths on the host are absolute, or relative to the host's data folder ("bin/refdb").
// In `arguments`, `environment` and `ready`, "{data}" stands for the node's data folder (absolute), "{home}"
// for the host's data folder and "{address}" for the host's node address.
struct NodeProgram {
  std::string binary;  // "bin/refdb" after upload_everywhere(..., "bin/refdb"), or "/usr/bin/etcd"
  std::vector<std::string> arguments;                            // without the program's name
  std::vector<std::pair<std::string, std::string>> environment;  // in addition to PATH and HOME
  std::string user;  // that it runs as, for programs that refuse to be root; empty: the agent's
  std::string log = "logs/node.log";   // standard output and error; appended to by every start
  std::vector<std::string> more_logs;  // further files that collect_logs() copies
  // TCP port on the host that accepts a connection once the node is usable enough to be talked to; 0: none.
  std::uint16_t ready_port = 0;
  // A shell command on the host that ends with 0 once the node can be talked to, asked after the port; empty: none.
  std::string ready_command;
  Nanos ready_timeout = 15 * kSecond;
  // What ends it in good order: a signal, or a shell command on the host, which need not wait for the end.
  int stop_signal = SIGTERM;
  std::string stop_command;
  std::vector<ProgramBeside> beside;
};

struct ClusterOptions {
  std::string agent_binary;  // path here of assay-agent; see find_agent_binary()
  Nanos connect_timeout = 10 * kSecond;
  Nanos command_timeout = 30 * kSecond;
  // Nodes keep their data on a file system of their own, which can lose its un-synced writes and be in trouble; where hosts can't
  // have one (it needs root and loop devices) in a plain folder. Off: a plain folder, and disks() is null.
  bool power_loss = false;
  // A layer under each node's data, by which chosen files fail, tear or stall; with power_loss. It stands for the file system as well
  // where hosts have no loop devices.
  bool file_layer = false;
  bool loop_devices = true;  // false: as if no host had any
  std::int64_t disk_size_bytes = std::int64_t{1} << 30;
  // Nodes read a wall clock that can be moved. Off: clocks() is null, and nodes run untouched.
  bool clocks = true;
  std::uint16_t probe_port = 7077;  // UDP, between the agents
  Nanos dead_man_timeout = 10 * kSecond;
};

struct HostFacts {
  std::string name;
  std::string kernel;
  std::string agent_version;
  bool root = false;
  std::string network_means;  // "nftables" or "iptables"
  bool vdso = false;          // per-process clocks work on this host
  std::int64_t disk_free_bytes = 0;
  std::int64_t round_trip_nanos = 0;
};

struct CommandResult {
  int exit_status = 0;
  std::string output;
  std::string error;
};

class Cluster {
 public:
  // Connects to every host, cleans up what an earlier run left, uploads the agent and starts it. Throws
  // HarnessError with one sentence per host in trouble.
  Cluster(HostsFile hosts, ClusterOptions options);
  // stop(), without throwing.
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  std::size_t size() const;
  const Host& host(NodeId node) const;
  const std::vector<std::string>& names() const;
  const std::vector<HostFacts>& facts() const;
  // What the nodes and clients connect to.
  const std::string& address(NodeId node) const { return host(node).node_address; }
  // Absolute paths on the host.
  std::string home(NodeId node) const;
  std::string data_folder(NodeId node) const;

  // Runs a shell command on one host (as root with sudo). A non-zero exit is a value, not an error.
  CommandResult run(NodeId node, const std::string& command, const std::string& standard_input = {});
  // On all hosts at once, `commands` by node; where it is empty, nothing is run and 0 is returned.
  std::vector<CommandResult> run_on_each(const std::vector<std::string>& commands);
  // To every host in parallel; skipped where the file is there already (by SHA-256).
  void upload_everywhere(const std::string& local_path, const std::string& remote_path, int mode);
  // A small file, e.g. a configuration; replaced at once.
  void write_file(NodeId node, const std::string& remote_path, const std::string& content, int mode = 0644);

  // What node i would be, for processes(); touches nothing on the hosts. Requires: one program per host.
  void expect(std::vector<NodeProgram> programs);
  // The same, and ends what ran before and empties the data folders.
  void deploy(std::vector<NodeProgram> programs);
  // From now on called before a node that is dead is started, by whoever starts it: what must be there may be gone with its disk.
  // It may run commands on that host only. Requires: deploy().
  void before_start(std::function<void(NodeId)> prepare);
  // Starts every node that is dead and waits until they are ready.
  void start_everything();
  // The same for these nodes, at once.
  void start_nodes(const std::vector<NodeId>& nodes);
  // Whether something on the host accepts connections there now.
  bool listens(NodeId node, std::uint16_t port) const;
  // Waits until the node's ready port accepts a connection and its command succeeds, or throws with the tail of its log.
  void wait_until_ready(NodeId node);

  // Never null after deploy(), except as said in ClusterOptions. network() is null when a host lacks root or
  // both nftables and iptables: see why_no_network(). Same for the others, but for disks(), which then can't lose power.
  Network* network();
  // Hosts are asked what they can do when this is called first. Null when one of them can't; see why_no_packets().
  Packets* packets();
  Connections* connections();
  Processes* processes();
  Clocks* clocks();
  Disks* disks();
  Names* names_of_nodes();
  // From now on hosts find each other by name (host_names.h). Throws HarnessError where they can't.
  void find_by_name();
  // "n1.assay.test"
  std::string name_of_node(NodeId node) const;
  std::string why_no_network() const;
  std::string why_no_packets() const;
  std::string why_no_connections() const;
  std::string why_no_names() const;
  std::string why_no_clocks() const;
  std::string why_no_disks() const;

  // The last lines of a node's log, as one.
  std::string last_words(NodeId node);

  // What the nodes' processes have used since the agents began, by node; times are on this machine's monotonic clock shifted so
  // that it shows `now` at this moment.
  std::vector<NodeResources> resources(Nanos now);

  // Copies logs (and `more_logs`) into directory/<host name>/. Reconnects when the connection was lost.
  // Missing files are skipped.
  void collect_logs(const std::string& directory);

  // Ends every node, undoes every fault and checks both; the agents end too. Idempotent.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The assay-agent program: beside the running program, in the build tree, or installed in libexec. Throws
// HarnessError saying where it looked.
std::string find_agent_binary();

// `assay cluster heal`: undoes whatever faults and processes earlier runs left on these hosts. One line per
// host of what was undone.
std::vector<std::string> heal_hosts(const HostsFile& hosts, const ClusterOptions& options);

}  // namespace assay::cluster
