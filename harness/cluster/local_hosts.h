// Hosts on this machine, to try things out and for CI: each has its own network, mount, pid, ipc and uts
// namespace, a file tree of its own (an overlay: what it writes never reaches this machine's files), and its
// own OpenSSH server with throw-away keys. They are reached over SSH like any other host, from this machine
// only: the bridge has no way out, and the hosts have no route.
//
// An instance is named; two instances don't meet (bridge, subnet and folder derive from the name). All state
// is in /var/lib/assay/local/<instance>/, namespaces are named assay-<instance>-n1 and so on, and down()
// removes only these.
//
// With LocalOptions::machines each host is a virtual machine, which has a kernel, a clock and disks of its own.
//
// Thread safety: none across processes working on the same instance; a lock file turns that into one clear
// sentence. Errors: HarnessError; InputError when the node count is impossible. Needs root; who isn't root enters a machine of
// their own first (user_machine.h), where all this is below /run/assay.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::cluster {

// By which hosts have addresses and are reached. With both, SSH and the nodes use the IPv4 ones.
enum class LocalAddresses : std::uint8_t { ipv4, ipv6, both };

struct LocalOptions {
  std::string instance = "local";  // small letters and digits; at most 5
  // 10.<subnet>.0.0/24; the controller is .254, host i is .(10 + i). In IPv6 fd55:a55a:<subnet>::/64, ::254 and ::(10 + i).
  int subnet = 77;
  std::string agent_binary;  // the provisioner's helper is in assay-agent; empty: find_agent_binary()
  // The hosts' data is on this machine's disk, with its real cost of an fsync; otherwise in memory, where an
  // fsync costs next to nothing.
  bool data_on_disk = false;
  std::string hosts_file;  // where HOSTS.json goes; empty: in the state folder
  // Virtual machines (local_machines.h) in the namespaces, with kernels and clocks of their own.
  bool machines = false;
  LocalAddresses addresses = LocalAddresses::ipv4;
};

struct LocalHostStatus {
  std::string name;
  std::string address;
  bool running = false;  // its SSH server's namespace is alive
  int process_count = 0;
};

struct LocalStatus {
  bool up = false;         // every host runs
  std::string hosts_file;  // of the last up(), absolute; empty: it is gone
  std::vector<LocalHostStatus> hosts;
  // What an interrupted `up` or a crash left; `down` removes it.
  std::vector<std::string> leftovers;
};

class LocalHosts {
 public:
  explicit LocalHosts(LocalOptions options = {});

  // Brings up hosts n1..n<count> and returns the path of HOSTS.json once all answer SSH. When they are up
  // already, with the same count, it does nothing; otherwise it starts anew. Requires: 1 <= count <= 100, or
  // InputError.
  std::string up(int count);
  // Ends all hosts and removes everything of this instance. Idempotent. Returns what was removed, in words.
  std::vector<std::string> down();
  LocalStatus status() const;

  // The first subnet, from options.subnet on, that no other interface of this machine is in.
  static int free_subnet(LocalOptions options);

  // Why local hosts can't work here, for root or in a machine of the user's own (one sentence that says what is needed), or an
  // empty string.
  static std::string unavailable();

 private:
  LocalOptions options_;
};

}  // namespace assay::cluster
