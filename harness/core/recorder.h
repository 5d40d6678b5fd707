// Where the run loop reports what happens, as it happens: the history in memory, the journal on disk, the
// progress line.
#pragma once

#include "harness/core/history.h"

namespace assay {

class Recorder {
 public:
  virtual ~Recorder() = default;
  // The operation's outcome and completion are not known yet.
  virtual void invoked(const Operation& operation) = 0;
  // The whole operation. For outcome info: `at` is when it was given up (completed stays kNever).
  virtual void completed(const Operation& operation, Nanos at) = 0;
  virtual void fault(const FaultEvent& event) = 0;
};

// Turns events into lines of text. harness/formats has the JSON lines one.
class EventEncoder {
 public:
  virtual ~EventEncoder() = default;
  // Each appends one line, newline included. `index` counts lines from 0.
  virtual void invoked(const Operation& operation, std::uint64_t index, std::string& out) const = 0;
  virtual void completed(const Operation& operation, Nanos at, std::uint64_t index,
                         std::string& out) const = 0;
  virtual void fault(const FaultEvent& event, std::uint64_t index, std::string& out) const = 0;
};

}  // namespace assay
