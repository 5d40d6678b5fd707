// Histories whose operations are JSON objects: one on each line, or in an array. Internal to this folder: it shows
// simdjson's types; history_file.h is the way in.
//
// Thread safety: none. Errors: InputError, one sentence with file and line.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/formats/history_assembler.h"

namespace assay::formats {

// Parses one object after the other and hands them to an assembler.
class JsonOperations {
 public:
  explicit JsonOperations(const std::string& name);

  // Empty, or what was expected when the text is no JSON. A value that is no operation is refused.
  // Requires: simdjson::SIMDJSON_PADDING readable bytes after the text.
  std::string add(std::string_view text, std::uint64_t line);

  HistoryAssembler& assembler() { return assembler_; }

 private:
  HistoryAssembler assembler_;
  simdjson::dom::parser parser_;
  FormTape tape_;
};

// Cuts what it is fed into lines. A line may straddle two blocks.
class JsonLines {
 public:
  explicit JsonLines(const std::string& name) : operations_(name), name_(name) {}

  // Room for `size` bytes; the caller writes at most that many and says how many with fed().
  char* room(std::size_t size);
  void fed(std::size_t size);
  HistoryFile finish();

 private:
  void parse(std::string_view line, bool terminated);

  JsonOperations operations_;
  std::string name_;
  std::string buffer_;     // always with the bytes after a line that simdjson wants to touch
  std::size_t start_ = 0;  // of the first line that was not parsed
  std::size_t used_ = 0;
  std::uint64_t line_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace assay::formats
