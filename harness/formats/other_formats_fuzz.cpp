// Whatever the bytes are, reading them as AWDIT's, Plume's, dbcop's or LiMo's history ends in a history or in an
// InputError; what was read can be written as JSON lines and read again as the same history.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/core/error.h"
#include "harness/formats/history_file.h"
#include "harness/formats/json_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using assay::formats::Format;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Format format : {Format::awdit, Format::plume, Format::dbcop, Format::limo}) {
    try {
      const auto file = assay::formats::parse_history(text, "fuzz", format);
      std::string again;
      assay::formats::write_json_lines(file.history, again);
      const auto second = assay::formats::parse_history(again, "again", Format::json_lines);
      if (second.history.digest() != file.history.digest()) std::abort();
    } catch (const assay::InputError&) {
      continue;
    }
  }
  return 0;
}
