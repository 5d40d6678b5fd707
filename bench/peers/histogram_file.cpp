// histogram_file FILE COUNT SEED: writes so many latencies, as 64-bit little-endian numbers, and prints what our histogram
// says of them: "percentile value" a line, then its encoding. For bench/peers/histograms.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "harness/core/histogram.h"
#include "harness/core/rng.h"
#include "harness/formats/histogram_text.h"

int main(int argument_count, char** arguments) {
  using namespace assay;
  if (argument_count != 4) {
    std::fputs("usage: histogram_file FILE COUNT SEED\n", stderr);
    return 254;
  }
  const long count = std::atol(arguments[2]);
  Rng rng(static_cast<std::uint64_t>(std::atol(arguments[3])));
  std::vector<std::int64_t> values;
  Histogram histogram;
  for (long i = 0; i < count; ++i) {
    // From nanoseconds to an hour, most of them around a millisecond.
    const bool usual = rng.chance(9, 10);
    const Nanos value = usual ? 200 * kMicrosecond + rng.exponential(kMillisecond)
                              : rng.exponential(Nanos{1} << rng.below(39));
    values.push_back(std::min(value, Histogram::kHighest));
    histogram.record(value);
  }
  std::FILE* file = std::fopen(arguments[1], "wb");
  if (file == nullptr || std::fwrite(values.data(), 8, values.size(), file) != values.size() ||
      std::fclose(file) != 0) {
    std::fprintf(stderr, "histogram_file: can't write %s\n", arguments[1]);
    return 255;
  }
  for (std::int64_t percentile = 0; percentile <= kPercentileWhole;
       percentile += percentile < 99'000 ? 500 : 10)
    std::printf("%g %lld\n", static_cast<double>(percentile) / 1000,
                static_cast<long long>(histogram.value_at(percentile)));
  std::printf("%s\n", formats::histogram_to_text(histogram).c_str());
}
