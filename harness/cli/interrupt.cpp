#include "harness/cli/interrupt.h"

#include <unistd.h>
#include <csignal>

namespace assay::cli {

namespace {

std::atomic<bool> interrupted = false;

void on_signal(int) {
  if (interrupted.exchange(true)) _exit(255);
  constexpr char kMessage[] = "\nassay: ending cleanly (again to end at once)\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
}

}  // namespace

const std::atomic<bool>& interrupt_flag() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  (void)installed;
  return interrupted;
}

}  // namespace assay::cli
