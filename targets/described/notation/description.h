// What a file says about a database: how its nodes are installed, configured and started on hosts, and which program is
// their client. docs/adding-a-store.md describes the file for those who write one.
//
//   const Description description = read_description("examples/memcached/target.json");
//
// Texts of a description may name what differs from node to node in braces: see template.h. Parts of it may hold for some nodes,
// modes and values of options only: see Condition.
//
// Thread safety: plain data and functions. Errors: InputError, one sentence with file and field (or line, for what is no JSON).
#pragma once

#include <csignal>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/time.h"

namespace assay::described {

// When a part of the description holds: on these nodes, and where each of the named options (or "mode") has one of the values.
struct Condition {
  enum class Nodes : std::uint8_t { every, first, others };
  Nodes nodes = Nodes::every;
  std::map<std::string, std::vector<std::string>> values;

  // `names` are those of the node (template.h); `number` counts nodes from 0.
  bool holds(std::size_t number, const std::map<std::string, std::string>& names) const;
};

struct UploadedFile {
  std::string from;  // here; relative to the description
  std::string to;    // on the host, below its folder
  bool executable = false;
};

struct Configuration {
  std::string to;    // on the host, below its folder
  std::string text;  // a template
  Condition when;
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
  std::vector<std::string> choices;           // empty: any text
  std::map<std::string, std::string> claims;  // what the database claims under a choice, when that differs
};

// One way to run the database.
struct DescribedMode {
  std::string name;
  std::string about;
  std::string claims;
  std::int64_t nodes_least = 1;
  std::int64_t nodes_most = 1000;
  std::vector<DescribedOption> options;  // beside those of every mode
  std::vector<std::string> trouble;
};

// A word of a command, or several, which may be there or not.
struct Word {
  std::string text;  // a template
  Condition when;
};

// A program that runs beside the node's own.
struct Beside {
  std::string name;  // of its log
  std::vector<Word> start;
  Condition when;
};

// A shell command on a host.
struct HostStep {
  std::string run;      // a template
  std::string unless;   // a template; not empty: the step is left out where this command ends with 0
  bool repeat = false;  // until it ends with 0
  Nanos within = 30 * kSecond;
  Condition when;
};

// What an operator asks and orders: shell commands on hosts, templates, which may also name {member}, {member_address} and
// {member_name}, the node that an order is about. Empty: the database has no such thing.
struct Membership {
  Condition when;  // of modes and options
  std::string
      view;  // on a node's own host: prints "member NAME" for each, "leader NAME", "term NUMBER"; ends with 0 if it answers
  std::string remove;  // on the host of a node that answers, the leader if there is one
  std::string add;     // the same
  std::string
      join;  // on the new member's host while it does not run, after `add`, whose output is its standard input
  std::string enter;            // the same when it was started, until it ends with 0
  std::string transfer;         // on the host of the leader
  Nanos within = 10 * kSecond;  // an order is repeated until it ends with 0, for so long
};

// How a cluster is founded again that can't do it by itself: shell commands, templates. Empty: it never has to be.
struct Refounding {
  std::string lost;  // on each host: ends with 0 while its node belongs to no cluster that serves
  std::string
      position;  // on each host, while no node runs: prints a number, how much the node has; fails when it has nothing
  std::string found;          // on the host of the node that has most, before it is started
  std::string follow;         // the same on the others; may be empty
  Nanos after = 8 * kSecond;  // so long all of them must have been lost
};

// Faults that would test nothing, or the harness: the database keeps nothing on disks, or reads no clock that could be moved.
struct Unsuited {
  std::vector<std::string> faults;  // as after --nemesis; their variants, too: "kill-power", "disk"
  std::string because;
  Condition when;  // of modes and options
};

// What an answer of a client program means that has no outcome of its own.
struct DefiniteError {
  std::string begins;   // the error begins so
  std::string because;  // why nothing happened then
};

struct Description {
  std::string path;  // of the file, for messages and as the base of relative paths
  std::string name;
  std::string about;
  std::string claims = "nothing";
  std::int64_t nodes_least = 1;
  std::int64_t nodes_most = 1000;
  std::vector<std::string> trouble;   // what is known to go wrong, a sentence each
  std::vector<DescribedMode> modes;   // empty: there is one way to run it
  std::vector<std::string> packages;  // of Debian; installed where they are missing
  std::vector<UploadedFile> files;
  std::vector<Configuration> configurations;
  std::vector<JoinedList> lists;
  std::vector<DescribedOption> options;  // of every mode
  std::vector<HostStep> prepare;         // before each start of a node, on its host
  std::vector<Word> start;               // the program and its arguments
  std::vector<Beside> beside;
  bool first_alone = false;           // the first node is started and ready before the others are prepared
  std::vector<HostStep> after_start;  // once, when all nodes are ready
  std::string user;                   // that they run as; empty: the agent's
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> more_logs;
  std::uint16_t port = 0;  // accepts connections once a node can be talked to
  std::string ready;       // a shell command on the host that ends with 0 then; empty: the port says it
  Nanos ready_within = 15 * kSecond;
  int stop_signal = SIGTERM;  // ends it in good order
  std::string stop;           // does so instead, a shell command on the host; empty: the signal
  std::string version;        // a shell command on the host that prints it; empty: nobody knows
  std::string primary;  // a shell command on the host that ends with 0 on the primary; empty: there is none
  std::vector<std::pair<std::string, std::string>>
      roles;                            // a shell command for each that ends with 0 where it is played
  std::vector<Membership> memberships;  // the first one that holds counts
  Refounding refounding;
  std::vector<Unsuited> unsuited;
  std::vector<DefiniteError> errors;
  std::vector<std::string> client;  // templates: the program that speaks docs/protocol.md, and its arguments
  bool built_in_client = false;     // the client is a part of Assay, and `client` is empty
};

Description read_description(const std::string& path);
Description parse_description(std::string_view text, const std::string& path);

// A path that the description names, as this machine finds it: relative to the description's folder.
std::string beside(const Description& description, const std::string& path);

}  // namespace assay::described
