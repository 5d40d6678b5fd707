// Target "described": whatever a file describes.
#include "targets/described/described_target.h"

namespace assay::targets {

extern const TargetPlugin described_plugin;
const TargetPlugin described_plugin = {
    "described", "any database that a file describes, with a client in any language: --target FILE.json",
    described::modes, false, described::make_target};

}  // namespace assay::targets
