// What a file says about a database: how its nodes are installed, configured and started on hosts, and which program is
// their client. docs/adding-a-store.md describes the file for those who write one.
//
//   const Description description = read_description("examples/memcached/target.json");
//
// Texts of a description may name what differs from node to node in braces: see template.h.
//
// Thread safety: plain data and functions. Errors: InputError, one sentence with file and field (or line, for what is no JSON).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/time.h"

namespace assay::described {

struct UploadedFile {
  std::string from;  // here; relative to the description
  std::string to;    // on the host, below its folder
  bool executable = false;
};

struct Configuration {
  std::string to;    // on the host, below its folder
  std::string text;  // a template
};

// A text made of one part for each node: "n1=http://10.0.0.1:2380,n2=...".
struct JoinedList {
  std::string name;
  std::string each;  // a template
  std::string between;
  bool others = false;  // leave out the node that it is made for
};

struct DescribedOption {
  std::string name;
  std::string usual;
  std::string about;
  std::vector<std::string> choices;  // empty: any text
};

struct Description {
  std::string path;  // of the file, for messages and as the base of relative paths
  std::string name;
  std::string about;
  std::string claims = "nothing";
  std::int64_t nodes_least = 1;
  std::int64_t nodes_most = 1000;
  std::vector<std::string> packages;  // of Debian; installed where they are missing
  std::vector<UploadedFile> files;
  std::vector<Configuration> configurations;
  std::vector<JoinedList> lists;
  std::vector<DescribedOption> options;
  std::vector<std::string> start;  // templates: the program and its arguments
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> more_logs;
  std::uint16_t port = 0;  // accepts connections once a node can be talked to
  Nanos ready_within = 15 * kSecond;
  std::string version;  // a shell command on the host that prints it; empty: nobody knows
  std::string primary;  // a shell command on the host that ends with 0 on the primary; empty: there is none
  std::vector<std::string> client;  // templates: the program that speaks docs/protocol.md, and its arguments
};

Description read_description(const std::string& path);
Description parse_description(std::string_view text, const std::string& path);

// A path that the description names, as this machine finds it: relative to the description's folder.
std::string beside(const Description& description, const std::string& path);

}  // namespace assay::described
