// Puts a finished report into the run folder.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

// Writes directory/file_name whole: written aside, flushed, then renamed, so that a reader sees the old file or
// the new one. Throws HarnessError naming the file and the cause.
void write_file(const std::string& directory, std::string_view file_name, std::string_view content);

}  // namespace assay::reports
