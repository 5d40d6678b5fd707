#include "targets/redis/resp.h"

#include <hiredis/hiredis.h>

#include <charconv>

#include "harness/core/assert.h"

namespace assay::redis {

namespace {

Reply convert(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::integer;
      reply.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      reply.kind = from.type == REDIS_REPLY_STRING   ? Reply::Kind::text
                   : from.type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                     : Reply::Kind::error;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::list;
      for (std::size_t i = 0; i < from.elements; ++i) reply.elements.push_back(convert(*from.element[i]));
      break;
    default:
      break;  // nil
  }
  return reply;
}

void append_number(std::string& out, char mark, std::size_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out += mark;
  out.append(digits, end);
  out += "\r\n";
}

}  // namespace

// An array of bulk strings. hiredis has this too, but with an allocation of its own for every command.
void append_command(std::string& out, const std::vector<std::string_view>& words) {
  append_number(out, '*', words.size());
  for (const std::string_view word : words) {
    append_number(out, '$', word.size());
    out += word;
    out += "\r\n";
  }
}

Parser::Parser() : reader_(redisReaderCreate()) { ASSAY_ASSERT(reader_ != nullptr); }

Parser::~Parser() { redisReaderFree(reader_); }

void Parser::feed(std::string_view bytes) {
  if (redisReaderFeed(reader_, bytes.data(), bytes.size()) != REDIS_OK) broken_ = true;
}

bool Parser::next(Reply& reply) {
  void* found = nullptr;
  if (broken_ || redisReaderGetReply(reader_, &found) != REDIS_OK) {
    broken_ = true;
    return false;
  }
  if (found == nullptr) return false;
  reply = convert(*static_cast<redisReply*>(found));
  freeReplyObject(found);
  return true;
}

}  // namespace assay::redis
