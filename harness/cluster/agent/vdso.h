// Where functions are in the vDSO, the kernel's code in every process. It is the same image in all processes
// of a boot, so this process's own copy is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::agent {

// From the start of the vDSO. Nothing when it has no such function.
std::optional<std::uint64_t> vdso_symbol_offset(std::string_view name);

}  // namespace assay::agent
