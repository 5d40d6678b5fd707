// Whatever the bytes are, reading them as a history ends in a history or in an InputError.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/error.h"
#include "harness/formats/json_lines.h"
#include "harness/formats/json_lines_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file = assay::formats::parse_json_lines({reinterpret_cast<const char*>(data), size}, "fuzz");
    std::string again;
    assay::formats::write_json_lines(file.history, again);
    static_cast<void>(assay::formats::parse_json_lines(again, "again"));
  } catch (const assay::InputError&) {
    return 0;
  }
  return 0;
}
