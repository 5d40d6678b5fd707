// One line on a terminal while a check takes longer than a second: what is being checked, and for how long. Nothing
// elsewhere: a log needs no such line.
//
// Thread safety: used by one thread; it has a thread of its own that draws.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "harness/core/time.h"

namespace assay::cli {

class CheckProgress {
 public:
  // `what`: "linearizable on history.jsonl". `limit`: the time budget. Draws only when `shown`.
  CheckProgress(std::string what, Nanos limit, bool shown);
  // Wipes the line.
  ~CheckProgress();
  CheckProgress(const CheckProgress&) = delete;
  CheckProgress& operator=(const CheckProgress&) = delete;

 private:
  void draw(const std::string& what, Nanos limit);

  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace assay::cli
