// Target "redis": one Redis server.
#include "targets/redis/redis_target.h"

namespace assay::targets {

extern const TargetPlugin redis_plugin;
const TargetPlugin redis_plugin = {"redis", "Redis, one server on a host, or one that runs already",
                                   redis::modes, false, redis::make_target};

}  // namespace assay::targets
