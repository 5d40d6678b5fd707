#include "targets/refdb/wire/client_messages.h"

#include <algorithm>
#include <array>

#include "targets/refdb/wire/envelope.h"
#include "targets/refdb/wire/values.h"

namespace assay::refdb::wire {

namespace {

enum class Kind : std::uint8_t { request = 1, answer = 2 };

constexpr std::array<std::string_view, 10> kStatusNames = {
    "ok",     "failed",    "wrong_type",  "not_leader",     "overloaded",
    "unsure", "too_stale", "bad_request", "replica_behind", "unavailable"};

// client, number and mops.
void write_command(Writer& writer, const ClientRequest& request) {
  writer.number(request.client);
  writer.number(request.number);
  writer.number(request.mops.size());
  for (const Mop& mop : request.mops) {
    writer.byte(static_cast<std::uint8_t>(mop.fn));
    writer.signed_number(mop.key);
    write_value(writer, mop.argument);
  }
}

void read_command(Reader& reader, ClientRequest& request) {
  request.client = reader.number();
  request.number = reader.number();
  const std::uint64_t count = reader.number();
  if (!reader.ok() || count > kMopsMax || count > reader.left()) return reader.fail();
  request.mops.resize(count);
  for (Mop& mop : request.mops) {
    const std::uint8_t fn = reader.byte();
    if (fn >= kFnCount) return reader.fail();
    mop.fn = static_cast<Fn>(fn);
    mop.key = reader.signed_number();
    mop.argument = read_value(reader);
    if (!reader.ok()) return;
  }
}

void write_answer_body(Writer& writer, const ClientAnswer& answer) {
  writer.byte(static_cast<std::uint8_t>(answer.status));
  writer.number(answer.leader ? *answer.leader + 1u : 0u);
  writer.number(answer.results.size());
  for (const Value& result : answer.results) write_value(writer, result);
}

void read_answer_body(Reader& reader, ClientAnswer& answer) {
  const std::uint8_t status = reader.byte();
  if (status >= kStatusNames.size()) return reader.fail();
  answer.status = static_cast<Status>(status);
  const std::uint64_t leader = reader.number();
  if (leader > 0x10000) return reader.fail();
  if (leader > 0) answer.leader = static_cast<PeerId>(leader - 1);
  const std::uint64_t count = reader.number();
  if (!reader.ok() || count > kMopsMax || count > reader.left()) return reader.fail();
  answer.results.reserve(count);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) answer.results.push_back(read_value(reader));
}

std::string begin(Kind kind, std::size_t size_hint) {
  std::string out;
  out.reserve(size_hint);
  begin_client_message(out);
  out.push_back(static_cast<char>(kind));
  return out;
}

}  // namespace

std::string_view status_name(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

bool is_read_only(const std::vector<Mop>& mops) {
  return std::all_of(mops.begin(), mops.end(), [](const Mop& mop) { return mop.fn == Fn::read; });
}

std::string encode_request(const ClientRequest& request) {
  std::string out = begin(Kind::request, 32 + 16 * request.mops.size());
  Writer writer(out);
  writer.number(request.attempt);
  writer.bytes(request.context);
  write_command(writer, request);
  seal(out);
  return out;
}

std::optional<ClientRequest> decode_request(std::string_view message) {
  const Opened opened = open_client_message(message);
  if (opened.trouble != Trouble::none || message.size() > kRequestBytesMax) return std::nullopt;
  Reader reader(opened.body);
  if (reader.byte() != static_cast<std::uint8_t>(Kind::request)) return std::nullopt;
  ClientRequest request;
  request.attempt = static_cast<std::uint32_t>(reader.number());
  request.context = reader.bytes(kContextBytesMax);
  read_command(reader, request);
  if (!reader.finished()) return std::nullopt;
  return request;
}

std::string encode_answer(std::uint64_t number, std::uint32_t attempt, std::string_view body,
                          std::string_view context) {
  std::string out = begin(Kind::answer, 24 + body.size() + context.size());
  Writer writer(out);
  writer.number(number);
  writer.number(attempt);
  writer.bytes(context);
  writer.raw(body);
  seal(out);
  return out;
}

std::string encode_answer(const ClientAnswer& answer) {
  return encode_answer(answer.number, answer.attempt, encode_answer_body(answer), answer.context);
}

std::string encode_answer_body(const ClientAnswer& answer) {
  std::string out;
  Writer writer(out);
  write_answer_body(writer, answer);
  return out;
}

std::optional<ClientAnswer> decode_answer(std::string_view message) {
  const Opened opened = open_client_message(message);
  if (opened.trouble != Trouble::none) return std::nullopt;
  Reader reader(opened.body);
  if (reader.byte() != static_cast<std::uint8_t>(Kind::answer)) return std::nullopt;
  ClientAnswer answer;
  answer.number = reader.number();
  answer.attempt = static_cast<std::uint32_t>(reader.number());
  answer.context = reader.bytes(kContextBytesMax);
  read_answer_body(reader, answer);
  if (!reader.finished()) return std::nullopt;
  return answer;
}

std::string encode_command(const ClientRequest& request) {
  std::string out;
  out.reserve(24 + 16 * request.mops.size());
  Writer writer(out);
  write_command(writer, request);
  return out;
}

std::optional<ClientRequest> decode_command(std::string_view command) {
  Reader reader(command);
  ClientRequest request;
  read_command(reader, request);
  if (!reader.finished()) return std::nullopt;
  return request;
}

}  // namespace assay::refdb::wire
