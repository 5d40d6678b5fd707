// Target "maelstrom": nodes written for Maelstrom, in any language.
#include "targets/maelstrom/maelstrom_target.h"

namespace assay::targets {

extern const TargetPlugin maelstrom_plugin;
const TargetPlugin maelstrom_plugin = {
    "maelstrom",
    "nodes that are programs on standard input and output, as written for Maelstrom: --target ./node.py",
    maelstrom::modes, true, maelstrom::make_target};

}  // namespace assay::targets
