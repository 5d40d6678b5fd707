// Whatever the bytes are, reading them as a history in any format that is not JSON lines ends in a history or in an
// InputError. What was read can be written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/error.h"
#include "harness/formats/edn_writer.h"
#include "harness/formats/history_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using assay::formats::Format;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Format format : {Format::edn, Format::elle_json, Format::porcupine}) {
    try {
      const auto file = assay::formats::parse_history(text, "fuzz", format);
      std::string again;
      assay::formats::write_edn(file.history, again);
      static_cast<void>(assay::formats::parse_history(again, "again", Format::edn));
    } catch (const assay::InputError&) {
      continue;
    }
  }
  return 0;
}
