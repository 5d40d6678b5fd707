#include "harness/formats/json_operations.h"

#include "harness/core/error.h"
#include "harness/formats/json_form.h"
#include "harness/formats/text_readers.h"

namespace assay::formats {

namespace {

constexpr const char* kNoJson = "expected one complete JSON object";
constexpr std::size_t kFirstLineBytes = 4096;  // the parser grows with longer lines and keeps its depth

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

JsonOperations::JsonOperations(const std::string& name) : assembler_(name) {
  if (parser_.allocate(kFirstLineBytes, kDepthMax) != simdjson::SUCCESS) {
    throw HarnessError(name + ": not enough memory to read it");
  }
}

std::string JsonOperations::add(std::string_view text, std::uint64_t line) {
  simdjson::dom::element parsed;
  const auto error = parser_.parse(text.data(), text.size(), false).get(parsed);
  if (error == simdjson::DEPTH_ERROR) {
    return "expected values nested at most " + std::to_string(kDepthMax) + " deep";
  }
  if (error == simdjson::UTF8_ERROR) return "expected UTF-8 text";
  if (error != simdjson::SUCCESS) return kNoJson;
  tape_.clear();
  append_json_form(parsed, tape_);
  const Form operation = tape_.at(0);
  if (!operation.is_map()) assembler_.refuse(line, "expected a JSON object, got " + excerpt(operation));
  assembler_.add(operation, line);
  return {};
}

char* JsonLines::room(std::size_t size) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  used_ = buffer_.size();
  buffer_.resize(used_ + size);
  return buffer_.data() + used_;
}

void JsonLines::fed(std::size_t size) {
  buffer_.resize(used_ + size);
  buffer_.reserve(buffer_.size() + simdjson::SIMDJSON_PADDING);
  std::size_t newline = buffer_.find('\n', used_);
  while (newline != std::string::npos) {
    ++line_;
    parse({buffer_.data() + start_, newline - start_}, true);
    start_ = newline + 1;
    newline = buffer_.find('\n', start_);
  }
}

HistoryFile JsonLines::finish() {
  const std::string_view rest = std::string_view(buffer_).substr(start_);
  if (!blank(rest)) {
    ++line_;
    parse(rest, false);
  }
  HistoryFile file = operations_.assembler().finish();
  file.warnings.insert(file.warnings.end(), warnings_.begin(), warnings_.end());
  return file;
}

void JsonLines::parse(std::string_view line, bool terminated) {
  if (blank(line)) return;
  const std::string problem = operations_.add(line, line_);
  if (problem.empty()) return;
  if (terminated || line.front() != '{') {
    const bool json = problem != kNoJson;
    operations_.assembler().refuse(line_, json ? problem : problem + " on the line");
  }
  warnings_.push_back(name_ + ":" + std::to_string(line_) +
                      ": the last line is incomplete (its writer was interrupted) and was left out");
}

namespace {

// Walks over an array of objects without parsing them.
class ArrayScanner {
 public:
  explicit ArrayScanner(std::string_view text) : text_(text) {}

  std::uint64_t line() const { return line_; }
  // The next character that is no white space, '\0' at the end.
  char peek() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) {
      if (text_[at_] == '\n') ++line_;
      ++at_;
    }
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void skip() { ++at_; }

  // The object that begins here, with its braces; empty when the text ends before it does.
  std::string_view object() {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = begin; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\n') ++line_;
      if (quoted) {
        if (c == '\\') ++i;
        if (c == '"') quoted = false;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{') {
        ++depth;
      } else if (c == '}' && --depth == 0) {
        at_ = i + 1;
        return text_.substr(begin, at_ - begin);
      }
    }
    at_ = text_.size();
    return {};
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
};

}  // namespace

HistoryFile parse_json_array(std::string_view text, const std::string& name) {
  std::string padded;
  padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  padded = text;
  JsonOperations operations(name);
  HistoryAssembler& assembler = operations.assembler();
  assembler.order_by_lines();
  ArrayScanner scanner(padded);
  if (scanner.peek() != '[') assembler.refuse(scanner.line(), "expected [ and an array of operations");
  scanner.skip();
  bool more = scanner.peek() != ']';
  while (more) {
    if (scanner.peek() != '{') assembler.refuse(scanner.line(), "expected an operation, a JSON object");
    const std::uint64_t line = scanner.line();
    const std::string_view object = scanner.object();
    const std::string problem = object.empty() ? kNoJson : operations.add(object, line);
    if (!problem.empty()) assembler.refuse(line, problem);
    more = scanner.peek() == ',';
    if (more) scanner.skip();
  }
  if (scanner.peek() != ']') assembler.refuse(scanner.line(), "expected , or ] after an operation");
  scanner.skip();
  if (scanner.peek() != '\0') assembler.refuse(scanner.line(), "expected nothing after the array");
  return assembler.finish();
}

}  // namespace assay::formats
