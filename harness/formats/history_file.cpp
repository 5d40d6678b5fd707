#include "harness/formats/history_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "harness/core/error.h"
#include "harness/formats/json_operations.h"
#include "harness/formats/text_readers.h"

namespace assay::formats {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

constexpr std::array<std::pair<Format, std::string_view>, 8> kNames = {{{Format::json_lines, "jsonl"},
                                                                        {Format::edn, "edn"},
                                                                        {Format::elle_json, "elle-json"},
                                                                        {Format::porcupine, "porcupine"},
                                                                        {Format::awdit, "awdit"},
                                                                        {Format::plume, "plume"},
                                                                        {Format::dbcop, "dbcop"},
                                                                        {Format::limo, "limo"}}};

// Of a format that is read whole.
HistoryFile parse_whole(Format format, std::string_view text, const std::string& name) {
  switch (format) {
    case Format::edn:
      return parse_edn(text, name);
    case Format::elle_json:
      return parse_json_array(text, name);
    case Format::awdit:
      return parse_awdit(text, name);
    case Format::plume:
      return parse_plume(text, name);
    case Format::dbcop:
      return parse_dbcop(text, name);
    case Format::limo:
      return parse_limo(text, name);
    default:
      return parse_porcupine(text, name);
  }
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n,");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

// Whether the first map of a text is an operation on a store of strings.
bool of_string_store(std::string_view text) {
  const std::string_view map = text.substr(0, text.find('}'));
  const auto has = [&](const char* part) { return map.find(part) != std::string_view::npos; };
  if (!has(":key \"") || !(has(":value \"x ") || has(":value nil"))) return false;
  return has(":f :get") || has(":f :put") || has(":f :append");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// dbcop's file begins with five small 64-bit numbers.
bool of_dbcop(std::string_view bytes) {
  constexpr std::size_t kNumbers = 5, kNumberBytes = 8;
  if (bytes.size() < kNumberBytes) return false;
  for (std::size_t i = 0; i < kNumbers * kNumberBytes && i < bytes.size(); ++i) {
    if (i % kNumberBytes >= 4 && bytes[i] != 0) return false;
  }
  return true;
}

// "[3] call push(7)", with the bracket in front.
bool of_limo_event(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end > 1 && (text.substr(end).starts_with("] call") || text.substr(end).starts_with("] return"));
}

// The formats of plain lines, by how they begin.
std::optional<Format> line_format(std::string_view text) {
  if (text.starts_with("# ") || text.starts_with("\\call") || text.starts_with("\\ret") ||
      of_limo_event(text)) {
    return Format::limo;
  }
  if (text.starts_with("---") || text.starts_with("===")) return Format::awdit;
  if (text.size() < 2 || (text[0] != 'w' && text[0] != 'r')) return std::nullopt;
  if (text[1] == '(') return Format::plume;
  return text[1] == ' ' || text[1] == '\t' ? std::optional(Format::awdit) : std::nullopt;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

std::string_view format_name(Format format) { return kNames[static_cast<std::size_t>(format)].second; }

std::optional<Format> format_from_name(std::string_view name) {
  for (const auto& [format, its_name] : kNames) {
    if (its_name == name) return format;
  }
  return std::nullopt;
}

std::string format_names() {
  std::string names;
  for (const auto& [format, name] : kNames) names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

Format detect_format(std::string_view beginning) {
  if (of_dbcop(beginning)) return Format::dbcop;
  const std::string_view text = without_blanks(beginning);
  for (const char* const level : {"INFO ", "WARN ", "ERROR ", "DEBUG "}) {
    if (text.starts_with(level)) return Format::porcupine;
  }
  if (const auto format = line_format(text)) return *format;
  if (text.empty()) return Format::json_lines;
  const std::string_view inside = without_blanks(text.substr(1));
  const char second = inside.empty() ? '\0' : inside[0];
  switch (text[0]) {
    case '(':
    case ';':
    case '#':
      return Format::edn;
    case '{':
      if (second == '"' || second == '}' || second == '\0') return Format::json_lines;
      return of_string_store(text) ? Format::porcupine : Format::edn;
    case '[':
      break;
    default:
      return Format::json_lines;
  }
  if (second != '{') return Format::edn;
  return without_blanks(inside.substr(1)).starts_with('"') ? Format::elle_json : Format::edn;
}

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // that some editors put in front of UTF-8

// The format that a history is in, by its content. Errors: it begins like none of them.
Format recognised_format(std::string_view beginning, const std::string& name) {
  const Format format = detect_format(beginning);
  const std::string_view text = without_blanks(beginning);
  if (format == Format::json_lines && !text.empty() && text[0] != '{') {
    throw InputError(name + ":1: expected a history in one of the formats " + format_names() +
                     "; it begins like none of them");
  }
  return format;
}

}  // namespace

HistoryFile read_history(const std::string& path, std::optional<Format> format) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) throw InputError(path + ": the history can't be opened: " + std::strerror(errno));
  const auto read = [&](char* to) {
    const std::size_t got = std::fread(to, 1, kBlockBytes, file.get());
    if (std::ferror(file.get()) != 0) {
      throw InputError(path + ": the history can't be read: " + std::strerror(errno));
    }
    return got;
  };
  JsonLines lines(path);
  char* const first = lines.room(kBlockBytes);
  std::size_t got = read(first), size = got;
  if (std::string_view(first, size).starts_with(kByteOrderMark)) {
    size -= kByteOrderMark.size();
    std::memmove(first, first + kByteOrderMark.size(), size);
  }
  if (!format) format = recognised_format({first, size}, path);
  if (*format == Format::json_lines) {
    lines.fed(size);
    while (got == kBlockBytes) {
      got = read(lines.room(kBlockBytes));
      lines.fed(got);
    }
    return lines.finish();
  }
  std::string text(first, size);
  while (got == kBlockBytes) {
    size = text.size();
    text.resize(size + kBlockBytes);
    got = read(text.data() + size);
    text.resize(size + got);
  }
  return parse_whole(*format, text, path);
}

HistoryFile parse_history(std::string_view text, const std::string& name, std::optional<Format> format) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!format) format = recognised_format(text, name);
  if (*format != Format::json_lines) return parse_whole(*format, text, name);
  JsonLines lines(name);
  if (!text.empty()) std::memcpy(lines.room(text.size()), text.data(), text.size());
  lines.fed(text.size());
  return lines.finish();
}

}  // namespace assay::formats
