#include "targets/refdb/single_leader/position.h"

#include <algorithm>

#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::single_leader {

namespace {

constexpr std::uint64_t kShardsMax = 64;

void write_position(wire::Writer& writer, const Position& position) {
  writer.number(position.epoch);
  writer.number(position.lsn);
}

Position read_position(wire::Reader& reader) {
  Position position;
  position.epoch = reader.number();
  position.lsn = reader.number();
  return position;
}

}  // namespace

void merge(Positions& into, const Positions& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
}

Position at_shard(const Positions& positions, std::size_t shard) {
  return shard < positions.size() ? positions[shard] : Position{};
}

void write_positions(wire::Writer& writer, const Positions& positions) {
  writer.number(positions.size());
  for (const Position& position : positions) write_position(writer, position);
}

Positions read_positions(wire::Reader& reader) {
  const std::uint64_t count = reader.number();
  if (!reader.ok() || count > kShardsMax) {
    reader.fail();
    return {};
  }
  Positions positions(count);
  for (Position& position : positions) position = read_position(reader);
  return positions;
}

std::string encode_context(const RequestContext& context) {
  std::string out;
  wire::Writer writer(out);
  writer.byte(static_cast<std::uint8_t>(context.place));
  writer.number(context.fence);
  write_position(writer, context.minimum);
  writer.signed_number(context.max_lag);
  write_positions(writer, context.seen);
  return out;
}

std::optional<RequestContext> decode_request_context(std::string_view text) {
  RequestContext context;
  if (text.empty()) return context;
  if (text == wire::kOwnState) {
    context.place = RequestContext::Place::local;
    return context;
  }
  wire::Reader reader(text);
  const std::uint8_t place = reader.byte();
  if (place > static_cast<std::uint8_t>(RequestContext::Place::local_waiting)) return std::nullopt;
  context.place = static_cast<RequestContext::Place>(place);
  context.fence = reader.number();
  context.minimum = read_position(reader);
  context.max_lag = reader.signed_number();
  context.seen = read_positions(reader);
  if (!reader.finished()) return std::nullopt;
  return context;
}

std::string encode_context(const AnswerContext& context) {
  std::string out;
  wire::Writer writer(out);
  writer.number(context.epoch);
  write_position(writer, context.position);
  writer.signed_number(context.lag);
  write_positions(writer, context.depends_on);
  return out;
}

std::optional<AnswerContext> decode_answer_context(std::string_view text) {
  wire::Reader reader(text);
  AnswerContext context;
  context.epoch = reader.number();
  context.position = read_position(reader);
  context.lag = reader.signed_number();
  context.depends_on = read_positions(reader);
  if (!reader.finished()) return std::nullopt;
  return context;
}

}  // namespace assay::refdb::single_leader
