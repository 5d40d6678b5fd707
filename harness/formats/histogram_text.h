// Histograms in the encoding that all implementations of HdrHistogram share ("V2": a header, then the counts as ZigZag
// LEB128 numbers, a negative one standing for so many empty buckets), plain, and deflated in base64 as histogram logs have
// it ("HISTFAAA..."). Described by HdrHistogram's Java sources, AbstractHistogram.java.
//
// Thread safety: plain functions. Errors: InputError with one sentence; only histograms of this project's shape are read
// (three significant digits, lowest value 1, highest at most an hour, no conversion or offset). The exact sum, least and
// greatest value are not in the encoding: a decoded histogram has those of its buckets' middles. Complexity: linear.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/histogram.h"

namespace assay::formats {

std::string encode_histogram(const Histogram& histogram);
std::string histogram_to_text(const Histogram& histogram);
std::string histogram_to_text(const CompactHistogram& histogram);

Histogram decode_histogram(std::string_view bytes);
Histogram histogram_from_text(std::string_view text);

}  // namespace assay::formats
