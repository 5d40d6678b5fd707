// What was seen of the nodes while a run went on, beside what clients saw: what they used, what their clocks showed, and how far
// replication was. Whoever watches keeps a bounded number of samples, evenly spread over the run (Observations).
//
// Thread safety: plain values. Units: nanoseconds, bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "harness/core/operation.h"
#include "harness/core/time.h"

namespace assay {

// What the database's processes on one host used, and what their clock showed, at one moment: rates over the time since the
// sample before.
struct NodeSample {
  Nanos at = 0;
  double cpu_percent = 0;                  // of one processor, by all processes of the database
  double memory_bytes = 0;                 // resident
  double disk_read = 0, disk_written = 0;  // bytes a second that went to a device
  double network_received = 0,
         network_sent = 0;  // bytes a second, of all interfaces of the host but the loopback
  double clock_offset =
      0;  // nanoseconds from the wall clock of the harness's machine to the one that the database reads
};

struct NodeResources {
  NodeId node = kNoNode;
  Nanos clock_precision = 0;  // how exact the offsets are
  NodeSample mean,
      worst;  // of the main phase; `at` means nothing, each field of `worst` is its own, by magnitude
  std::vector<NodeSample> samples;
};

// How far each node said it was with what there is to replicate, at one moment. Asking takes a while: positions of a database at
// work differ by what it did meanwhile.
struct ReplicationSample {
  Nanos at = 0;
  // By node: how many operations of the common log it has applied; negative when it did not answer, or has no such number.
  std::vector<std::int64_t> positions;
  // What waits to be handed over, at all nodes together (hints of a leaderless database); nothing where no such thing is.
  std::optional<std::int64_t> pending;
};

inline constexpr std::size_t kObservationsMax = 2048;

// Appends; when there are too many, drops every other one, and takes from then on only every second, fourth ... of what is offered.
template <class Sample>
class Observations {
 public:
  void add(Sample sample) {
    if (offered_++ % stride_ != 0) return;
    samples_.push_back(std::move(sample));
    if (samples_.size() < kObservationsMax) return;
    for (std::size_t i = 0; 2 * i < samples_.size(); ++i) samples_[i] = std::move(samples_[2 * i]);
    samples_.resize(samples_.size() / 2);
    stride_ *= 2;
  }
  const std::vector<Sample>& samples() const { return samples_; }

 private:
  std::vector<Sample> samples_;
  std::size_t offered_ = 0;
  std::size_t stride_ = 1;
};

}  // namespace assay
