// Whatever the bytes: a description, a greeting, an answer, or one sentence that says what is wrong.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "harness/core/error.h"
#include "targets/described/notation/description.h"
#include "targets/described/notation/messages.h"
#include "targets/described/notation/template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    described::check_templates(described::parse_description(bytes, "fuzzed"));
  } catch (const InputError& error) {
    if (std::string_view(error.what()).find("fuzzed") == std::string_view::npos) std::abort();
  }
  const auto hello = described::parse_hello(bytes);
  if (const auto* complaint = std::get_if<std::string>(&hello); complaint != nullptr && complaint->empty())
    std::abort();
  const Request requests[] = {{{Fn::read, 1, {}, {}}}, {{Fn::poll, 1, {}, {}}, {Fn::scan, 0, {}, {}}}};
  for (const Request& request : requests) {
    const auto answer = described::parse_answer(bytes, 1, request);
    if (const auto* complaint = std::get_if<std::string>(&answer); complaint != nullptr && complaint->empty())
      std::abort();
  }
  return 0;
}
