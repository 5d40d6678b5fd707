#include "harness/formats/histogram_text.h"

#include <gtest/gtest.h>

#include <functional>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/latency_files.h"

namespace assay::formats {
namespace {

Histogram filled(int count, std::uint64_t seed) {
  Rng rng(seed);
  Histogram histogram;
  for (int i = 0; i < count; ++i) histogram.record(rng.exponential(Nanos{1} << rng.below(42)));
  return histogram;
}

std::string complaint_about(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing";
}

TEST(HistogramText, WhatWasWrittenIsRead) {
  for (const int count : {0, 1, 100, 20'000}) {
    const Histogram histogram = filled(count, 3);
    const Histogram read = histogram_from_text(histogram_to_text(histogram));
    EXPECT_EQ(read.count(), histogram.count());
    for (const std::int64_t percentile : {0, 50'000, 99'000, 100'000})
      EXPECT_EQ(read.value_at(percentile), histogram.value_at(percentile));
    EXPECT_EQ(encode_histogram(read), encode_histogram(histogram));
  }
}

TEST(HistogramText, CompactOnesAreWrittenTheSame) {
  std::vector<Nanos> samples = {5, 70'000, 70'001, 900'000'000, 5};
  Histogram histogram;
  for (const Nanos sample : samples) histogram.record(sample);
  EXPECT_EQ(histogram_to_text(CompactHistogram(samples)), histogram_to_text(histogram));
}

// Written by hdr-histogram-js 3.0.1: build({lowestDiscernibleValue: 1, highestTrackableValue: 3600000000000,
// numberOfSignificantValueDigits: 3}), values 1, 2000, 2048, 123456789 three times, 3600000000000.
TEST(HistogramText, ThatOfAnotherImplementationIsRead) {
  const Histogram histogram =
      histogram_from_text("HISTFAAAADR4nJNpmSzMwMDAz8DAwMjAwMDMAAGMDAzMbgY7FjDA+Uyz5ZlimTb/ZWS7/4aRCQCXhQfP");
  Histogram expected;
  for (const Nanos value : {Nanos{1}, Nanos{2000}, Nanos{2048}, 3600 * kSecond}) expected.record(value);
  expected.record(123'456'789, 3);
  EXPECT_EQ(encode_histogram(histogram), encode_histogram(expected));
}

TEST(HistogramText, WhatIsBrokenIsRefusedInOneSentence) {
  const std::string good = encode_histogram(filled(100, 1));
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_NE(complaint_about([&] { decode_histogram(good.substr(0, length)); }), "nothing") << length;
  const auto changed = [&](std::size_t at, char byte) {
    std::string bad = good;
    bad[at] = byte;
    return complaint_about([&] { decode_histogram(bad); });
  };
  EXPECT_EQ(changed(15, 2), "histogram: it has 2 significant digits; only 3 are read");
  EXPECT_EQ(changed(11, 1), "histogram: its indexes are shifted; only histograms without an offset are read");
  EXPECT_EQ(changed(23, 2), "histogram: its lowest value is 2; only 1 is read");
  EXPECT_EQ(changed(3, 0), "histogram: it begins with 478450432, not with 478450451 (encoding V2)");
  EXPECT_EQ(changed(32, 0), "histogram: its values are scaled; only a ratio of 1 is read");
  EXPECT_EQ(complaint_about([] { histogram_from_text("HIST"); }),
            "histogram: it ends after 3 bytes, in the middle of a value");
  EXPECT_EQ(complaint_about([] { histogram_from_text("HI ST==="); }), "histogram: it is no base64");
  std::string text = histogram_to_text(filled(100, 1));
  text[40] = text[40] == 'A' ? 'B' : 'A';
  EXPECT_EQ(complaint_about([&] { histogram_from_text(text); }),
            "histogram: its compressed bytes are broken, or become too many");
}

TEST(LatencyFiles, ALogHasALineForEachHistogram) {
  RunResult run;
  HistoryBuilder builder;
  builder.set_node_names({"n 1"});
  run.history = builder.build();
  run.command = "assay run";
  run.measurements.kinds = {"read"};
  std::vector<Nanos> samples = {1'500'000};
  LatencyCell cell;
  cell.second = 3;
  cell.node = 0;
  cell.main = false;
  cell.response = CompactHistogram(samples);
  run.measurements.cells = {cell};
  EXPECT_EQ(
      latencies_hlog(run),
      "#[Histogram log format version 1.3]\n#[assay run]\n#[BaseTime: 0.000 (seconds since the run began)]\n"
      "#[StartTime: 0.000 (seconds since the run began)]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
      "Tag=outside.read.ok.n_1.response,3.000,1.000,1.500," +
          histogram_to_text(cell.response) + "\n");
}

}  // namespace
}  // namespace assay::formats
