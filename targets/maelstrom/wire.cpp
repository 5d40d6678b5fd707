#include "targets/maelstrom/wire.h"

#include <array>

namespace assay::maelstrom {

namespace {

struct ErrorCode {
  std::int64_t code;
  std::string_view name;
  bool definite;
};

constexpr std::array<ErrorCode, 11> kErrors = {{
    {0, "timeout", false},
    {kNodeNotFound, "node-not-found", true},
    {kNotSupported, "not-supported", true},
    {11, "temporarily-unavailable", true},
    {kMalformed, "malformed-request", true},
    {13, "crash", false},
    {14, "abort", true},
    {kNoSuchKey, "key-does-not-exist", true},
    {21, "key-already-exists", true},
    {kPreconditionFailed, "precondition-failed", true},
    {30, "txn-conflict", true},
}};

const ErrorCode* known_error(std::int64_t code) {
  for (const ErrorCode& error : kErrors) {
    if (error.code == code) return &error;
  }
  return nullptr;
}

}  // namespace

std::variant<Message, std::string> parse_message(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return "expected a message, one JSON object on a line";
  Message message{text_field(json, "src"), text_field(json, "dest"), {}};
  if (message.from.empty() || message.to.empty())
    return "expected a message with the texts \"src\" and \"dest\"";
  const auto body = json.find("body");
  if (body == json.end() || !body->is_object()) return "expected a message with \"body\", an object";
  message.body = std::move(*body);
  return message;
}

std::string message_line(const Message& message) {
  Json json;
  json["src"] = message.from;
  json["dest"] = message.to;
  json["body"] = message.body;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

const Json* field_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_field(const Json& body, const char* name) {
  const Json* field = field_of(body, name);
  return field != nullptr && field->is_string() ? field->get<std::string>() : "";
}

std::string error_name(std::int64_t code) {
  const ErrorCode* error = known_error(code);
  return error != nullptr ? std::string(error->name) : "code-" + std::to_string(code);
}

Outcome outcome_of_error(std::int64_t code) {
  const ErrorCode* error = known_error(code);
  return error != nullptr && error->definite ? Outcome::fail : Outcome::info;
}

Json error_body(std::int64_t code, const std::string& text) {
  return {{"type", "error"}, {"code", code}, {"text", text}};
}

}  // namespace assay::maelstrom
