// The clocks of the simulated nodes. Each node's crystal runs fast or slow by a fixed number of parts per million,
// which bends both its monotonic and its wall clock; faults move the wall clock only. Monotonic clocks of different
// nodes start at different, large values, so code that compares them across nodes shows itself.
//
// All conversions are exact integer arithmetic: local = base + floor(elapsed * (10^6 + ppm) / 10^6), and a local
// deadline becomes the first virtual nanosecond at which the local clock has reached it, never earlier.
//
// Thread safety: none. Units: nanoseconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "harness/core/target.h"
#include "harness/sim/simulator.h"

namespace assay::sim {

struct ClockConfig {
  std::int64_t drift_ppm_max = 1'000;  // 0.1 %: each node draws its own in [-max, max]
};

// One drifting counter: pure arithmetic, for nodes and for tests.
class DriftingCounter {
 public:
  // Requires: -1000000 <= ppm <= 1000000; at the lower end it stands still.
  DriftingCounter(Nanos base, Nanos start, std::int64_t ppm);

  // What it shows at virtual time `now`. Requires: now >= start.
  Nanos read(Nanos now) const;
  // The first virtual time at which read() >= local. kNever stays kNever. Requires: it doesn't stand still.
  Nanos virtual_time(Nanos local) const;

 private:
  static constexpr std::int64_t kMillion = 1'000'000;
  Nanos base_;
  Nanos start_;
  std::int64_t ppm_;
};

class SimClocks final : public Clocks {
 public:
  SimClocks(Simulator& simulator, int node_count, const ClockConfig& config, const Rng& rng);

  Nanos monotonic(NodeId node) const { return at(node).monotonic.read(simulator_.now()); }
  Nanos wall(NodeId node) const;
  // When, on virtual time, the node's monotonic clock reaches `local`.
  Nanos virtual_time(NodeId node, Nanos local) const { return at(node).monotonic.virtual_time(local); }

  // The machine was switched off and on: its monotonic clock starts again; the wall clock goes on.
  void reboot(NodeId node);

  void set_offset(NodeId node, Nanos offset) override;
  Nanos measure_offset(NodeId node) override { return wall(node) - true_wall(); }
  void strobe(NodeId node, Nanos delta, Nanos period) override;
  bool can_run_wrong() const override { return true; }
  void set_rate(NodeId node, std::int64_t ppm) override;
  // These two let the simulation go on. Not from inside an event.
  std::int64_t measure_rate(NodeId node) override;
  void leap(NodeId node, Nanos delta) override;
  std::string mechanism() const override { return "simulated"; }
  // Reading is exact; drift moves a clock by up to this much between setting and reading it.
  Nanos precision() const override { return kMillisecond; }

  std::int64_t drift_ppm(NodeId node) const { return at(node).ppm; }

 private:
  struct Clock {
    std::int64_t ppm;
    DriftingCounter monotonic;
    DriftingCounter wall;
    Nanos strobe_delta = 0;
    Nanos strobe_period = 0;  // 0: none
    Nanos strobe_start = 0;
  };

  const Clock& at(NodeId node) const {
    ASSAY_ASSERT(node >= 0 && static_cast<std::size_t>(node) < clocks_.size());
    return clocks_[static_cast<std::size_t>(node)];
  }
  Clock& at(NodeId node) { return const_cast<Clock&>(static_cast<const SimClocks*>(this)->at(node)); }
  Nanos true_wall() const;

  Simulator& simulator_;
  Rng boot_rng_;
  std::vector<Clock> clocks_;
};

}  // namespace assay::sim
