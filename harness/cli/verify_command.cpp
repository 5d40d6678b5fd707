// assay verify: confirms a certificate that `assay check --certificate` wrote, with none of the code that found it
// (checkers/verify/).
#include <cstdio>
#include <memory>

#include "checkers/verify/certificate.h"
#include "harness/cli/commands.h"
#include "harness/cli/history_input.h"
#include "harness/core/error.h"
#include "harness/formats/certificate_json.h"
#include "harness/formats/history_file.h"

namespace assay::cli {

namespace {

struct VerifyFlags {
  std::string history;
  std::string certificate;
  std::string format;
};

// Empty when the certificate proves its claim.
std::string refute(const formats::HistoryFile& file, const formats::CertificateFile& certificate) {
  if (certificate.operations != file.history.size() || certificate.digest != file.history.digest()) {
    return "It is about another history, one of " + std::to_string(certificate.operations) + " operations.";
  }
  if (!file.has_times && checkers::claims_real_time(certificate.certificate)) {
    return "It claims an order in real time, and the history has no times.";
  }
  return checkers::refute_certificate(file.history, certificate.certificate);
}

int verify(const VerifyFlags& flags) {
  const formats::CertificateFile certificate = formats::read_certificate(flags.certificate);
  const formats::HistoryFile file = read_history_input(flags.history, flags.format);
  const std::string claim = checkers::claimed(certificate.certificate);
  const std::string refutation = refute(file, certificate);
  if (refutation.empty()) {
    std::fprintf(stderr, "confirmed: %s %s\n", flags.history.c_str(), claim.c_str());
    return kExitValid;
  }
  std::fprintf(stderr, "refuted: %s does not prove that %s %s. %s\n", flags.certificate.c_str(),
               flags.history.c_str(), claim.c_str(), refutation.c_str());
  return kExitInvalid;
}

}  // namespace

void add_verify_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* command = app.add_subcommand("verify", "Confirm a certificate of validity, independently");
  command->add_option("HISTORY", flags->history, "The history that was checked")->required();
  command->add_option("CERTIFICATE", flags->certificate, "What assay check --certificate wrote")->required();
  command->add_option("-f,--format", flags->format, format_help());
  command->footer("Exit codes: 0 confirmed, 1 refuted, 254 bad input.");
  actions[command] = [flags] { return verify(*flags); };
}

}  // namespace assay::cli
