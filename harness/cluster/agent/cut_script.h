// Cuts that come and go on this host by a script: links that flap, a network that falls apart link by link.
//
// Thread safety: play() and stop() from one thread; a thread of its own carries the script out. Errors: what fails on that
// thread ends the script and is said by trouble().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/cluster/agent/network.h"

namespace assay::agent {

class CutScript {
 public:
  struct Step {
    std::int64_t at = 0;  // nanoseconds since the round began
    bool join = false;
    Cut cut;  // of one peer
  };

  CutScript() = default;
  ~CutScript() { stop(); }
  CutScript(const CutScript&) = delete;
  CutScript& operator=(const CutScript&) = delete;

  // Replaces a script. The steps of time 0 are done when this returns.
  void play(std::vector<Step> steps, std::int64_t period_nanos);
  // Returns when nothing more will be changed; what is cut stays so.
  void stop();
  // Cuts and joins done since play().
  std::int64_t played() const;
  std::string trouble() const;

 private:
  void run(std::int64_t begin);
  bool wait_until(std::int64_t time);
  void carry_out(const Step& step);

  std::vector<Step> steps_;  // by time
  std::int64_t period_ = 0;
  mutable std::mutex mutex_;  // what follows
  std::condition_variable changed_;
  bool ends_ = false;
  std::int64_t played_ = 0;
  std::string trouble_;
  std::thread thread_;
};

}  // namespace assay::agent
