// The lines of Maelstrom's protocol: messages of a sender, a receiver and a body, and the codes of errors, each definite (it
// certainly did not happen) or not. https://github.com/jepsen-io/maelstrom, doc/protocol.md.
//
// Thread safety: pure functions. Errors: a sentence instead of an exception; what is wrong with a line is the node's fault.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "harness/core/client.h"

namespace assay::maelstrom {

using Json = nlohmann::ordered_json;

struct Message {
  std::string from;
  std::string to;
  Json body;  // an object
};

// A message, or what was expected.
std::variant<Message, std::string> parse_message(std::string_view line);
// With its end.
std::string message_line(const Message& message);

// Empty when the body has no such text.
std::string text_field(const Json& body, const char* name);
// Null when the object has no such field.
const Json* field_of(const Json& object, const char* name);

// "precondition-failed"; "code-1001" for one that the protocol does not know.
std::string error_name(std::int64_t code);
// A definite error is fail; every other, also one that the protocol does not know, is info.
Outcome outcome_of_error(std::int64_t code);

// Answers to a request.
Json error_body(std::int64_t code, const std::string& text);
inline constexpr std::int64_t kNodeNotFound = 1, kNotSupported = 10, kMalformed = 12, kNoSuchKey = 20,
                              kPreconditionFailed = 22;

}  // namespace assay::maelstrom
