#include <algorithm>

#include "harness/formats/edn_parser.h"
#include "harness/formats/history_assembler.h"
#include "harness/formats/text_readers.h"

namespace assay::formats {

namespace {

// The next form of the parser, or a refusal.
void require_form(EdnParser& parser, FormTape& tape, const HistoryAssembler& assembler, const char* what) {
  const EdnParser::Result result = parser.next(tape);
  if (result == EdnParser::Result::form) return;
  assembler.refuse(parser.line(), result == EdnParser::Result::end
                                      ? std::string("expected ") + what + " in the log line"
                                      : parser.problem());
}

// "0 :invoke :write 3", the columns of a line of Jepsen's log, to the map that the line stands for. An error takes the
// place of the value where there is one.
void operation_of_line(EdnParser& parser, FormTape& tape, const HistoryAssembler& assembler) {
  const std::size_t opened = tape.open(Form::Kind::map);
  tape.add_text("process");
  require_form(parser, tape, assembler, "a process");
  tape.add_text("type");
  const std::size_t type = tape.size();
  require_form(parser, tape, assembler, "a type such as :invoke");
  const bool uncertain =
      tape.at(type).is_text() && (tape.at(type).text() == "info" || tape.at(type).text() == "fail");
  tape.add_text("f");
  require_form(parser, tape, assembler, "a function such as :read");
  const std::size_t value = tape.size();
  tape.add_text("value");
  require_form(parser, tape, assembler, "a value");
  if (const Form found = tape.at(value + 1); uncertain && found.is_text()) {
    const std::string_view error = found.text();
    tape.cut(value);
    tape.add_text("error");
    tape.add_text(error);
  }
  tape.close(opened, 8);
}

// What a line of the log says about an operation; empty for other lines of a log.
std::string_view columns_of(std::string_view line) {
  constexpr std::string_view kMark = "jepsen.util - ";
  const std::size_t found = line.find(kMark);
  return found == std::string_view::npos ? std::string_view() : line.substr(found + kMark.size());
}

bool begins_log_line(std::string_view line) {
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  return word.empty() || word == "INFO" || word == "WARN" || word == "ERROR" || word == "DEBUG" ||
         word == "TRACE";
}

void read_log(std::string_view text, HistoryAssembler& assembler) {
  FormTape tape;
  std::uint64_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (!begins_log_line(line))
      assembler.refuse(number,
                       "expected a line of Jepsen's log, such as INFO  jepsen.util - 0 :invoke :read nil");
    const std::string_view columns = columns_of(line);
    if (columns.empty() || (columns[0] != ':' && (columns[0] < '0' || columns[0] > '9'))) continue;
    tape.clear();
    EdnParser parser(columns, EdnParser::Top::forms, number);
    operation_of_line(parser, tape, assembler);
    assembler.add(tape.at(0), number);
  }
}

// The piece "x 3 14 y" at the beginning of the text; empty when there is none.
std::string_view piece_of(std::string_view text) {
  std::size_t end = 2;
  if (!text.starts_with("x ")) return {};
  for (int i = 0; i < 2; ++i) {
    const std::size_t digits = end;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end == digits || end == text.size() || text[end] != ' ') return {};
    ++end;
  }
  return end < text.size() && text[end] == 'y' ? text.substr(0, end + 1) : std::string_view();
}

// Adds the pieces that a string was put together from; false when it was from something else.
bool add_pieces(std::string_view text, bool single, FormTape& tape) {
  if (text.empty()) {
    tape.add_nil();
    return !single;
  }
  const std::size_t opened = single ? 0 : tape.open(Form::Kind::list);
  std::uint32_t count = 0;
  while (!text.empty()) {
    const std::string_view piece = piece_of(text);
    if (piece.empty() || (single && count == 1)) return false;
    tape.add_text(piece);
    text.remove_prefix(piece.size());
    ++count;
  }
  if (!single) tape.close(opened, count);
  return true;
}

Form field_of(Form operation, std::string_view name) {
  for (auto part = operation.begin(); part != operation.end(); ++part) {
    const Form key = *part;
    const Form value = *++part;
    if (key.is_text() && key.text() == name) return value;
  }
  return Form();
}

void add_copy(Form form, FormTape& tape) {
  if (form.is_nil()) return tape.add_nil();
  if (form.is_integer()) return tape.add_integer(form.integer());
  if (form.is_text()) return tape.add_text(form.text());
  tape.add_text(tape.keep(excerpt(form)));
}

void read_store(std::string_view text, HistoryAssembler& assembler) {
  EdnParser parser(text);
  FormTape tape, pieces;
  while (true) {
    tape.clear();
    const EdnParser::Result result = parser.next(tape);
    if (result == EdnParser::Result::end) return;
    if (result != EdnParser::Result::form) assembler.refuse(parser.line(), parser.problem());
    const Form operation = tape.at(0);
    if (!operation.is_map()) assembler.refuse(parser.line(), "expected a map, got " + excerpt(operation));
    const Form fn = field_of(operation, "f");
    const bool append = fn && fn.is_text() && fn.text() == "append";
    pieces.clear();
    const std::size_t opened = pieces.open(Form::Kind::map);
    std::uint32_t children = 0;
    for (const char* const name : {"process", "type", "f", "key", "value", "time", "error"}) {
      const Form field = field_of(operation, name);
      if (!field) continue;
      pieces.add_text(name);
      children += 2;
      if (std::string_view(name) != "value" || !field.is_text()) {
        add_copy(field, pieces);
      } else if (!add_pieces(field.text(), append, pieces)) {
        assembler.refuse(parser.line(),
                         "expected a string made of pieces such as \"x 0 1 y\", got " + excerpt(field));
      }
    }
    pieces.close(opened, children);
    assembler.add(pieces.at(0), parser.line());
  }
}

}  // namespace

HistoryFile parse_porcupine(std::string_view text, const std::string& name) {
  require_utf8(text, name);
  HistoryAssembler assembler(name);
  assembler.order_by_lines();
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    read_store(text, assembler);
  } else {
    read_log(text, assembler);
  }
  return assembler.finish();
}

}  // namespace assay::formats
