#include "harness/formats/json_lines.h"

#include <utility>

#include "harness/core/predicate.h"
#include "harness/formats/event_export.h"
#include "harness/formats/json_text.h"
#include "harness/formats/mop_text.h"

namespace assay::formats {

namespace {

void append_argument(const Mop& mop, std::string& out) {
  if (mop.fn != Fn::cas || mop.argument.kind() != Value::Kind::pair) {
    append_json_value(mop.argument, out);
    return;
  }
  out += '[';
  append_json_value(mop.argument.first(), out);
  out += ',';
  append_json_value(mop.argument.second(), out);
  out += ']';
}

void append_main_value(const Mop& mop, bool with_results, std::string& out) {
  if (!brings_result(mop.fn)) {
    append_argument(mop, out);
  } else if (with_results) {
    append_json_value(mop.result, out);
  } else {
    out += "null";
  }
}

}  // namespace

JsonLinesEncoder::JsonLinesEncoder(std::vector<std::string> node_names, std::map<Key, std::string> key_names)
    : node_names_(std::move(node_names)), key_names_(std::move(key_names)) {
  first_line_ = ",\"node_names\":[";
  for (const std::string& name : node_names_) {
    std::string quoted;
    append_json_text(name, quoted);
    if (!quoted_nodes_.empty()) first_line_ += ',';
    first_line_ += quoted;
    quoted_nodes_.push_back(std::move(quoted));
  }
  first_line_ += ']';
}

void JsonLinesEncoder::begin_line(Nanos time, std::uint64_t index, std::string& out) const {
  out += "{\"index\":";
  append_json_integer(static_cast<std::int64_t>(index), out);
  out += ",\"time\":";
  append_json_integer(time, out);
  out += ",\"process\":";
}

void JsonLinesEncoder::append_key(Key key, std::string& out) const {
  if (!key_names_.empty()) {
    if (const auto named = key_names_.find(key); named != key_names_.end()) {
      append_json_text(named->second, out);
      return;
    }
  }
  append_json_integer(key, out);
}

void JsonLinesEncoder::append_node(NodeId node, std::string& out) const {
  if (node >= 0 && static_cast<std::size_t>(node) < quoted_nodes_.size()) {
    out += quoted_nodes_[node];
  } else {
    out += "\"n";
    append_json_integer(node + 1, out);
    out += '"';
  }
}

// What a predicate read found, [[key, value] ...].
void JsonLinesEncoder::append_rows(const Value& rows, std::string& out) const {
  if (rows.is_nil() || !are_rows(rows)) return append_json_value(rows, out);
  out += '[';
  bool first = true;
  for (const Value& row : rows.as_list()) {
    out += first ? "[" : ",[";
    first = false;
    append_key(row.first().as_integer(), out);
    out += ',';
    append_json_value(row.second(), out);
    out += ']';
  }
  out += ']';
}

// Of a transaction.
void JsonLinesEncoder::append_mop(const Mop& mop, bool with_results, std::string& out) const {
  out += "[\"";
  out += mop_name(mop.fn);
  out += "\",";
  if (mop.fn == Fn::scan) {
    append_json_value(mop.argument, out);
    out += ',';
    append_rows(with_results ? mop.result : Value(), out);
  } else {
    append_key(mop.key, out);
    out += ',';
    append_main_value(mop, with_results, out);
    if (const Value other = other_value(mop, with_results); !other.is_nil()) {
      out += ',';
      append_json_value(other, out);
    }
  }
  out += ']';
}

void JsonLinesEncoder::append_request(const Operation& operation, bool with_results, std::string& out) const {
  if (operation.mops.size() == 1) {
    const Mop& mop = operation.mops[0];
    out += ",\"f\":\"";
    out += fn_name(mop.fn);
    out += "\",\"value\":";
    if (mop.fn == Fn::scan) {
      append_rows(with_results ? mop.result : Value(), out);
    } else {
      append_main_value(mop, with_results, out);
    }
    if (const Value other = other_value(mop, with_results); !other.is_nil()) {
      out += brings_result(mop.fn) ? ",\"argument\":" : ",\"result\":";
      append_json_value(other, out);
    }
    if (mop.fn != Fn::scan) {
      out += ",\"key\":";
      append_key(mop.key, out);
    }
  } else {
    out += ",\"f\":\"txn\",\"value\":[";
    bool first = true;
    for (const Mop& mop : operation.mops) {
      if (!first) out += ',';
      first = false;
      append_mop(mop, with_results, out);
    }
    out += ']';
  }
  if (operation.node != kNoNode) {
    out += ",\"node\":";
    append_node(operation.node, out);
  }
}

void JsonLinesEncoder::invoked(const Operation& operation, std::uint64_t index, std::string& out) const {
  begin_line(operation.invoked, index, out);
  append_json_integer(operation.process, out);
  out += ",\"type\":\"invoke\"";
  append_request(operation, false, out);
  out += ",\"due\":";
  append_json_integer(operation.due, out);
  if (index == 0) out += first_line_;
  out += "}\n";
}

void JsonLinesEncoder::completed(const Operation& operation, Nanos at, std::uint64_t index,
                                 std::string& out) const {
  begin_line(at, index, out);
  append_json_integer(operation.process, out);
  out += ",\"type\":\"";
  out += outcome_name(operation.outcome);
  out += '"';
  append_request(operation, true, out);
  if (!operation.error.empty()) {
    out += ",\"error\":";
    append_json_text(operation.error, out);
  }
  if (index == 0) out += first_line_;
  out += "}\n";
}

void JsonLinesEncoder::fault(const FaultEvent& event, std::uint64_t index, std::string& out) const {
  begin_line(event.time, index, out);
  out += "\"nemesis\",\"type\":\"info\",\"f\":";
  std::string name = event.fault;
  if (event.stage == FaultEvent::Stage::start) name.insert(0, "start-");
  if (event.stage == FaultEvent::Stage::stop) name.insert(0, "stop-");
  append_json_text(name, out);
  out += ",\"value\":";
  append_json_facts(event.value, out);
  out += ",\"nodes\":[";
  bool first = true;
  for (const NodeId node : event.nodes) {
    if (!first) out += ',';
    first = false;
    append_node(node, out);
  }
  out += "],\"began\":";
  append_json_integer(event.began, out);
  out += ",\"window\":";
  append_json_integer(event.window, out);
  out += event.verified ? ",\"verified\":true" : ",\"verified\":false";
  out += ",\"evidence\":";
  append_json_facts(event.evidence, out);
  if (index == 0) out += first_line_;
  out += "}\n";
}

void write_json_lines(const History& history, std::string& out) {
  const JsonLinesEncoder encoder(history.node_names(), named_keys(history));
  export_events(history, encoder, out);
}

}  // namespace assay::formats
