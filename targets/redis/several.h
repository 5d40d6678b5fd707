// Redis on several servers: with Sentinel, or as a cluster. How they are run says target.json; the clients are in sentinel.h and
// cluster_client.h.
//
// Thread safety and errors as native_store.h says.
#pragma once

#include "targets/described/store/native_store.h"

namespace assay::redis {

described::NativeStore several_store();

}  // namespace assay::redis
