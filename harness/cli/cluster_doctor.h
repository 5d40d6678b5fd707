// assay cluster doctor: one table of what hosts are, and which faults each of them can have.
//
// Errors: InputError for the hosts file.
#pragma once

#include <string>

namespace assay::cli {

// 0 when every host can be used, 255 otherwise.
int cluster_doctor(const std::string& hosts_file, bool json);

}  // namespace assay::cli
