#include "harness/formats/edn_writer.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "harness/core/predicate.h"
#include "harness/core/recorder.h"
#include "harness/formats/event_export.h"
#include "harness/formats/json_text.h"
#include "harness/formats/mop_text.h"

namespace assay::formats {

namespace {

void append_value(const Value& value, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::nil:
      out += "nil";
      return;
    case Value::Kind::pair:
      out += "{:pair [";
      append_value(value.first(), out);
      out += ' ';
      append_value(value.second(), out);
      out += "]}";
      return;
    case Value::Kind::list:
      break;
    default:
      append_json_value(value, out);  // EDN's texts have the escapes of JSON
      return;
  }
  out += '[';
  bool first = true;
  for (const Value& element : value.as_list()) {
    if (!first) out += ' ';
    first = false;
    append_value(element, out);
  }
  out += ']';
}

void append_facts(const Facts& facts, std::string& out) {
  out += '{';
  bool first = true;
  for (const Fact& fact : facts) {
    if (!first) out += ", ";
    first = false;
    append_json_text(fact.name, out);
    out += ' ';
    append_value(fact.value, out);
  }
  out += '}';
}

void append_main_value(const Mop& mop, bool with_results, std::string& out) {
  if (brings_result(mop.fn)) {
    append_value(with_results ? mop.result : Value(), out);
  } else if (mop.fn == Fn::cas && mop.argument.kind() == Value::Kind::pair) {
    append_value(Value::list({mop.argument.first(), mop.argument.second()}), out);
  } else {
    append_value(mop.argument, out);
  }
}

enum class Shape { alone, tuples, transactions };

Shape edn_shape_of(const History& history) {
  Shape shape = Shape::alone;
  Key first_key = 0;
  for (const Operation operation : history.operations()) {
    if (operation.mops.size() != 1) return Shape::transactions;
    if (operation.mops[0].fn == Fn::append || operation.mops[0].fn == Fn::scan) return Shape::transactions;
    const Key key = operation.mops[0].key;
    if (operation.id == 0) first_key = key;
    if (key != first_key) shape = Shape::tuples;
  }
  return shape;
}

class EdnEncoder final : public EventEncoder {
 public:
  explicit EdnEncoder(const History& history)
      : history_(history), key_names_(named_keys(history)), shape_(edn_shape_of(history)) {}

  void invoked(const Operation& operation, std::uint64_t index, std::string& out) const override {
    begin(index, operation.invoked, "invoke", out);
    append_process(operation.process, out);
    append_request(operation, false, out);
    out += ", :due ";
    append_json_integer(operation.due, out);
    end(index, out);
  }

  void completed(const Operation& operation, Nanos at, std::uint64_t index, std::string& out) const override {
    begin(index, at, outcome_name(operation.outcome), out);
    append_process(operation.process, out);
    append_request(operation, true, out);
    if (!operation.error.empty()) {
      out += ", :error ";
      append_json_text(operation.error, out);
    }
    end(index, out);
  }

  void fault(const FaultEvent& event, std::uint64_t index, std::string& out) const override {
    begin(index, event.time, "info", out);
    out += ", :process :nemesis, :f ";
    const bool start = event.stage == FaultEvent::Stage::start, stop = event.stage == FaultEvent::Stage::stop;
    append_name((start ? "start-" : stop ? "stop-" : "") + event.fault, out);
    out += ", :value ";
    append_facts(event.value, out);
    out += ", :nodes [";
    for (std::size_t i = 0; i < event.nodes.size(); ++i) {
      if (i > 0) out += ' ';
      append_json_text(history_.node_name(event.nodes[i]), out);
    }
    out += "], :began ";
    append_json_integer(event.began, out);
    out += ", :window ";
    append_json_integer(event.window, out);
    out += event.verified ? ", :verified true" : ", :verified false";
    out += ", :evidence ";
    append_facts(event.evidence, out);
    end(index, out);
  }

 private:
  static void begin(std::uint64_t index, Nanos time, std::string_view type, std::string& out) {
    out += "{:index ";
    append_json_integer(static_cast<std::int64_t>(index), out);
    out += ", :time ";
    append_json_integer(time, out);
    out += ", :type :";
    out += type;
  }

  // The first line says that the file is ours, and so are its times.
  void end(std::uint64_t index, std::string& out) const {
    if (index == 0) {
      out += ", :node_names [";
      bool first = true;
      for (const std::string& name : history_.node_names()) {
        if (!first) out += ' ';
        first = false;
        append_json_text(name, out);
      }
      out += ']';
    }
    out += "}\n";
  }

  static void append_process(ProcessId process, std::string& out) {
    out += ", :process ";
    append_json_integer(process, out);
  }

  // As a keyword when it can be one.
  static void append_name(const std::string& name, std::string& out) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!plain || name.empty()) return append_json_text(name, out);
    out += ':';
    out += name;
  }

  void append_key(Key key, std::string& out) const {
    const auto named = key_names_.find(key);
    if (named != key_names_.end()) {
      append_json_text(named->second, out);
    } else {
      append_json_integer(key, out);
    }
  }

  // [:rp predicate {key value}], as Elle has predicate reads; a list of rows where one is found twice.
  void append_scan(const Mop& mop, bool with_results, std::string& out) const {
    out += "[:rp ";
    if (mop.argument.is_nil()) {
      out += ":true";
    } else {
      append_value(mop.argument, out);
    }
    out += ' ';
    if (!with_results || mop.result.is_nil() || !are_rows(mop.result)) {
      append_value(with_results ? mop.result : Value(), out);
      out += ']';
      return;
    }
    std::set<Value> keys;
    for (const Value& row : mop.result.as_list()) keys.insert(row.first());
    const bool map = keys.size() == mop.result.as_list().size();
    out += map ? '{' : '[';
    bool first = true;
    for (const Value& row : mop.result.as_list()) {
      if (!first) out += map ? ", " : " ";
      first = false;
      if (!map) out += '[';
      append_key(row.first().as_integer(), out);
      out += ' ';
      append_value(row.second(), out);
      if (!map) out += ']';
    }
    out += map ? "}]" : "]]";
  }

  void append_transaction(const Operation& operation, bool with_results, std::string& out) const {
    out += ", :f :txn, :value [";
    for (std::size_t i = 0; i < operation.mops.size(); ++i) {
      const Mop& mop = operation.mops[i];
      if (mop.fn == Fn::scan) {
        if (i > 0) out += ' ';
        append_scan(mop, with_results, out);
        continue;
      }
      out += i == 0 ? "[:" : " [:";
      out += mop_name(mop.fn);
      out += ' ';
      append_key(mop.key, out);
      out += ' ';
      append_main_value(mop, with_results, out);
      if (const Value other = other_value(mop, with_results); !other.is_nil()) {
        out += ' ';
        append_value(other, out);
      }
      out += ']';
    }
    out += ']';
  }

  void append_request(const Operation& operation, bool with_results, std::string& out) const {
    if (shape_ == Shape::transactions) {
      append_transaction(operation, with_results, out);
    } else {
      const Mop& mop = operation.mops[0];
      // A cas without its two values would not be recognised in a tuple.
      const bool tuple =
          shape_ == Shape::tuples && (mop.fn != Fn::cas || mop.argument.kind() == Value::Kind::pair);
      out += ", :f :";
      out += fn_name(mop.fn);
      out += tuple ? ", :value [" : ", :value ";
      if (tuple) {
        append_key(mop.key, out);
        out += ' ';
      }
      append_main_value(mop, with_results, out);
      if (tuple) out += ']';
      if (const Value other = other_value(mop, with_results); !other.is_nil()) {
        out += brings_result(mop.fn) ? ", :argument " : ", :result ";
        append_value(other, out);
      }
      if (!tuple) {
        out += ", :key ";
        append_key(mop.key, out);
      }
    }
    if (operation.node != kNoNode) {
      out += ", :node ";
      append_json_text(history_.node_name(operation.node), out);
    }
  }

  const History& history_;
  std::map<Key, std::string> key_names_;
  Shape shape_;
};

}  // namespace

void write_edn(const History& history, std::string& out) { export_events(history, EdnEncoder(history), out); }

}  // namespace assay::formats
