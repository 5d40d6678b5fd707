// What clients of the leaderless mode put into the context of a request, and nodes into that of an answer.
//
// Errors: decoding is total; nothing when the bytes mean nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "targets/refdb/leaderless/cell.h"

namespace assay::refdb::leaderless {

struct RequestContext {
  // The client coordinates: the node acts as the one replica that it is; a write brings its `cell`.
  bool to_replica = false;
  std::size_t read_quorum = 0;  // 0: as the node was told
  std::size_t write_quorum = 0;
  clocks::VersionVector seen;  // of the key, by this session
  Cell cell;
};

std::string encode_request_context(const RequestContext& context);
std::optional<RequestContext> decode_request_context(std::string_view bytes);

// Of an answer: what the session has seen of the key now; to a client that coordinates, the replica's cell.
struct AnswerContext {
  clocks::VersionVector seen;
  Cell cell;
};

std::string encode_answer_context(const AnswerContext& context);
std::optional<AnswerContext> decode_answer_context(std::string_view bytes);

}  // namespace assay::refdb::leaderless
