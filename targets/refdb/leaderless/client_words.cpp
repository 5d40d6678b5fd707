#include "targets/refdb/leaderless/client_words.h"

namespace assay::refdb::leaderless {

std::string encode_request_context(const RequestContext& context) {
  std::string out;
  wire::Writer writer(out);
  writer.byte(context.to_replica ? 1 : 0);
  writer.number(context.read_quorum);
  writer.number(context.write_quorum);
  context.seen.write(writer);
  context.cell.write_to(writer);
  return out;
}

std::optional<RequestContext> decode_request_context(std::string_view bytes) {
  RequestContext context;
  if (bytes.empty()) return context;
  wire::Reader reader(bytes);
  const std::uint8_t kind = reader.byte();
  if (kind > 1) return std::nullopt;
  context.to_replica = kind == 1;
  context.read_quorum = reader.number();
  context.write_quorum = reader.number();
  context.seen = clocks::VersionVector::read(reader);
  context.cell = Cell::read_from(reader);
  if (!reader.finished()) return std::nullopt;
  return context;
}

std::string encode_answer_context(const AnswerContext& context) {
  std::string out;
  wire::Writer writer(out);
  context.seen.write(writer);
  context.cell.write_to(writer);
  return out;
}

std::optional<AnswerContext> decode_answer_context(std::string_view bytes) {
  AnswerContext context;
  if (bytes.empty()) return context;
  wire::Reader reader(bytes);
  context.seen = clocks::VersionVector::read(reader);
  context.cell = Cell::read_from(reader);
  if (!reader.finished()) return std::nullopt;
  return context;
}

}  // namespace assay::refdb::leaderless
