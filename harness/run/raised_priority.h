// A higher priority for the calling thread while a run is measured, where the system allows it (root, CAP_SYS_NICE or
// RLIMIT_NICE). What a client waits for a processor counts as latency of the database, and where the database runs on
// the same machine every request wakes a server that would take the processor from the one thread which serves all
// clients. Threads and programs that are started meanwhile inherit it; those that were there before keep their own.
//
// Thread safety: made and destroyed by one thread. Errors: none; where it isn't allowed nothing changes.
#pragma once

namespace assay {

// What `nice` calls it: from -20 (first) to 19, usually 0.
inline constexpr int kMeasuringNice = -10;

class RaisedPriority {
 public:
  RaisedPriority();
  ~RaisedPriority();  // as it was before
  RaisedPriority(const RaisedPriority&) = delete;
  RaisedPriority& operator=(const RaisedPriority&) = delete;

  // The thread's now.
  int nice() const { return now_; }

 private:
  int before_ = 0;
  int now_ = 0;
};

}  // namespace assay
