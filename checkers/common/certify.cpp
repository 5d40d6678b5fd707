#include "checkers/common/certify.h"

#include "checkers/verify/certificate.h"

namespace assay::checkers {

void certify(const std::string& checker, const CheckerOptions& options, const History& history,
             CheckResult& result) {
  if (result.verdict != Verdict::valid) return;
  Certificate certificate{checker, options, {}};
  certificate.options.erase("certificate");
  // Some options are beyond what can be counted again.
  if (refute_certificate(history, certificate).empty()) result.certificate = std::move(certificate);
}

}  // namespace assay::checkers
