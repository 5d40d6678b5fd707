// The agent's end of a layer under a node's data (serve_layer.h): starts its process, which is written down before anything is
// mounted, and tells it what to do.
//
// Thread safety: one thread, always the same. Errors: AgentError. Ownership: the journal must outlive it. The destructor ends the
// process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "harness/cluster/agent/layer/serve_layer.h"
#include "harness/cluster/agent/system.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class FileLayer {
 public:
  // Called with the process and its start before it mounts.
  using Note = std::function<void(pid_t, std::uint64_t start_ticks)>;
  // `program`: assay-agent, /proc/self/exe in the agent itself. `log`: where the process writes what goes wrong.
  FileLayer(std::string program, LayerOptions options, std::string log, Note note);
  ~FileLayer();
  FileLayer(const FileLayer&) = delete;
  FileLayer& operator=(const FileLayer&) = delete;

  bool is_up() const { return process_ != 0; }
  // Does nothing when it is up.
  void up();
  // Unmounted, and its process gone. Requires: nobody uses the data. Does nothing when it is down.
  void down();
  cluster::Message ask(const cluster::Message& request);
  pid_t process() const { return process_; }

 private:
  std::string program_;
  LayerOptions options_;
  std::string log_;
  Note note_;
  pid_t process_ = 0;
  Descriptor conversation_;
};

}  // namespace assay::agent
