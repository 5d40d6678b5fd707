// What Redis understands and says: commands in, replies out (RESP2), by hiredis.
//
// Thread safety: none. Errors: a byte stream that is no RESP ends in Parser::broken().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace assay::redis {

struct Reply {
  enum class Kind : std::uint8_t { nil, integer, text, status, error, list };
  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;  // of text, status and error
  std::vector<Reply> elements;
};

// Appends the command, ready to be sent.
void append_command(std::string& out, const std::vector<std::string_view>& words);

class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void feed(std::string_view bytes);
  // The next whole reply; false when there is none yet, or the stream is broken.
  bool next(Reply& reply);
  bool broken() const { return broken_; }

 private:
  redisReader* reader_;
  bool broken_ = false;
};

}  // namespace assay::redis
