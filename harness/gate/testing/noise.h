// Streams of measurements as a busy machine gives them, simulated: for the gate's tests and its bench.
//
// A block's cost is made of jitter of its own, a slow wave of neighbours that it shares with the blocks around it (an
// autoregressive process), a drift over the whole measurement, and now and then a disturbance with a heavy tail, which only
// ever makes it slower.
//
// Thread safety: none. Units: shares of the cost.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/core/gate.h"
#include "harness/core/rng.h"

namespace assay::gate::testing {

struct Noise {
  double jitter = 0.02;
  double wave = 0.03;        // standard deviation of the shared wave
  double wave_keeps = 0.9;   // how much of it the next block inherits
  double drift = 0;          // over the whole stream
  double disturbed = 0.1;    // share of blocks with a disturbance
  double disturbance = 0.1;  // scale of its Pareto tail (shape 1.5: no finite variance)
  double effect = 0;         // the candidate's cost times 1 + effect
};

class NoisyMachine {
 public:
  NoisyMachine(const Noise& noise, std::uint64_t seed) : noise_(noise), rng_(seed) {}

  std::vector<BlockPair> pairs(std::size_t count) {
    std::vector<BlockPair> result;
    for (std::size_t i = 0; i < count; ++i) {
      BlockPair pair;
      const double position = static_cast<double>(i) / static_cast<double>(count);
      pair.candidate_first = rng_.chance(1, 2);
      for (const bool candidate : {pair.candidate_first, !pair.candidate_first}) {
        (candidate ? pair.candidate : pair.baseline) = block(position, candidate ? noise_.effect : 0);
      }
      result.push_back(pair);
    }
    return result;
  }

 private:
  double uniform() { return static_cast<double>(rng_.next() >> 11) * 0x1p-53; }
  double normal() {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum - 6;
  }
  double cost(double shared) { return std::exp(shared + noise_.jitter * normal()); }

  BlockSample block(double position, double effect) {
    const double fresh = std::sqrt(1 - noise_.wave_keeps * noise_.wave_keeps);
    wave_ = noise_.wave_keeps * wave_ + fresh * noise_.wave * normal();
    double shared = std::abs(wave_) + noise_.drift * position;
    if (uniform() < noise_.disturbed) {
      shared += std::min(2.0, noise_.disturbance * (std::pow(1 - uniform(), -1 / 1.5) - 0.5));
    }
    BlockSample sample;
    sample.operations = 1000;
    sample.length_ns = 1e8;
    sample.achieved = 10'000;
    sample.throughput = 10'000 / (cost(shared) * (1 + effect));
    sample.p50 = 1e6 * cost(shared) * (1 + effect);
    // The slowest hundredth suffers three times as much.
    sample.p99 = 5e6 * cost(3 * shared) * cost(0) * (1 + effect);
    return sample;
  }

  Noise noise_;
  Rng rng_;
  double wave_ = 0;
};

}  // namespace assay::gate::testing
