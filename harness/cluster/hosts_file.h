// HOSTS.json: the machines of a cluster and how to reach them over SSH. JSON with // and /* */ comments:
//
//   {"hosts": [{"name": "n1", "address": "10.77.0.11", "port": 22, "user": "root",
//               "identity": "/home/me/.ssh/id_ed25519",  // or "agent": true
//               "known_hosts": "/home/me/.ssh/known_hosts", "sudo": false, "data": "/var/lib/assay"}]}
//
// An address may have its port with it: "[fd00::1]:2222", "db1.example.net:2222".
// "address" and one of "identity" and "agent" are required; the rest has the defaults below. A relative path
// is relative to the file. Keys themselves are never in it. Fields beside "hosts" may be any of a host's
// fields but name and address, and hold for every host that doesn't say otherwise.
// "machine", which `assay cluster up` writes for a user who isn't root, says in whose namespaces the hosts are (user_machine.h).
//
// Thread safety: plain values. Errors: InputError, one sentence with the file and the line or the field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::cluster {

struct Host {
  std::string name;          // "n1"; default: n and its number, counted from 1
  std::string address;       // IPv4, IPv6 or a host name, as the controller reaches it
  std::string node_address;  // IP address by which the nodes reach each other; default: address
  std::uint16_t port = 22;
  std::string user = "root";
  std::string identity;                 // path of the private key; empty: ssh-agent
  bool use_agent = false;               // "agent"
  std::string known_hosts;              // default: ~/.ssh/known_hosts
  bool sudo = false;                    // commands run as root through `sudo -n`
  std::string data = "/var/lib/assay";  // the only folder on the host that Assay writes to
  // The host has a clock of its own that may be set. Otherwise the clock is bent per process.
  bool own_clock = false;

  friend bool operator==(const Host&, const Host&) = default;
};

struct HostsFile {
  std::string path;  // for messages; empty when it was made in memory
  std::vector<Host> hosts;
  std::string machine =
      {};  // where the user's machine that they are in is noted; empty: they are reached from here
};

// Requires nothing: whatever is wrong becomes an InputError.
HostsFile read_hosts_file(const std::string& path);
// The same for a text; `path` is named in errors, and relative paths are relative to its folder.
HostsFile parse_hosts_file(std::string_view text, const std::string& path);

// Replaces the file at once (written beside it, then renamed). Throws HarnessError.
void write_hosts_file(const HostsFile& hosts, const std::string& path);

}  // namespace assay::cluster
