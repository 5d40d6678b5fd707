// The words that the notations of a gate share. Internal to this folder. Thread safety: pure functions.
#pragma once

#include <string>

#include "harness/core/gate.h"

namespace assay::reports {

// "REGRESSED".
std::string gate_headline(const GateReport& report);
// "12,345/s", "1.23 ms"; "-" when it was not measured.
std::string metric_figure(GatedMetric metric, double value);
// "1.013 [0.99, 1.03]".
std::string ratio_words(const RatioEstimate& estimate);
// "5 %".
std::string margin_words(double margin);
// "40 pairs of blocks of 100 ms, 1 look of at most 3".
std::string measurement_words(const GateReport& report);
// The first finding that speaks against a side, or the reason of its verdict.
std::string check_words(const CheckResult& check);

}  // namespace assay::reports
