// Feeds arbitrary bytes to the decoders of client messages: sealed and unsealed. What decodes must encode to
// something that decodes to the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/assert.h"
#include "targets/refdb/wire/client_messages.h"
#include "targets/refdb/wire/envelope.h"
#include "targets/refdb/wire/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = assay::refdb::wire;
  std::string input;
  for (std::size_t i = 0; i < size; ++i) input.push_back(static_cast<char>(data[i]));
  // As it came, and with a right envelope around it, so that the fuzzer need not guess checksums.
  std::string sealed;
  wire::begin_client_message(sealed);
  sealed += input;
  wire::seal(sealed);
  for (const std::string& message : {input, sealed}) {
    if (const auto request = wire::decode_request(message)) {
      const auto again = wire::decode_request(wire::encode_request(*request));
      ASSAY_ASSERT(again && again->mops == request->mops && again->number == request->number);
    }
    if (const auto answer = wire::decode_answer(message)) {
      const auto again = wire::decode_answer(wire::encode_answer(*answer));
      ASSAY_ASSERT(again && again->results == answer->results && again->leader == answer->leader);
    }
  }
  (void)wire::decode_command(input);
  (void)wire::open_peer_message(input, 1);
  return 0;
}
