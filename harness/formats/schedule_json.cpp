// The parts of a plan that are lists: fault windows, and operations.
#include <algorithm>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/predicate.h"
#include "harness/core/schedule.h"
#include "harness/formats/plan_reader.h"

namespace assay::formats {

namespace {

using Json = OrderedJson;

constexpr const char* kWindow = R"(windows like {"at": "5s", "fault": "kill-leader", "for": "3s"})";
constexpr const char* kOperation =
    R"(operations like {"at": "1200ms", "slot": 3, "node": 2, "do": [["write", 1, 17]]})";

bool is_draw(const std::string& text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void read_window_field(const std::string& key, const Json& json, const Place& place, ScheduledFault& window) {
  constexpr std::string_view kSeen = "seen.", kChose = "chose.";
  if (key == "at") {
    window.at = read_duration(json, place);
  } else if (key == "fault") {
    window.fault = read_text(json, place);
  } else if (key == "for") {
    window.duration = read_duration(json, place);
  } else if (key == "when") {
    window.trigger = read_text(json, place);
    if (!parse_trigger(window.trigger)) {
      place.expected(R"("leader-changed", "snapshot", "counter:NAME", "log:TEXT" or "then")", json);
    }
  } else if (key == "waits") {
    window.waits = read_flag(json, place);
  } else if (key == "draw") {
    window.draw = read_text(json, place);
    if (!is_draw(window.draw)) place.expected("16 hexadecimal digits in lower case", json);
  } else if (key == "nodes") {
    window.nodes = read_texts(json, place);
  } else if (key.starts_with(kSeen)) {
    window.seen.push_back({key.substr(kSeen.size()), read_value(json, place)});
  } else if (key.starts_with(kChose)) {
    window.chose.push_back({key.substr(kChose.size()), read_value(json, place)});
  } else {
    throw InputError(place.file + ": field \"" + place.field +
                     "\" is not known; accepted are when, at, fault, for, waits, draw, nodes, seen.* and "
                     "chose.*");
  }
}

ScheduledFault read_window(const Json& json, const Place& place, std::size_t index) {
  if (!json.is_object() || !json.contains("fault") || !json.contains("for") ||
      !(json.contains("at") || json.contains("when"))) {
    place.expected(kWindow, json);
  }
  ScheduledFault window;
  for (const auto& [key, value] : json.items()) {
    const Place inner{place.file, place.field + "[" + std::to_string(index) + "]." + key};
    read_window_field(key, value, inner, window);
  }
  return window;
}

// Whether a function takes such an argument at all: what would be nonsense to every client is refused here.
bool fits(Fn fn, const Value& argument) {
  const auto pair_of = [&](Value::Kind second) {
    return argument.kind() == Value::Kind::pair && argument.first().is_integer() &&
           argument.second().kind() == second;
  };
  if (fn == Fn::cas) return argument.kind() == Value::Kind::pair;
  if (fn == Fn::insert) return pair_of(Value::Kind::text);
  if (fn == Fn::erase) return pair_of(Value::Kind::integer);
  if (fn == Fn::scan) return is_predicate(argument);
  return true;
}

// ["write", 1, 17]
Mop read_mop(const Json& json, const Place& place) {
  constexpr std::int64_t kKeyMax = 1'000'000'000;
  if (!json.is_array() || json.size() < 2 || json.size() > 3 || !json[0].is_string())
    place.expected(R"(micro-operations like ["write", 1, 17])", json);
  const auto fn = fn_from_name(json[0].get<std::string>());
  if (!fn) place.expected("the name of a function, such as read, write or cas", json[0]);
  Mop mop;
  mop.fn = *fn;
  mop.key = read_whole(json[1], place, 0, kKeyMax);
  if (json.size() == 3) mop.argument = read_value(json[2], place);
  if (!fits(mop.fn, mop.argument))
    place.expected("an argument that " + json[0].get<std::string>() + " takes", json);
  return mop;
}

ListedOperation read_operation(const Json& json, const Place& place, std::size_t index) {
  if (!json.is_object() || json.size() != 4 || !json.contains("at") || !json.contains("slot") ||
      !json.contains("node") || !json.contains("do") || !json["do"].is_array() || json["do"].empty()) {
    place.expected(kOperation, json);
  }
  const auto inner = [&](const char* key) {
    return Place{place.file, place.field + "[" + std::to_string(index) + "]." + key};
  };
  ListedOperation operation;
  operation.at = read_duration(json["at"], inner("at"));
  operation.slot = static_cast<int>(read_whole(json["slot"], inner("slot"), 0, 99'999));
  operation.node = static_cast<NodeId>(read_whole(json["node"], inner("node"), 1, 1000) - 1);
  for (const Json& mop : json["do"]) operation.request.push_back(read_mop(mop, inner("do")));
  return operation;
}

}  // namespace

std::vector<ScheduledFault> read_schedule(const Json& json, const Place& place) {
  if (json.is_string()) {
    auto parsed = parse_schedule(json.get<std::string>());
    if (!parsed) place.expected("a schedule like \"5s kill-leader 3s; 12s partition-leader 4s\"", json);
    return *std::move(parsed);
  }
  if (!json.is_array()) place.expected("a list of fault windows", json);
  std::vector<ScheduledFault> schedule;
  for (const Json& element : json) schedule.push_back(read_window(element, place, schedule.size()));
  return schedule;
}

std::vector<ListedOperation> read_operations(const Json& json, const Place& place) {
  if (!json.is_array()) place.expected("a list of operations", json);
  std::vector<ListedOperation> operations;
  for (const Json& element : json) operations.push_back(read_operation(element, place, operations.size()));
  return operations;
}

}  // namespace assay::formats
