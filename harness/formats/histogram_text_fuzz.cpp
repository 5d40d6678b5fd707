// Whatever the bytes: a histogram, whose encoding decodes to the same again, or one sentence.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/core/error.h"
#include "harness/formats/histogram_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const Histogram histogram = formats::decode_histogram(bytes);
    if (!(formats::decode_histogram(formats::encode_histogram(histogram)) == histogram)) std::abort();
    if (!(formats::histogram_from_text(formats::histogram_to_text(histogram)) == histogram)) std::abort();
  } catch (const InputError&) {
  }
  try {
    formats::histogram_from_text(bytes);
  } catch (const InputError&) {
  }
  return 0;
}
