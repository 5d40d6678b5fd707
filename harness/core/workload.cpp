#include "harness/core/workload.h"

namespace assay {

std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::warm_up:
      return "warm-up";
    case Phase::main:
      return "main";
    case Phase::recovery:
      return "recovery";
    case Phase::final_reads:
      break;
  }
  return "final-reads";
}

}  // namespace assay
