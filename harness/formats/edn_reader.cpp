#include <simdjson.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/formats/edn_parser.h"
#include "harness/formats/history_assembler.h"
#include "harness/formats/text_readers.h"

namespace assay::formats {

namespace {

// How many bytes at the end are the beginning of a character.
std::size_t cut_character(std::string_view text) {
  for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
    const auto byte = static_cast<unsigned char>(text[text.size() - length]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const std::size_t wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return length < wanted ? length : 0;
  }
  return 0;
}

}  // namespace

void require_utf8(std::string_view& text, const std::string& name) {
  if (simdjson::validate_utf8(text.data(), text.size())) return;
  text.remove_suffix(cut_character(text));
  if (simdjson::validate_utf8(text.data(), text.size())) return;
  std::uint64_t line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (!simdjson::validate_utf8(text.data() + begin, end - begin)) break;
    begin = end + 1;
  }
  throw InputError(name + ":" + std::to_string(line) + ": expected UTF-8 text");
}

HistoryFile parse_edn(std::string_view text, const std::string& name) {
  require_utf8(text, name);
  HistoryAssembler assembler(name);
  assembler.order_by_lines();
  EdnParser parser(text);
  FormTape tape;
  while (true) {
    tape.clear();
    const EdnParser::Result result = parser.next(tape);
    if (result == EdnParser::Result::end) return assembler.finish();
    if (result == EdnParser::Result::form) {
      const Form operation = tape.at(0);
      if (!operation.is_map()) {
        assembler.refuse(
            parser.line(),
            "expected an operation such as {:process 0, :type :invoke, :f :read}, got " + excerpt(operation));
      }
      if (parser.inside_sequence()) assembler.let_nil_reads_say_nothing();
      assembler.add(operation, parser.line());
      continue;
    }
    if (result == EdnParser::Result::problem || parser.inside_sequence()) {
      assembler.refuse(parser.line(), parser.problem());
    }
    HistoryFile file = assembler.finish();
    file.warnings.push_back(
        name + ":" + std::to_string(parser.line()) +
        ": the last operation is incomplete (its writer was interrupted) and was left out");
    return file;
  }
}

}  // namespace assay::formats
