// Whatever the bytes are, reading them as a fault plan, or as a plan of a run, ends in one or in an InputError; what was read
// is read again from what is written.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/assert.h"
#include "harness/core/error.h"
#include "harness/formats/nemesis_json.h"
#include "harness/formats/plan_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto windows = assay::formats::parse_nemesis(text, "fuzz");
    const std::string written = assay::formats::nemesis_to_json(windows, 7);
    ASSAY_ASSERT(assay::formats::nemesis_to_json(assay::formats::parse_nemesis(written, "again"), 7) ==
                 written);
  } catch (const assay::InputError&) {
  }
  try {
    const std::string written = assay::formats::plan_to_json(assay::formats::parse_plan(text, "fuzz").plan);
    ASSAY_ASSERT(assay::formats::plan_to_json(assay::formats::parse_plan(written, "again").plan) == written);
  } catch (const assay::InputError&) {
  }
  return 0;
}
