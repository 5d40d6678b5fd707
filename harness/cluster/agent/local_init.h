// The first process of a local host (see local_hosts.h): makes its file tree, network address and namespaces,
// runs its OpenSSH server and collects what others leave behind. Killing it is a power cut of the host.
//
// Errors: AgentError before the host runs; afterwards the host just ends.
#pragma once

#include <string>
#include <vector>

namespace assay::agent {

struct LocalInit {
  std::string name;                    // "n1"
  std::string network;                 // path of the network namespace's file, e.g. /run/netns/assay-local-n1
  std::string interface;               // the veth's end in it
  std::vector<std::string> addresses;  // "10.77.0.11" in a /24, "fd55:a55a:77::11" in a /64, or both
  std::string tree;                    // folder on a file system of the instance's own: upper, work, root
  std::string data;                    // folder that the host sees as /var/lib/assay
  std::string pid_file;                // gets "<pid>\n"
  std::vector<std::string> peers;      // "10.77.0.11 n1", for /etc/hosts
};

// Returns in the caller once the host's SSH server was started; the host goes on by itself.
void start_local_host(const LocalInit& options);

}  // namespace assay::agent
