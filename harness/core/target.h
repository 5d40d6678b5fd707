// A kind of database under test, as it was deployed for one run, and the handles by which faults reach it. A
// handle that is null means that this target can't be hurt that way; faults that need it are refused before
// anything starts.
//
// Thread safety: connect() and world() on the loop's thread; the handles, leader() and collect_logs() from
// one thread at a time (in the real world: the fault thread, because they block). Errors: methods throw
// HarnessError when the infrastructure fails (SSH lost); they never guess.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/administration.h"
#include "harness/core/client.h"
#include "harness/core/fact.h"
#include "harness/core/observations.h"
#include "harness/core/operation.h"
#include "harness/core/packets.h"
#include "harness/core/time.h"
#include "harness/core/world.h"

namespace assay {

class FileDisks;
class MessageTracing;

// Stands for all clients in a Link: {kClients, 2} is the way from clients to the third node.
inline constexpr NodeId kClients = -2;

// A directed path between two nodes, or between clients and a node.
struct Link {
  NodeId from = 0;
  NodeId to = 0;
  friend auto operator<=>(const Link&, const Link&) = default;
};

// Did it work, and how do we know.
struct Evidence {
  bool proved = false;
  Facts facts;
};

// A cut that comes and goes, in times since its script began.
struct TimedCut {
  Link link;
  Nanos begin = 0;
  Nanos end = 0;
};

// The network between nodes, and between clients and nodes.
class Network {
 public:
  virtual ~Network() = default;
  // Drops everything on these links from now on, in addition to what is cut already.
  virtual void cut(std::span<const Link> links) = 0;
  // Cuts links and lets them go again as the script says, which begins anew every `period`, until heal(). Replaces a script.
  // Requires: period longer than every `end`, by which every link is open again; at most one cut a link at a time.
  virtual void play(std::span<const TimedCut> script, Nanos period) = 0;
  // How many times the script cut a link and let one go since it began.
  virtual std::int64_t played() = 0;
  // Undoes every cut and ends the script. Idempotent.
  virtual void heal() = 0;
  // Sends a probe over each link. proved: every probe behaved as wanted (arrived if `expect_open`, else was
  // lost).
  virtual Evidence probe(std::span<const Link> links, bool expect_open) = 0;
};

struct ShapedLink {
  Link link;
  PacketQuality quality;
};

// How links are probed: so many packets a link, so far apart, of so many bytes (with all headers).
struct ProbePlan {
  int count = 50;
  Nanos interval = 2 * kMillisecond;
  std::int64_t size_bytes = 100;
  Nanos patience = 300 * kMillisecond;  // with packets that are still to come, after the last one was sent
};

// What probes over one link showed.
struct LinkMeasure {
  Link link;
  std::int64_t sent = 0;
  std::int64_t arrived = 0;     // different ones
  std::int64_t duplicates = 0;  // beyond the first of each
  std::int64_t overtaken = 0;   // came after one that was sent later
  // From one end's clock to the other's: on real hosts only differences between two measurements mean anything.
  Nanos delay_median = 0;
  std::int64_t rate = 0;  // bits per second from the first arrival to the last; 0: fewer than two arrived
};

// What happens to packets between nodes on their way.
class Packets {
 public:
  virtual ~Packets() = default;
  // Makes these links as bad as said from now on, instead of what they were made before.
  virtual void shape(std::span<const ShapedLink> links) = 0;
  // Undoes shape() on every link. Idempotent.
  virtual void restore() = 0;
  // By the order of `links`.
  virtual std::vector<LinkMeasure> measure(std::span<const Link> links, const ProbePlan& plan) = 0;
  // "netem", "nfqueue", "simulated": named in the evidence.
  virtual std::string mechanism() const = 0;
};

// Established connections over links: those that begin at either end.
class Connections {
 public:
  virtual ~Connections() = default;
  // Both ends learn that their connections are gone. At once, and again every `period` until heal() unless that is 0.
  virtual void reset(std::span<const Link> links, Nanos period) = 0;
  // Half-open: `from` of each link forgets its connections without a word; `to` goes on believing in them and hears nothing.
  virtual void forget(std::span<const Link> links) = 0;
  // Why close_slowly() can't be done here; nothing when it can.
  virtual std::optional<std::string> lack_of_slow_close() { return "its connections can't be closed slowly"; }
  // `from` of each link closes its connections as programs do. That they end, then or later, `to` does not learn before heal():
  // what would tell it (FIN, RST) stays under way.
  virtual void close_slowly(std::span<const Link> links) { static_cast<void>(links); }
  // Ends what goes on; connections that were ended stay ended. Idempotent.
  virtual void heal() = 0;
  // How many connections were ended, forgotten or closed since the last heal().
  virtual std::int64_t ended() = 0;
  // What became of close_slowly() since the last heal().
  struct Lingering {
    std::int64_t withheld = 0;  // packets that would have told of an end
    std::int64_t closing = 0;   // connections that one end has closed and the other has not, now
  };
  virtual Lingering lingering() { return {}; }
  virtual std::string mechanism() const = 0;
};

// What looking a node's name up comes to.
enum class NameTrouble : std::uint8_t {
  missing,  // there is no such name
  silent,   // no answer
  wrong,    // another node's address
  nowhere,  // an address where nobody is
};

// At `from` of the link, looking up the name of `to`.
struct TroubledName {
  Link link;
  NameTrouble trouble = NameTrouble::missing;
  NodeId instead = 0;  // whose address it is, when it is wrong
};

// The names by which nodes find one another. They are looked up when a connection is made; those that are there stay.
class Names {
 public:
  virtual ~Names() = default;
  // Adds to what is in trouble already; what was said of the same link before is replaced.
  virtual void trouble(std::span<const TroubledName> names) = 0;
  // Every name is right again. Idempotent.
  virtual void heal() = 0;
  // Looks names up as the database does. proved: each came to what it is said to be in.
  virtual Evidence look_up_troubled(std::span<const TroubledName> names) = 0;
  // proved: `from` of each link found the address of `to`.
  virtual Evidence look_up(std::span<const Link> links) = 0;
  // How many questions were answered wrongly, or not at all, since the last heal(); those of look_up_troubled() too.
  virtual std::int64_t misled() = 0;
  virtual std::string mechanism() const = 0;
};

// What can be done to a process where the machine has the means.
enum class ProcessMeans : std::uint8_t {
  terminate,     // ask it to end
  freeze,        // stop it without a signal
  crash_loop,    // let it die again and again
  limit_cpu,     // percent of one processor
  limit_memory,  // bytes
  limit_files,   // file descriptors beyond those that it has open
  limit_tasks,   // processes and threads beyond those that there are
};

class Processes {
 public:
  enum class State : std::uint8_t { running, paused, dead };
  virtual ~Processes() = default;
  // SIGKILL, and waits until it is gone.
  virtual void kill(NodeId node) = 0;
  // Starts a dead node again on its data. Does nothing to one that runs. Does not wait until it serves.
  virtual void start(NodeId node) = 0;
  virtual void pause(NodeId node) = 0;
  virtual void resume(NodeId node) = 0;
  virtual State state(NodeId node) = 0;
  // Changes with every start; 0 when dead. A restart is proved by a changed incarnation.
  virtual std::int64_t incarnation(NodeId node) = 0;

  // SIGKILL to all of them in one moment, as far as there is one.
  virtual void kill_together(std::span<const NodeId> nodes) {
    for (const NodeId node : nodes) kill(node);
  }

  // Why these processes can't be hurt so; nothing when they can. What follows is called for what is not lacking only.
  virtual std::optional<std::string> lack(ProcessMeans means) {
    return static_cast<void>(means), "its processes offer no such means";
  }
  // SIGTERM, and SIGKILL when it is still there after `patience`. Whether it ended by itself.
  virtual bool terminate(NodeId node, Nanos patience) {
    return static_cast<void>(patience), kill(node), false;
  }
  // As pause() and resume(), but by the kernel's freezer, of which the process learns nothing.
  virtual void freeze(NodeId node) { pause(node); }
  virtual void thaw(NodeId node) { resume(node); }
  // Kills it every `period` and starts it again at once, until the next start() or kill().
  virtual void crash_loop(NodeId node, Nanos period) { static_cast<void>(node), static_cast<void>(period); }
  // How often since crash_loop().
  virtual std::int64_t crashes(NodeId node) { return static_cast<void>(node), 0; }
  // The process, and what is started in its place, has no more than `amount` of it (see ProcessMeans) until unlimit().
  virtual void limit(NodeId node, ProcessMeans means, std::int64_t amount) {
    static_cast<void>(node), static_cast<void>(means), static_cast<void>(amount);
  }
  virtual void unlimit(NodeId node) { static_cast<void>(node); }
  // Measures what the process has. proved: no more than `amount`.
  virtual Evidence measure_limit(NodeId node, ProcessMeans means, std::int64_t amount) {
    return static_cast<void>(node), static_cast<void>(means), static_cast<void>(amount), Evidence();
  }
};

// The clock that a node's process reads as wall time. Monotonic time is never touched on real hosts.
class Clocks {
 public:
  virtual ~Clocks() = default;
  // Moves the node's wall clock to the given offset from the true time.
  virtual void set_offset(NodeId node, Nanos offset) = 0;
  // Reads the offset back from the node's point of view (not from what was asked).
  virtual Nanos measure_offset(NodeId node) = 0;
  // Jumps back and forth by `delta` every `period` until the next set_offset() (jepsen's strobe).
  virtual void strobe(NodeId node, Nanos delta, Nanos period) = 0;
  // "clock_settime", "vdso", "simulated": named in the evidence.
  virtual std::string mechanism() const = 0;
  // How exact measure_offset() is.
  virtual Nanos precision() const = 0;

  // Whether set_rate(), measure_rate() and leap() do what they say.
  virtual bool can_run_wrong() const { return false; }
  // From now on the wall clock gains `ppm` millionths of the time that passes (-1,000,000: it stands still), until the next
  // set_offset().
  virtual void set_rate(NodeId node, std::int64_t ppm) { static_cast<void>(node), static_cast<void>(ppm); }
  // What it gains, measured over some tenths of a second.
  virtual std::int64_t measure_rate(NodeId node) { return static_cast<void>(node), 0; }
  // Steps by `delta` at the moment when it shows its next full second. Waits for that where time does not wait.
  virtual void leap(NodeId node, Nanos delta) { static_cast<void>(node), static_cast<void>(delta); }
};

// What may be wrong with a disk for a while.
enum class DiskTrouble : std::uint8_t {
  full,    // nothing more fits
  errors,  // reading and writing fail
  lost_sync,  // writing fails for a moment: one fsync says so, what it should have kept is forgotten, the next succeeds
  slow,       // every write takes `delay` at least
  stuck,      // nothing that is written comes back before it is relieved
  read_only,  // nothing can be written
};

struct DiskFault {
  DiskTrouble trouble = DiskTrouble::full;
  Nanos delay = 0;
};

// What happened to one file while its node was down.
struct FileDamage {
  enum class Kind : std::uint8_t {
    flip,       // one bit is another
    truncate,   // its end is gone
    misdirect,  // a block was written over another one
    stale,      // a block is as it was some time before
  };
  enum class Place : std::uint8_t { log, data, snapshot };
  Kind kind = Kind::flip;
  Place place = Place::log;
  std::uint64_t draw = 0;  // decides which file, and where in it
};

class Disks {
 public:
  virtual ~Disks() = default;
  // Whether power_loss() can be had: a plain folder keeps what was not fsynced.
  virtual bool can_lose_power() const { return true; }
  // Power failure: the process dies and every write that was not fsynced is lost. Evidence: what was lost,
  // e.g. an un-synced marker that is gone and a synced one that is still there. Requires: can_lose_power().
  virtual Evidence power_loss(NodeId node) = 0;
  // The process dies and all data of the node is gone, as when a machine is replaced by a new one of the same name. Evidence:
  // that nothing is left.
  virtual Evidence wipe(NodeId node) = 0;

  // As power_loss(), but of what was being written a part is on the disk, cut anywhere. Evidence: where it was cut.
  virtual bool can_tear() const { return false; }
  virtual Evidence torn_power_loss(NodeId node) { return power_loss(node); }

  // Why these disks can't be in that trouble; nothing when they can. What follows is called for what is not lacking only.
  virtual std::optional<std::string> lack(DiskTrouble wanted) {
    return static_cast<void>(wanted), "its disks can't be brought into trouble";
  }
  // Lasts until relieve(). A process that meets it may end.
  virtual void trouble(NodeId node, const DiskFault& fault) {
    static_cast<void>(node), static_cast<void>(fault);
  }
  // Writes, syncs and reads something beside the data. proved: that went as `fault` makes it go, or, unless
  // `in_force`, as if there was none.
  virtual Evidence try_out(NodeId node, const DiskFault& fault, bool in_force) {
    return static_cast<void>(node), static_cast<void>(fault), static_cast<void>(in_force), Evidence();
  }
  // Undoes trouble(). The process is ended first where the file system must be mounted anew. Idempotent.
  virtual void relieve(NodeId node) { static_cast<void>(node); }

  virtual std::optional<std::string> lack(const FileDamage& wanted) {
    return static_cast<void>(wanted), "its files can't be damaged";
  }
  // Ends the process, keeps a copy of its data, and damages a file. proved: the file is not what it was. Without facts: there is
  // no such file, and nothing was done but to end the process.
  virtual Evidence damage(NodeId node, const FileDamage& wanted) {
    return static_cast<void>(node), static_cast<void>(wanted), Evidence();
  }
  // The data is what it was before damage(). Requires: the process is dead. Idempotent.
  virtual void repair(NodeId node) { static_cast<void>(node); }

  // Trouble with chosen files while the database uses them (core/file_faults.h).
  virtual FileDisks* files() { return nullptr; }
};

// What the nemesis lays down while a fault chooses what to hurt, and what the fault was told then (core/fault.h keeps to it).
struct ChoiceTerms {
  std::size_t hurt_max = std::numeric_limits<std::size_t>::max();  // so many nodes may be hurt at once
  std::vector<NodeId> hurt;                                        // by other faults now; sorted
  bool again = false;  // questions are answered as they were in `told`, where it has an answer
  Facts told;          // "leader", "role:NAME", and the nodes' names
};

struct TargetDescription {
  std::string target;  // "refdb"
  std::string mode;    // "raft"
  std::string version;
  std::string claimed_consistency;  // "linearizable"
  std::string cluster;              // "sim", "local", path of the hosts file
  std::vector<std::string> bugs;    // seeded bugs in force
  Facts options;
};

class Target {
 public:
  virtual ~Target() = default;
  virtual World& world() = 0;
  virtual const std::vector<std::string>& node_names() const = 0;
  virtual TargetDescription describe() const = 0;

  // Deploys, starts every node, and returns when the cluster serves. Blocks. Throws HarnessError naming the
  // node.
  virtual void start() = 0;
  // Ends every process that start() started. Idempotent.
  virtual void stop() = 0;
  // Copies logs, configuration and version of each node into directory/<node>/.
  virtual void collect_logs(const std::string& directory) = 0;

  virtual std::unique_ptr<Client> connect(NodeId node, ProcessId process) = 0;

  // The node that acts as leader or primary now, when there is one and it can be found.
  virtual std::optional<NodeId> leader() { return std::nullopt; }

  // The nodes that say of themselves that they play this role now ("sync-follower").
  virtual std::vector<NodeId> nodes_in_role(const std::string& role) {
    return static_cast<void>(role), std::vector<NodeId>{};
  }

  // What the database counted since start(), summed over the nodes that can be asked, in a fixed order. Not after stop().
  virtual Facts counters() { return {}; }

  // How many lines with this text the nodes' logs have by now; nothing when they can't be read while the run goes on (then at
  // any time, also before start()).
  virtual std::optional<std::int64_t> log_lines_with(const std::string& text) {
    return static_cast<void>(text), std::nullopt;
  }

  // Asks the nodes how far replication is, for replication(); `at` is what the run's clock shows. Called by the loop a few times a
  // second. Returns at once: where asking takes a while, it goes on beside the loop.
  virtual void observe(Nanos at) { static_cast<void>(at); }
  // What was seen, in order of time. Called once, before stop().
  virtual std::vector<ReplicationSample> replication() { return {}; }

  // The end of the log of a node whose process is gone, on one line; empty when it can't be told.
  virtual std::string last_words(NodeId node) { return static_cast<void>(node), std::string(); }

  // What each node used. `now` is what the run's clock shows, which the samples' times are on. Called once, before stop(). Empty
  // where there is nothing to measure: a simulated machine has no processor of its own.
  virtual std::vector<NodeResources> resources(Nanos now) {
    return static_cast<void>(now), std::vector<NodeResources>{};
  }

  // Groups of nodes that share a datacenter; nothing where there is only one.
  virtual std::vector<std::vector<NodeId>> datacenters() const { return {}; }

  virtual Network* network() { return nullptr; }
  virtual Packets* packets() { return nullptr; }
  virtual Connections* connections() { return nullptr; }
  virtual Names* names() { return nullptr; }
  virtual Processes* processes() { return nullptr; }
  virtual Clocks* clocks() { return nullptr; }
  virtual Disks* disks() { return nullptr; }
  virtual Administration* administration() { return nullptr; }
  // Messages between nodes, where they can be recorded (core/message_trace.h).
  virtual MessageTracing* messages() { return nullptr; }

  // Null while no fault chooses.
  ChoiceTerms* choice_terms() const { return choice_terms_; }
  void set_choice_terms(ChoiceTerms* terms) { choice_terms_ = terms; }

 private:
  ChoiceTerms* choice_terms_ = nullptr;
};

}  // namespace assay
