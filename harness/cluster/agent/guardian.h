// The dead-man switch: a process of its own, in a session of its own, that outlives the agent and its SSH
// connection. When the agent has passed on no sign of life from the controller for some time, or ended
// without saying that all is undone, the guardian ends the agent, undoes everything in the journal, and ends.
//
// Thread safety: beat() and dismiss() from any thread.
#pragma once

#include <string>

namespace assay::agent {

class Guardian {
 public:
  // Forks. Requires: called before threads are started. `lock_descriptor`, the agent's lock, is kept open by
  // the guardian, so that the next agent waits until the guardian is done.
  Guardian(const std::string& home, int timeout_milliseconds, int lock_descriptor);
  // Without dismiss(), the guardian acts now.
  ~Guardian();
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;

  void beat();
  // All is undone: the guardian ends without acting.
  void dismiss();

 private:
  int pipe_ = -1;
};

}  // namespace assay::agent
