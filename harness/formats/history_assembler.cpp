#include "harness/formats/history_assembler.h"

#include <limits>
#include <utility>

#include "harness/core/error.h"
#include "harness/formats/json_value.h"

namespace assay::formats {

namespace {

// Keys that are texts get numbers from here on, far from the integer keys that histories have.
constexpr Key kFirstNamedKey = Key{1} << 40;

bool takes_result(Fn fn) {
  return fn == Fn::read || fn == Fn::dequeue || fn == Fn::pop || fn == Fn::acquire || fn == Fn::generate;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

Value argument_of(Fn fn, simdjson::dom::element element) {
  simdjson::dom::array pair;
  if (fn == Fn::cas && element.get(pair) == simdjson::SUCCESS && pair.size() == 2) {
    return Value::pair(value_from_json(pair.at(0).value_unsafe()),
                       value_from_json(pair.at(1).value_unsafe()));
  }
  return value_from_json(element);
}

}  // namespace

void HistoryAssembler::refuse(std::uint64_t line, const std::string& sentence) const {
  throw InputError(name_ + ":" + std::to_string(line) + ": " + sentence);
}

std::int64_t HistoryAssembler::integer(const Line& line, const char* field, Element element) const {
  std::int64_t number = 0;
  // Half of the range, so that differences of times can't overflow.
  const bool whole = element.get(number) == simdjson::SUCCESS;
  if (whole && number < kNever / 2 && number > -kNever / 2) return number;
  refuse(line.number, "expected " + quoted(field) + " to be a whole number, got " + excerpt(element));
}

std::string_view HistoryAssembler::text(const Line& line, const char* field, Element element) const {
  std::string_view characters;
  if (element.get(characters) == simdjson::SUCCESS) return characters;
  refuse(line.number, "expected " + quoted(field) + " to be a text, got " + excerpt(element));
}

HistoryAssembler::Line HistoryAssembler::fields_of(simdjson::dom::object object, std::uint64_t number) {
  Line line;
  line.number = number;
  const struct {
    std::string_view name;
    Element Line::*element;
    bool Line::Present::*present;
  } kFields[] = {
      {"process", &Line::process, &Line::Present::process},
      {"type", &Line::type, &Line::Present::type},
      {"f", &Line::f, &Line::Present::f},
      {"value", &Line::value, &Line::Present::value},
      {"key", &Line::key, &Line::Present::key},
      {"node", &Line::node, &Line::Present::node},
      {"due", &Line::due, &Line::Present::due},
      {"error", &Line::error, &Line::Present::error},
      {"result", &Line::extra, &Line::Present::extra},
      {"argument", &Line::extra, &Line::Present::extra},
      {"nodes", &Line::nodes, &Line::Present::nodes},
      {"began", &Line::began, &Line::Present::began},
      {"window", &Line::window, &Line::Present::window},
      {"verified", &Line::verified, &Line::Present::verified},
      {"evidence", &Line::evidence, &Line::Present::evidence},
  };
  for (const auto field : object) {
    if (field.key == "time") {
      line.time = integer(line, "time", field.value);
      line.has.time = true;
      continue;
    }
    if (field.key == "node_names") {
      name_nodes(line, field.value);
      continue;
    }
    for (const auto& known : kFields) {
      if (field.key != known.name) continue;
      line.*known.element = field.value;
      line.has.*known.present = true;
      break;
    }
  }
  // Without times the order of the lines is all there is.
  if (!line.has.time) line.time = last_time_ + 1;
  last_time_ = line.time;
  return line;
}

void HistoryAssembler::add(simdjson::dom::element parsed, std::uint64_t number) {
  simdjson::dom::object object;
  if (parsed.get(object) != simdjson::SUCCESS) {
    refuse(number, "expected a JSON object, got " + excerpt(parsed));
  }
  lines_ = number;
  const Line line = fields_of(object, number);
  if (!line.has.process) refuse(number, "expected the field \"process\"");
  if (!line.has.f) refuse(number, "expected the field \"f\"");
  if (line.process.is_string()) return add_fault(line);
  const std::int64_t process = integer(line, "process", line.process);
  if (process < 0 || process > std::numeric_limits<ProcessId>::max()) {
    refuse(number, "expected \"process\" to be between 0 and 2147483647, got " + std::to_string(process));
  }
  if (!line.has.type) refuse(number, "expected the field \"type\"");
  const std::string_view type = text(line, "type", line.type);
  const auto id = static_cast<ProcessId>(process);
  if (type == "invoke") return add_invocation(line, id);
  if (type == "ok") return add_completion(line, id, Outcome::ok);
  if (type == "fail") return add_completion(line, id, Outcome::fail);
  if (type == "info") return add_completion(line, id, Outcome::info);
  refuse(number, "expected \"type\" to be \"invoke\", \"ok\", \"fail\" or \"info\", got " + quoted(type));
}

void HistoryAssembler::add_invocation(const Line& line, ProcessId process) {
  const auto [open, fresh] = open_.try_emplace(process);
  if (!fresh) {
    refuse(line.number, "expected a completion of process " + std::to_string(process) +
                            ", whose operation of line " + std::to_string(open->second.line) +
                            " is still open, got another invocation");
  }
  if (builder_.size() > 0 && line.time < last_invoked_) {
    refuse(line.number, "expected a time of at least " + std::to_string(last_invoked_) +
                            ", that of the invocation before it, got " + std::to_string(line.time));
  }
  if (builder_.size() >= std::numeric_limits<OpId>::max()) refuse(line.number, "expected fewer operations");
  last_invoked_ = line.time;
  const bool tuple = request_of(line);
  Operation operation;
  operation.process = process;
  operation.invoked = line.time;
  operation.due = line.has.due ? integer(line, "due", line.due) : line.time;
  if (line.has.node && !line.node.is_null()) operation.node = node_of(line, line.node);
  operation.mops = mops_;
  open->second = {builder_.add(operation), line.number, tuple};
}

void HistoryAssembler::add_completion(const Line& line, ProcessId process, Outcome outcome) {
  const auto found = open_.find(process);
  if (found == open_.end()) {
    refuse(line.number,
           "expected an invocation of process " + std::to_string(process) + " before its completion");
  }
  const Open open = found->second;
  open_.erase(found);
  const Nanos invoked = builder_.at(open.id).invoked;
  if (line.time < invoked) {
    refuse(line.number, "expected a time of at least " + std::to_string(invoked) +
                            ", when the operation was invoked (line " + std::to_string(open.line) +
                            "), got " + std::to_string(line.time));
  }
  results_of(line, open);
  error_.clear();
  if (line.has.error && !line.error.is_null()) {
    error_ = line.error.is_string() ? std::string(text(line, "error", line.error)) : excerpt(line.error);
  }
  const Nanos completed = outcome == Outcome::info ? kNever : line.time;
  builder_.complete(open.id, outcome, completed, mops_, error_);
}

Fn HistoryAssembler::function_of(const Line& line, std::string_view name, bool txn_allowed) const {
  if (name == "r") return Fn::read;
  if (name == "w") return Fn::write;
  if (const auto fn = fn_from_name(name)) return *fn;
  std::string accepted;
  for (int fn = 0; fn <= static_cast<int>(Fn::generate); ++fn) {
    if (!accepted.empty()) accepted += !txn_allowed && fn == static_cast<int>(Fn::generate) ? " or " : ", ";
    accepted += fn_name(static_cast<Fn>(fn));
  }
  if (txn_allowed) accepted += " or txn";
  refuse(line.number, "expected a function among " + accepted + ", got " + quoted(name));
}

// Fills mops_ from an invocation; true when its value is Jepsen's [key value].
bool HistoryAssembler::request_of(const Line& line) {
  mops_.clear();
  const std::string_view name = text(line, "f", line.f);
  if (name == "txn") {
    transaction_of(line, mops_);
    return false;
  }
  Mop mop;
  mop.fn = function_of(line, name, true);
  Element value = line.value;
  bool has_value = line.has.value;
  bool tuple = false;
  if (line.has.key) {
    mop.key = key_of(line, line.key);
  } else if (simdjson::dom::array pair;
             has_value && value.get(pair) == simdjson::SUCCESS && pair.size() == 2) {
    const Element second = pair.at(1).value_unsafe();
    tuple = mop.fn != Fn::cas || second.is_array();
    if (tuple) {
      mop.key = key_of(line, pair.at(0).value_unsafe());
      value = second;
    }
  }
  if (has_value && !takes_result(mop.fn)) mop.argument = argument_of(mop.fn, value);
  if (line.has.extra && takes_result(mop.fn)) mop.argument = value_from_json(line.extra);
  mops_.push_back(std::move(mop));
  return tuple;
}

void HistoryAssembler::transaction_of(const Line& line, std::vector<Mop>& mops) {
  simdjson::dom::array list;
  if (!line.has.value || line.value.get(list) != simdjson::SUCCESS) {
    refuse(line.number,
           "expected \"value\" of a txn to be a list of micro-operations such as [\"r\",1,null]");
  }
  for (const Element element : list) {
    simdjson::dom::array parts;
    if (element.get(parts) != simdjson::SUCCESS || parts.size() < 2 || parts.size() > 4) {
      refuse(line.number, "expected a micro-operation such as [\"r\",1,null], got " + excerpt(element));
    }
    auto part = parts.begin();
    Mop mop;
    mop.fn = function_of(line, text(line, "value", *part), false);
    mop.key = key_of(line, *++part);
    const bool result = takes_result(mop.fn);
    if (parts.size() > 2) {
      (result ? mop.result : mop.argument) = result ? value_from_json(*++part) : argument_of(mop.fn, *++part);
    }
    if (parts.size() > 3) (result ? mop.argument : mop.result) = value_from_json(*++part);
    mops.push_back(std::move(mop));
  }
}

// Fills mops_ with the open operation's mops and the results that its completion brings.
void HistoryAssembler::results_of(const Line& line, const Open& open) {
  const auto before = builder_.at(open.id).mops;
  mops_.assign(before.begin(), before.end());
  const std::string_view name = text(line, "f", line.f);
  const auto refuse_other = [&] {
    refuse(line.number, "expected the same function and keys as in the invocation (line " +
                            std::to_string(open.line) + "), got " + quoted(name));
  };
  if (name == "txn") {
    if (!line.has.value || line.value.is_null()) return;
    std::vector<Mop> after;
    transaction_of(line, after);
    if (after.size() != mops_.size()) refuse_other();
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (after[i].fn != mops_[i].fn || after[i].key != mops_[i].key) refuse_other();
      mops_[i].result = std::move(after[i].result);
    }
    return;
  }
  if (mops_.size() != 1 || function_of(line, name, true) != mops_[0].fn) refuse_other();
  Mop& mop = mops_[0];
  if (line.has.key && key_of(line, line.key) != mop.key) refuse_other();
  Element value = line.value;
  if (simdjson::dom::array pair;
      open.tuple && line.has.value && value.get(pair) == simdjson::SUCCESS && pair.size() == 2) {
    value = pair.at(1).value_unsafe();
  }
  if (takes_result(mop.fn)) {
    if (line.has.value) mop.result = value_from_json(value);
  } else if (line.has.extra) {
    mop.result = value_from_json(line.extra);
  }
}

Key HistoryAssembler::key_of(const Line& line, Element element) {
  std::int64_t number = 0;
  if (element.get(number) == simdjson::SUCCESS) return number;
  if (element.is_null() || element.is_array() || element.is_object()) {
    refuse(line.number, "expected a key that is a whole number or a text, got " + excerpt(element));
  }
  std::string name =
      element.is_string() ? std::string(text(line, "key", element)) : std::string(simdjson::minify(element));
  const auto found = named_keys_.find(name);
  if (found != named_keys_.end()) return found->second;
  const Key key = kFirstNamedKey + static_cast<Key>(named_keys_.size());
  builder_.set_key_name(key, name);
  named_keys_.emplace(std::move(name), key);
  return key;
}

NodeId HistoryAssembler::node_of(const Line& line, Element element) {
  const std::string_view name = text(line, "node", element);
  const auto found = nodes_.find(name);
  if (found != nodes_.end()) return found->second;
  if (node_names_.size() > static_cast<std::size_t>(std::numeric_limits<NodeId>::max())) {
    refuse(line.number, "expected at most 32768 nodes");
  }
  const auto node = static_cast<NodeId>(node_names_.size());
  nodes_.emplace(std::string(name), node);
  node_names_.emplace_back(name);
  return node;
}

void HistoryAssembler::name_nodes(const Line& line, Element names) {
  simdjson::dom::array list;
  if (names.get(list) != simdjson::SUCCESS) {
    refuse(line.number, "expected \"node_names\" to be a list of texts, got " + excerpt(names));
  }
  for (const Element name : list) node_of(line, name);
}

HistoryFile HistoryAssembler::finish() {
  HistoryFile file;
  builder_.set_node_names(std::move(node_names_));
  file.history = builder_.build();
  file.lines = lines_;
  file.never_completed = open_.size();
  return file;
}

}  // namespace assay::formats
