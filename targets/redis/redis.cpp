// Target "redis": one Redis server, or several with Sentinel.
#include "targets/redis/redis_target.h"

namespace assay::targets {

extern const TargetPlugin redis_plugin;
const TargetPlugin redis_plugin = {
    "redis", "Redis: one server on a host, or one that runs already; or several with Sentinel", redis::modes,
    false, redis::make_target};

}  // namespace assay::targets
