#include "harness/formats/json_lines_reader.h"

#include <simdjson.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "harness/core/error.h"
#include "harness/formats/history_assembler.h"
#include "harness/formats/json_value.h"

namespace assay::formats {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kFirstLineBytes = 4096;  // the parser grows with longer lines and keeps its depth

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// Cuts what it is fed into lines. A line may straddle two blocks; the bytes after a line that simdjson wants
// to touch are always there.
class LineReader {
 public:
  explicit LineReader(const std::string& name) : assembler_(name), name_(name) {
    if (parser_.allocate(kFirstLineBytes, kJsonDepthMax) != simdjson::SUCCESS) {
      throw HarnessError(name + ": not enough memory to read it");
    }
  }

  // Room for `size` bytes; the caller writes at most that many and says how many with fed().
  char* room(std::size_t size) {
    if (start_ > 0) {
      buffer_.erase(0, start_);
      start_ = 0;
    }
    used_ = buffer_.size();
    buffer_.resize(used_ + size);
    return buffer_.data() + used_;
  }

  void fed(std::size_t size) {
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

  HistoryFile finish() {
    const std::string_view rest = std::string_view(buffer_).substr(start_);
    if (!blank(rest)) {
      ++line_;
      parse(rest, false);
    }
    HistoryFile file = assembler_.finish();
    file.warnings = std::move(warnings_);
    return file;
  }

 private:
  void parse(std::string_view line, bool terminated) {
    if (blank(line)) return;
    simdjson::dom::element parsed;
    const auto error = parser_.parse(line.data(), line.size(), false).get(parsed);
    if (error == simdjson::SUCCESS) {
      assembler_.add(parsed, line_);
    } else if (!terminated && line.front() == '{') {
      warnings_.push_back(name_ + ":" + std::to_string(line_) +
                          ": the last line is incomplete (its writer was interrupted) and was left out");
    } else if (error == simdjson::DEPTH_ERROR) {
      assembler_.refuse(line_, "expected values nested at most " + std::to_string(kJsonDepthMax) + " deep");
    } else if (error == simdjson::UTF8_ERROR) {
      assembler_.refuse(line_, "expected UTF-8 text");
    } else {
      assembler_.refuse(line_, "expected one complete JSON object on the line");
    }
  }

  HistoryAssembler assembler_;
  std::string name_;
  simdjson::dom::parser parser_;
  std::string buffer_;
  std::size_t start_ = 0;  // of the first line that was not parsed
  std::size_t used_ = 0;
  std::uint64_t line_ = 0;
  std::vector<std::string> warnings_;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

HistoryFile read_json_lines(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) throw InputError(path + ": the history can't be opened: " + std::strerror(errno));
  LineReader reader(path);
  while (true) {
    const std::size_t got = std::fread(reader.room(kBlockBytes), 1, kBlockBytes, file.get());
    reader.fed(got);
    if (got < kBlockBytes) break;
  }
  if (std::ferror(file.get()) != 0) {
    throw InputError(path + ": the history can't be read: " + std::strerror(errno));
  }
  return reader.finish();
}

HistoryFile parse_json_lines(std::string_view text, const std::string& name) {
  LineReader reader(name);
  if (!text.empty()) std::memcpy(reader.room(text.size()), text.data(), text.size());
  reader.fed(text.size());
  return reader.finish();
}

}  // namespace assay::formats
