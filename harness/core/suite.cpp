#include "harness/core/suite.h"

namespace assay {

std::string_view cell_state_name(CellState state) {
  switch (state) {
    case CellState::as_expected:
      return "as expected";
    case CellState::skipped:
      return "skipped";
    case CellState::open:
      return "not run";
    case CellState::missed:
      return "objective missed";
    case CellState::unexpected:
      return "not as expected";
    case CellState::trouble:
      break;
  }
  return "harness failed";
}

}  // namespace assay
