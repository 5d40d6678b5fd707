// The history on disk, written while the run goes on: a crash of the harness loses at most what happened
// since the last flush (a quarter of a second), and at most one second of it if the machine dies too.
// Encoding happens on the caller's thread, writing on a thread of its own.
//
// Thread safety: one caller. Errors: a write that fails (disk full) is remembered; check error() or close().
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "harness/core/recorder.h"

namespace assay {

class Journal final : public Recorder {
 public:
  // Creates the file. Throws HarnessError when it can't.
  Journal(std::string path, std::unique_ptr<EventEncoder> encoder);
  ~Journal() override;

  void invoked(const Operation& operation) override;
  void completed(const Operation& operation, Nanos at) override;
  void fault(const FaultEvent& event) override;

  // One sentence about what went wrong with the file; empty when nothing did.
  std::string error() const;

  // Writes everything out and syncs it. Throws HarnessError when any of it could not be written.
  void close();

 private:
  void line_added();
  void write_loop();
  void write_out(const std::string& text);

  const std::string path_;
  const std::unique_ptr<EventEncoder> encoder_;
  int file_ = -1;
  std::uint64_t index_ = 0;
  std::string line_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable drained_;
  std::string pending_;
  std::string error_;
  bool closing_ = false;
  std::thread writer_;
};

}  // namespace assay
