// What this agent did to its host, written down before it takes effect, so that a guardian, a later agent or
// `assay cluster heal` can undo it after any crash. A text file of lines; it dies with the host's boot, since
// what it lists does too.
//
// Thread safety: add() from any thread (one write each); undo_everything() by one process at a time, which the
// agent's lock file ensures. Errors: AgentError when the file can't be written (a full disk): then the fault
// is not brought into force.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::agent {

class Journal {
 public:
  // `home`: the host's data folder.
  explicit Journal(std::string home);

  void add_process(const std::string& name, pid_t pid, std::uint64_t start_ticks);
  void add_network();
  void add_packets();
  // What iptables makes for chains of ours (iptables.h).
  void add_frame(const std::string& frame);
  void add_connections();
  // `made`: the host had no resolv.conf of its own.
  void add_resolver(bool made);
  void add_clock_file(const std::string& path);
  // The host's own clock: `wall_minus_monotonic` is what to go back to.
  void add_wall_clock(std::int64_t wall_minus_monotonic);
  void add_mount(const std::string& mount_point);
  // Of disks in trouble (disk_trouble.h).
  // A layer under the data (layer/serve_layer.h).
  void add_layer(const std::string& mount_point);
  void add_frozen(const std::string& mount_point);
  void add_device(const std::string& device);
  void add_throttle(const std::string& folder, const std::string& device);
  void add_filler(const std::string& path);
  void add_folder(const std::string& path);
  void add_group(const std::string& folder);

  // Takes away the frames that were written down, once nothing is in them. What this agent did not make is not among them. False
  // when one had to stay.
  bool undo_frames() const;

  // Lets go what can't even be killed, ends processes, heals the network, puts the resolver back, resets clocks, takes frames away,
  // unmounts; then forgets what was undone. One line for each thing that was there to undo. Never throws; what could not be undone
  // stays in the file and is reported with the word "failed" first.
  std::vector<std::string> undo_everything();

 private:
  void add(const std::string& line);

  std::string home_;
  std::string path_;
};

}  // namespace assay::agent
