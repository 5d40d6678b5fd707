// Structured log lines to one file descriptor, a line an event:
//
//   2026-11-20T21:53:27.123456Z info role-changed node=n1 role=leader term=3
//
// Values with spaces, quotes or control characters are quoted and escaped. Times are the node's wall clock.
//
// Thread safety: any thread; each line is one write(). Errors: a log that can't be written is not an error of the node.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace assay::refdb {

struct LogField {
  LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, std::integral auto number)
      : name(field_name), value(std::to_string(number)) {}

  std::string_view name;
  std::string value;
};

class Log {
 public:
  enum class Level : std::uint8_t { info, warning, error };

  explicit Log(int descriptor, std::string node) : descriptor_(descriptor), node_(std::move(node)) {}

  void info(std::string_view event, std::initializer_list<LogField> fields = {}) const {
    line(Level::info, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<LogField> fields = {}) const {
    line(Level::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) const {
    line(Level::error, event, fields);
  }

 private:
  void line(Level level, std::string_view event, std::initializer_list<LogField> fields) const;

  int descriptor_;
  std::string node_;
};

// Without the time: for tests and for line().
std::string format_log_line(Log::Level level, std::string_view event, std::string_view node,
                            std::initializer_list<LogField> fields);

}  // namespace assay::refdb
