// Local hosts of a user who isn't root are in a machine of that user's own (harness/cluster/user_machine.h), and whoever works with
// them must be in it. Each command that does says so here before it starts threads.
//
// Thread safety: none. Errors: InputError, one sentence.
#pragma once

#include <string>
#include <vector>

namespace assay::cli {

// `clusters`: what --cluster and its like say: "sim", "local" or a hosts file. Does nothing for root, and where no local hosts are
// concerned; a hosts file that can't be read is left to those who read it.
void enter_machine_of(const std::vector<std::string>& clusters);

}  // namespace assay::cli
