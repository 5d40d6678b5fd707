#include "harness/core/checker.h"

#include <algorithm>

namespace assay {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "valid";
    case Verdict::unknown:
      return "unknown";
    case Verdict::invalid:
      break;
  }
  return "invalid";
}

Verdict worst(Verdict a, Verdict b) { return std::max(a, b); }

}  // namespace assay
