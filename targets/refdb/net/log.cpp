#include "targets/refdb/net/log.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "targets/refdb/net/clock.h"

namespace assay::refdb {

namespace {

void append_value(std::string& out, std::string_view value) {
  bool plain = !value.empty();
  for (const char c : value) plain = plain && c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  if (plain) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < ' ' || byte == 0x7f) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x", byte);
      out += escaped.data();
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string utc(Nanos wall) {
  const std::time_t seconds = static_cast<std::time_t>(wall / kSecond);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%06dZ",
                static_cast<int>(wall % kSecond / kMicrosecond));
  return text.data();
}

}  // namespace

std::string format_log_line(Log::Level level, std::string_view event, std::string_view node,
                            std::initializer_list<LogField> fields) {
  constexpr std::array<std::string_view, 3> kNames = {"info", "warning", "error"};
  std::string out(kNames[static_cast<std::size_t>(level)]);
  out += ' ';
  out += event;
  out += " node=";
  append_value(out, node);
  for (const LogField& field : fields) {
    out += ' ';
    out += field.name;
    out += '=';
    append_value(out, field.value);
  }
  return out;
}

void Log::line(Level level, std::string_view event, std::initializer_list<LogField> fields) const {
  const std::string text = utc(wall_now()) + " " + format_log_line(level, event, node_, fields) + "\n";
  [[maybe_unused]] const ssize_t ignored = ::write(descriptor_, text.data(), text.size());
}

}  // namespace assay::refdb
