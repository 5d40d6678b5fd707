// The configuration of one refdb node: a JSON file with comments. Example, with every default:
//
//   {
//     "node": "n1",                       // one of the peers
//     "cluster": "demo",                  // all nodes of a cluster have the same; a text or a positive number
//     "mode": "raft",
//     "listen": "10.0.0.1:7000",          // default: the own address among the peers
//     "http": "10.0.0.1:7100",            // status and metrics; without it there is none
//     "peers": [{"name": "n1", "address": "10.0.0.1:7000"}],   // the same order on every node; an
//                                         // address may be a name, n1.example:7000, which is looked up for each connection
//     "data": "/var/lib/refdb",
//     "fsync": true,
//     "options": {"reads": "lease"},      // of the mode: texts, whole numbers, true or false; default: none
//     "bugs": [],                         // seeded bugs, by name
//     "heartbeat_ms": 50, "election_ms": [300, 600], "clock_drift_ppm": 50000,
//     "log_entries_kept": 5000, "client_queue": 4096, "connections": 4096,
//     "format_level": 1,                  // which formats the node speaks; 2: the newer ones, too
//     "seed": 7                           // of randomized timeouts; without it they differ at every start
//   }
//
// Thread safety: pure, but for read_server_config(). Errors: InputError with one sentence that names the file and the
// line (syntax) or the field (content), and what was expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/net/address.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

struct ServerConfig {
  struct Peer {
    std::string name;
    Address address;
  };

  std::string file;  // for messages
  std::string node;
  std::string cluster;
  std::string mode = "raft";
  Address listen;
  std::optional<Address> http;
  std::vector<Peer> peers;
  std::string data;
  bool fsync = true;
  std::size_t connections_max = 4'096;
  std::optional<std::uint64_t> seed;
  Facts options;          // of the mode, as they were given
  ReplicaConfig replica;  // all of it but the seed and the options is filled in

  // What the data folder is marked with.
  std::string identity() const { return node + " of cluster " + cluster + " in mode " + mode; }
};

ServerConfig parse_server_config(std::string_view text, std::string_view file);
ServerConfig read_server_config(const std::string& file);

// The number by which nodes and clients know a cluster: the number itself when the name is one, else a hash; never 0.
std::uint64_t cluster_id_of(std::string_view cluster);

}  // namespace assay::refdb
