// Whatever the bytes are, reading them as a history in any format that is not JSON lines ends in a history or in an
// InputError. What was read is written as EDN and read again as the same history.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
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
      const auto second = assay::formats::parse_history(again, "again", Format::edn);
      if (second.history.digest() != file.history.digest()) std::abort();
    } catch (const assay::InputError&) {
      continue;
    }
  }
  return 0;
}
