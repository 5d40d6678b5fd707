// The file tree of a local host in a user namespace, where the kernel doesn't lay an overlay over this machine's root folder (what is
// mounted below it may not be uncovered there): /etc is copied, as far as it may be read, /var is new, and what else is at the top is
// seen as it is and can't be written, but for people's folders, which aren't there.
//
// Needs Linux 5.12 (mount_setattr(2)). Thread safety: none; for a host's first process, before it starts anything. Errors: AgentError.
#pragma once

#include <string>

namespace assay::agent {

// `upper`: what the host has of its own, which becomes its root folder, mounted at `root`. What is in there already stays.
void gather_tree(const std::string& upper, const std::string& root);

}  // namespace assay::agent
