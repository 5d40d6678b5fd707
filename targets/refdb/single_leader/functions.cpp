#include "targets/refdb/single_leader/functions.h"

#include <algorithm>

#include "targets/refdb/wire/envelope.h"

namespace assay::refdb::single_leader {

namespace {

bool is_function(const Value& value) {
  if (value.kind() != Value::Kind::text) return false;
  const std::string_view text = value.as_text();
  return text == "now()" || text == "rand()" || text == "auto()";
}

}  // namespace

std::string write_record(const Positions& depends_on, std::int64_t written_at, std::string_view command) {
  std::string out;
  wire::Writer writer(out);
  write_positions(writer, depends_on);
  writer.signed_number(written_at);
  writer.raw(command);
  return out;
}

LogRecord read_record(std::string_view bytes) {
  wire::Reader reader(bytes);
  LogRecord record;
  record.depends_on = read_positions(reader);
  record.written_at = reader.signed_number();
  if (reader.ok()) record.command = reader.rest();
  return record;
}

std::string write_log_rows(const std::vector<Write>& rows) {
  std::string out;
  wire::Writer writer(out);
  writer.number(rows.size());
  for (const Write& row : rows) {
    writer.bytes(row.key);
    writer.byte(row.value ? 1 : 0);
    if (row.value) writer.bytes(*row.value);
  }
  return out;
}

std::vector<Write> read_log_rows(std::string_view bytes) {
  wire::Reader reader(bytes);
  std::vector<Write> rows;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Write row{std::string(reader.bytes(wire::kMessageBytesMax)), std::nullopt};
    if (reader.byte() != 0) row.value = std::string(reader.bytes(wire::kMessageBytesMax));
    if (reader.ok()) rows.push_back(std::move(row));
  }
  return rows;
}

bool has_functions(const std::vector<Mop>& mops) {
  return std::any_of(mops.begin(), mops.end(),
                     [](const Mop& mop) { return mop.fn == Fn::write && is_function(mop.argument); });
}

void work_out_functions(std::vector<Mop>& mops, const FunctionValues& values) {
  for (Mop& mop : mops) {
    if (mop.fn != Fn::write || !is_function(mop.argument)) continue;
    const std::string_view text = mop.argument.as_text();
    mop.argument = Value(text == "now()" ? values.now : text == "rand()" ? values.random : values.number);
  }
}

}  // namespace assay::refdb::single_leader
