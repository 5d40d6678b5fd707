#include "targets/refdb/kv/rows.h"

#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::rows {

namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

std::string row(std::string_view prefix, std::uint64_t number) {
  std::string out(prefix);
  wire::append_big_endian(out, number);
  return out;
}

}  // namespace

std::string value_row(Key key) { return row(kValuePrefix, static_cast<std::uint64_t>(key) ^ kSignBit); }

std::string session_row(std::uint64_t client) { return row(kSessionPrefix, client); }

std::string backup_row(std::uint64_t position) { return row(kBackupPrefix, position); }

std::optional<std::uint64_t> row_number(std::string_view row_key, std::string_view prefix) {
  if (row_key.size() != prefix.size() + 8 || row_key.substr(0, prefix.size()) != prefix) return std::nullopt;
  return wire::read_big_endian(row_key.substr(prefix.size()));
}

Key key_of_number(std::uint64_t number) { return static_cast<Key>(number ^ kSignBit); }

}  // namespace assay::refdb::rows
