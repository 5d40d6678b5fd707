// What can be said and done about a mounted layer (serve_layer.h) from outside, whatever became of its process.
//
// Thread safety: plain functions; none of them looks below the mount point, where a dead layer would let nobody in.
#pragma once

#include <string>

namespace assay::agent {

inline constexpr const char* kLayerType = "fuse.assay";

// Why this host can't have such a layer, or an empty string.
std::string layer_unavailable();
bool layer_is_mounted(const std::string& mount_point);
// Ends every call that waits in it, at once, whatever its process does. False when it is mounted there and can't be.
bool abort_layer(const std::string& mount_point);
// Gone from the tree, even if somebody is still in it. False when it is still there.
bool detach_layer(const std::string& mount_point);

}  // namespace assay::agent
