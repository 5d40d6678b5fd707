// Has histories of data types checked, and confirms what the checker said.
//
// Thread safety: none needed; for tests.
#pragma once

#include <string>
#include <vector>

#include "checkers/testing/fixture.h"
#include "harness/core/checker.h"

namespace assay::checkers::testing {

// What is wrong with a result, empty if nothing is: a verdict that does not fit its findings, a finding
// without words, a witness that is out of order or that, checked alone, does not show the same anomaly, or a certificate
// that the verifier would judge otherwise.
std::string confirm_datatype(std::string_view checker, const History& history, const CheckResult& result,
                             const CheckerOptions& options = {});

// The verdict and, in order of the findings and once each, the names of the anomalies: "valid", "unknown",
// "invalid: lost, duplicate". What confirm_datatype() says is appended.
std::string judged(std::string_view checker, const History& history, const CheckerOptions& options = {});
std::string judged(std::string_view checker, std::vector<Line> lines, const CheckerOptions& options = {});

// Says what is wrong when a tiny time limit, a tiny memory limit or a stop from outside does not leave the
// result unknown with the reason.
std::string confirm_budget(std::string_view checker, const History& history,
                           const CheckerOptions& options = {});

// "accepted", or what the checker says to these options.
std::string options_said(std::string_view checker, const CheckerOptions& options);

// A failed operation.
Line failed(Line line);
// One of this process.
Line by(ProcessId process, Line line);
// One that asked this node.
Line at(NodeId node, Line line);

}  // namespace assay::checkers::testing
