// refdb nodes as processes of their own, on ports of 127.0.0.1 and data in a temporary folder, for tests.
//
// Thread safety: none. Errors: HarnessError when a process can't be started.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/testing/temporary_folder.h"

namespace assay::refdb {

class ProcessCluster {
 public:
  // `extra`: more fields of the configuration, each preceded by a comma. Starts every node.
  explicit ProcessCluster(std::size_t size, std::string extra = "");
  // Kills what still runs.
  ~ProcessCluster();
  ProcessCluster(const ProcessCluster&) = delete;
  ProcessCluster& operator=(const ProcessCluster&) = delete;

  std::size_t size() const { return ports_.size(); }
  // `prefix`: shell words in front of the program, such as "ulimit -f 100; exec".
  void start(std::size_t node, const std::string& prefix = "exec");
  // Sends the signal and waits for the end; the exit code, or minus the signal that ended it.
  int end(std::size_t node, int signal);
  // Waits for the end.
  int wait(std::size_t node);
  // SIGSTOP and SIGCONT.
  void pause(std::size_t node);
  void resume(std::size_t node);
  bool runs(std::size_t node) const { return pids_[node] != 0; }

  std::vector<std::string> endpoints() const;
  std::uint16_t port(std::size_t node) const { return ports_[node]; }
  std::uint16_t http_port(std::size_t node) const { return http_ports_[node]; }
  std::string log(std::size_t node) const;
  std::string config_file(std::size_t node) const {
    return folder_.path("n" + std::to_string(node + 1) + ".json");
  }
  // A number of /status, -1 when the node doesn't answer.
  std::int64_t status(std::size_t node, const std::string& field) const;
  // Waits until a node that runs is leader, and returns it.
  std::size_t wait_for_leader() const;

 private:
  TemporaryFolder folder_;
  std::string extra_;
  std::vector<std::uint16_t> ports_;
  std::vector<std::uint16_t> http_ports_;
  std::vector<pid_t> pids_;
};

}  // namespace assay::refdb
