// The process that serves a node's data through FUSE (file_system.h): `assay-agent file-layer`. It talks with the agent that started
// it over descriptor 3, a line each way: mount, fault, counters, take-back, end (message.h). When that connection ends, because the
// agent said so or is gone, it unmounts and ends, and what waits in it is let go: the kernel aborts every call when the process is
// gone.
//
// Thread safety: one call in a process' life. Errors: AgentError before anything is mounted; later ones are answers.
#pragma once

#include <sys/types.h>

#include <string>

namespace assay::agent {

struct LayerOptions {
  std::string source;  // what is served, and where it is mounted, over itself
  std::string aside;   // a folder on the same file system
  bool loses_power = false;
};
int serve_layer(const LayerOptions& options);

}  // namespace assay::agent
