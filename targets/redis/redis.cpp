// Target "redis": one Redis server, several with Sentinel, or a cluster.
#include "targets/redis/redis_target.h"

namespace assay::targets {

extern const TargetPlugin redis_plugin;
const TargetPlugin redis_plugin = {
    "redis", "Redis: one server on a host, or one that runs already; several with Sentinel, or a cluster",
    redis::modes, false, redis::make_target};

}  // namespace assay::targets
