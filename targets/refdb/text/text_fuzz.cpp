// Feeds arbitrary bytes to the decoders of edits and of sequences. What decodes must apply, merge and come out of its
// own bytes unchanged.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "targets/refdb/text/sequence.h"
#include "targets/refdb/text/shared_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::refdb;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  wire::Reader edits(bytes);
  text::TextServer server;
  while (edits.ok() && edits.left() > 0) {
    const text::TextOperation edit = text::TextOperation::read(edits);
    server.receive(server.revision() - server.revision() / 2, edit);
  }
  wire::Reader reader(bytes);
  text::Sequence sequence = text::Sequence::read(reader);
  if (!reader.ok()) return 0;
  std::string again;
  wire::Writer writer(again);
  sequence.write(writer);
  wire::Reader second(again);
  if (!(text::Sequence::read(second) == sequence)) __builtin_trap();
  if (sequence.text().size() != sequence.size()) __builtin_trap();
  return 0;
}
