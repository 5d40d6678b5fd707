// Where this program's file is, and so the programs beside it that go to hosts.
//
// Thread safety: any thread. Errors: none; an empty path when the kernel doesn't tell.
#pragma once

#include <filesystem>

namespace assay::cluster {

// Looked up once: after the program entered a user's machine (user_machine.h), where mounts are copies, the kernel knows the path
// only from the file's mount on.
const std::filesystem::path& program_path();

}  // namespace assay::cluster
