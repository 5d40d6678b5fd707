#include "targets/described/notation/messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "targets/described/notation/json_values.h"

namespace assay::described {

namespace {

using OrderedJson = nlohmann::ordered_json;

// Some results are lists of pairs, which in JSON are lists of two.
bool has_pairs(Fn fn) { return fn == Fn::poll || fn == Fn::watch || fn == Fn::scan; }

std::optional<Value> result_of(Fn fn, const OrderedJson& json) {
  auto value = value_of(json);
  if (!value || !has_pairs(fn) || value->kind() != Value::Kind::list) return value;
  std::vector<Value> pairs;
  for (const Value& element : value->as_list()) {
    if (element.kind() != Value::Kind::list || element.as_list().size() != 2) return std::nullopt;
    pairs.push_back(Value::pair(element.as_list()[0], element.as_list()[1]));
  }
  return Value::list(std::move(pairs));
}

void put(const Mop& mop, OrderedJson& into) {
  into["op"] = std::string(fn_name(mop.fn));
  into["key"] = mop.key;
  if (mop.fn == Fn::cas && mop.argument.kind() == Value::Kind::pair) {
    into["expected"] = json_of(mop.argument.first());
    into["desired"] = json_of(mop.argument.second());
  } else if (!mop.argument.is_nil()) {
    into["value"] = json_of(mop.argument);
  }
}

std::string line_of(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::optional<OrderedJson> object_of(std::string_view line) {
  OrderedJson json = OrderedJson::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

const OrderedJson* field(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

// What an error of the database proves.
Outcome outcome_of_error(const OrderedJson& answer, const std::vector<DefiniteError>& definite) {
  const OrderedJson* error = field(answer, "error");
  const std::string text = error != nullptr && error->is_string() ? error->get<std::string>() : "";
  for (const DefiniteError& known : definite) {
    if (text.starts_with(known.begins)) return Outcome::fail;
  }
  return Outcome::info;
}

std::optional<Outcome> outcome_of(const OrderedJson& answer, const std::vector<DefiniteError>& definite) {
  const OrderedJson* outcome = field(answer, "outcome");
  if (outcome == nullptr || !outcome->is_string()) return std::nullopt;
  if (*outcome == "error") return outcome_of_error(answer, definite);
  for (const Outcome known : {Outcome::ok, Outcome::fail, Outcome::info}) {
    if (outcome->get<std::string>() == outcome_name(known)) return known;
  }
  return std::nullopt;
}

// Fills in the results; a sentence when they are not what they should be.
std::string take_results(const OrderedJson& answer, Request& mops) {
  if (mops.size() == 1) {
    const OrderedJson* result = field(answer, "result");
    const auto value = result == nullptr ? Value() : result_of(mops[0].fn, *result);
    if (!value) return "its \"result\" is no null, true, whole number, text or list of these";
    mops[0].result = *value;
    return "";
  }
  const OrderedJson* results = field(answer, "results");
  if (results == nullptr || !results->is_array() || results->size() != mops.size())
    return "it needs \"results\", a list with one for each operation of the transaction";
  for (std::size_t i = 0; i < mops.size(); ++i) {
    const auto value = result_of(mops[i].fn, (*results)[i]);
    if (!value) return "its \"results\" hold what is no null, true, whole number, text or list of these";
    mops[i].result = *value;
  }
  return "";
}

}  // namespace

std::string greeting_line(const Greeting& greeting) {
  OrderedJson json;
  json["type"] = "hello";
  json["protocol"] = kProtocolVersion;
  json["process"] = greeting.process;
  json["node"] = greeting.node;
  json["port"] = greeting.port;
  json["nodes"] = OrderedJson::object();
  for (const NodePlace& place : greeting.nodes) json["nodes"][place.node] = place.address;
  json["options"] = OrderedJson::object();
  for (const auto& [name, value] : greeting.options) json["options"][name] = value;
  return line_of(json);
}

std::string request_line(std::int64_t id, const Request& request) {
  OrderedJson json;
  json["id"] = id;
  if (request.size() == 1) {
    put(request[0], json);
    return line_of(json);
  }
  json["op"] = "transaction";
  json["ops"] = OrderedJson::array();
  for (const Mop& mop : request) put(mop, json["ops"].emplace_back());
  return line_of(json);
}

std::variant<Hello, std::string> parse_hello(std::string_view line) {
  const auto answer = object_of(line);
  const OrderedJson* type = answer ? field(*answer, "type") : nullptr;
  if (type == nullptr || *type != "hello")
    return "expected {\"type\":\"hello\",\"protocol\":1,\"operations\":[...]}";
  const OrderedJson* version = field(*answer, "protocol");
  if (version == nullptr || *version != kProtocolVersion)
    return "expected \"protocol\": " + std::to_string(kProtocolVersion);
  const OrderedJson* operations = field(*answer, "operations");
  Hello hello;
  if (operations == nullptr || !operations->is_array() || operations->empty())
    return "expected \"operations\", a list of what the client can do";
  for (const OrderedJson& operation : *operations) {
    const std::string name = operation.is_string() ? operation.get<std::string>() : operation.dump();
    if (name != "transaction" && !fn_from_name(name))
      return "\"operations\" has " + name + ", which nobody asks for";
    hello.operations.insert(name);
  }
  return hello;
}

std::variant<Completion, std::string> parse_answer(std::string_view line, std::int64_t id,
                                                   const Request& request,
                                                   const std::vector<DefiniteError>& definite) {
  const auto answer = object_of(line);
  if (!answer) return "expected one JSON object on a line";
  const OrderedJson* answered = field(*answer, "id");
  if (answered == nullptr || *answered != id) return "expected the answer of \"id\": " + std::to_string(id);
  const auto outcome = outcome_of(*answer, definite);
  if (!outcome) return "expected \"outcome\", one of \"ok\", \"fail\", \"info\", \"error\"";
  Completion completion{*outcome, request, {}, kNoNode};
  if (*outcome == Outcome::ok) {
    std::string complaint = take_results(*answer, completion.mops);
    if (!complaint.empty()) return complaint;
    return completion;
  }
  const OrderedJson* error = field(*answer, "error");
  if (error == nullptr || !error->is_string())
    return "expected \"error\", a text that says why it was not ok";
  completion.error = error->get<std::string>();
  return completion;
}

std::string not_offered(const Hello& hello, const Request& request) {
  if (request.size() != 1 && !hello.operations.contains("transaction"))
    return "its client does no transactions of several operations";
  for (const Mop& mop : request) {
    const std::string name(fn_name(mop.fn));
    if (!hello.operations.contains(name)) return "its client does not " + name;
  }
  return "";
}

}  // namespace assay::described
