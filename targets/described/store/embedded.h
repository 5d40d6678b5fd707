// Files of a store's folder that are a part of the program, so that it needs none of them where it runs. CMake's
// assay_embed_files() (cmake/AssayTargets.cmake) defines a function that lists them.
//
// Thread safety: constants.
#pragma once

#include <string_view>

namespace assay::described {

struct EmbeddedFile {
  std::string_view name;  // "target.json"
  std::string_view content;
};

}  // namespace assay::described
