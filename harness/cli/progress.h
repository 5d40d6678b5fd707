// What a person sees while a run goes on: one line that is redrawn on a terminal, a plain line every five seconds
// elsewhere. Always on standard error.
#pragma once

#include "harness/run/loop.h"

namespace assay::cli {

class ProgressLine {
 public:
  ProgressLine();
  // Clears a redrawn line.
  ~ProgressLine();
  void show(const Progress& progress);

 private:
  bool terminal_;
  bool shown_ = false;
  Nanos last_ = 0;
};

}  // namespace assay::cli
