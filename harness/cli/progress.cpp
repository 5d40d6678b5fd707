#include "harness/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace assay::cli {

namespace {
constexpr Nanos kPlainInterval = 5 * kSecond;
}

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (terminal_ && shown_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(const Progress& progress) {
  if (!terminal_ && shown_ && progress.elapsed - last_ < kPlainInterval) return;
  last_ = progress.elapsed;
  shown_ = true;
  std::string faults;
  for (const std::string& fault : progress.faults) faults += (faults.empty() ? "" : "+") + fault;
  std::fprintf(stderr, "%s%4lld s of %lld s  %-11s  %7lld ops/s  %lld ok  %lld fail  %lld info  %s%s",
               terminal_ ? "\r\033[K" : "", static_cast<long long>(progress.elapsed / kSecond),
               static_cast<long long>(progress.total / kSecond),
               std::string(phase_name(progress.phase)).c_str(), static_cast<long long>(progress.rate),
               static_cast<long long>(progress.counts.ok), static_cast<long long>(progress.counts.fail),
               static_cast<long long>(progress.counts.info), faults.empty() ? "no fault" : faults.c_str(),
               terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace assay::cli
