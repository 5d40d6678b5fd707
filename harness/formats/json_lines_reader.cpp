#include "harness/formats/json_lines_reader.h"

namespace assay::formats {

HistoryFile read_json_lines(const std::string& path) { return read_history(path, Format::json_lines); }

HistoryFile parse_json_lines(std::string_view text, const std::string& name) {
  return parse_history(text, name, Format::json_lines);
}

}  // namespace assay::formats
