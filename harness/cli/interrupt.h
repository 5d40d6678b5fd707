// Ctrl-C and SIGTERM end a run cleanly: heal, collect, check what there is. A second one ends the program at once; the
// node agents then undo every fault by themselves.
#pragma once

#include <atomic>

namespace assay::cli {

// Installs the handlers once and returns the flag that they set.
const std::atomic<bool>& interrupt_flag();

}  // namespace assay::cli
