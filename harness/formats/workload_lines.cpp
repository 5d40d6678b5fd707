// The workloads of Jepsen whose lines say more than one function or transaction each: bank, queues with
// drains, logs, long forks, comments, counters; see history_assembler.h. docs/history.md lists what becomes
// of them.
#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/formats/history_assembler.h"
#include "harness/formats/mop_text.h"

namespace assay::formats {

namespace {

// Processes of lines that name none.
constexpr ProcessId kFirstUnnamedProcess = 1 << 30;

// What consumers of a log are told besides sending and polling.
bool is_aside(std::string_view f) {
  return f == "assign" || f == "subscribe" || f == "crash" || f == "debug-topic-partitions";
}

bool is_increment(std::string_view f) { return f == "inc" || f == "incr" || f == "increment"; }
bool is_decrement(std::string_view f) { return f == "dec" || f == "decr" || f == "decrement"; }

// The field of a map, or nothing.
Form field(Form map, std::string_view name) {
  for (auto part = map.begin(); part != map.end(); ++part) {
    const Form key = *part;
    const Form value = *++part;
    if (key.is_text() && key.text() == name) return value;
  }
  return {};
}

// How we write a pair; not a map of keys.
bool is_our_pair(Form map) { return map.size() == 2 && field(map, "pair") && field(map, "pair").is_pair(); }

// [["r" 1 nil] ["w" 2 3]] or [["poll"]].
bool is_transaction(Form value) {
  if (!value || !value.is_list() || value.size() == 0) return false;
  for (const Form mop : value) {
    if (!mop.is_list() || mop.size() == 0 || !(*mop.begin()).is_text()) return false;
    const std::string_view name = (*mop.begin()).text();
    if (name != "r" && name != "w" && !fn_from_name(name)) return false;
  }
  return true;
}

bool is_unknown_poll(Form mop) {
  if (!mop.is_list() || mop.size() == 0 || mop.size() > 2) return false;
  if (!(*mop.begin()).is_text() || (*mop.begin()).text() != "poll") return false;
  return mop.size() == 1 || mop.second().is_map() || mop.second().is_nil();
}

// Offset and element of [offset element] in place of the element that was sent.
bool take_offset(Mop& sent, const Value& returned) {
  if (sent.fn != Fn::send || returned == sent.argument || returned.kind() != Value::Kind::list) return false;
  if (returned.as_list().size() != 2 || returned.as_list()[1] != sent.argument) return false;
  sent.result = returned.as_list()[0];
  return true;
}

// [[offset element] ...] as pairs.
Value log_of(Form list) {
  std::vector<Value> pairs;
  for (const Form each : list) {
    pairs.push_back(each.is_pair()
                        ? Value::pair(value_from_form(each.first()), value_from_form(each.second()))
                        : value_from_form(each));
  }
  return Value::list(std::move(pairs));
}

}  // namespace

// JSON has only texts as the keys of a map.
Key HistoryAssembler::key_of_field(const Line& line, Form form) {
  if (form.is_text()) {
    std::int64_t number = 0;
    const std::string_view text = form.text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (whole && std::to_string(number) == text) return number;
  }
  return key_of(line, form);
}

// Whether the line is passed over: it is about a consumer's position in a log.
bool HistoryAssembler::passed_over(const Line& line, ProcessId process) {
  if (own_ || !line.f || !line.f.is_text() || !is_aside(line.f.text())) return false;
  ++asides_;
  if (!line.type || !line.type.is_text() || line.type.text() == "fail") return true;
  Consumer& consumer = consumers_[process];
  if (line.f.text() == "subscribe") consumer.subscribed = true;
  if (line.f.text() != "assign" || line.type.text() == "invoke") return true;
  consumer.subscribed = false;
  consumer.assigned = true;
  // Keys that stay assigned keep their position.
  std::set<Key> kept;
  if (line.value && line.value.is_list()) {
    for (const Form key : line.value) {
      const Key id = key.is_integer() || key.is_text() ? key_of_field(line, key) : Key{-1};
      if (consumer.polled.contains(id)) kept.insert(id);
    }
  }
  consumer.polled = std::move(kept);
  return true;
}

// A line without process: an invocation gets one of its own, a completion that of the oldest open invocation
// of the same function and, unless it is what the function finds, the same value.
ProcessId HistoryAssembler::unnamed_process(const Line& line) {
  const std::string_view f = text(line, "f", line.f);
  const bool found = f == "txn" || brings_result(function_of(line, f, true));
  const Value value = line.value && !found ? value_from_form(line.value) : Value();
  if (text(line, "type", line.type) == "invoke") {
    const auto process = static_cast<ProcessId>(kFirstUnnamedProcess + unnamed_++);
    unnamed_open_.push_back({std::string(f), value, process});
    return process;
  }
  const auto open = std::find_if(unnamed_open_.begin(), unnamed_open_.end(),
                                 [&](const Unnamed& each) { return each.f == f && each.value == value; });
  if (open == unnamed_open_.end()) {
    refuse(line.number, "expected an invocation of \"" + std::string(f) + "\" before its completion");
  }
  const ProcessId process = open->process;
  unnamed_open_.erase(open);
  return process;
}

// Fills mops_ from an invocation of another tool's workload; false when it is none.
bool HistoryAssembler::workload_request(const Line& line, std::string_view f, Open& open) {
  if (own_ || line.key) return false;
  if (predicate_request(line, f, open)) return true;
  if (f == "transfer") {
    open.special = Special::transfer;
    const Form from = line.value && line.value.is_map() ? field(line.value, "from") : Form();
    const Form to = from ? field(line.value, "to") : Form();
    const Form amount = to ? field(line.value, "amount") : Form();
    if (!amount || !amount.is_integer() || amount.integer() == INT64_MIN) {
      refuse(line.number, "expected \"value\" of a transfer to have from, to and amount");
    }
    mops_.push_back({Fn::add, key_of_field(line, from), Value(-amount.integer()), {}});
    mops_.push_back({Fn::add, key_of_field(line, to), Value(amount.integer()), {}});
    return true;
  }
  if (f == "drain") {
    open.special = Special::drain;
    mops_.push_back({Fn::dequeue, 0, Value::text("drain"), {}});
    return true;
  }
  if (is_increment(f) || is_decrement(f)) {
    open.special = Special::increment;
    Mop& mop = mops_.emplace_back();
    mop.fn = Fn::add;
    Form amount = line.value;
    if (amount && amount.is_pair()) {
      mop.key = key_of(line, amount.first());
      amount = amount.second();
    }
    const std::int64_t by = amount && amount.is_integer() ? integer(line, "value", amount) : 1;
    mop.argument = Value(is_increment(f) ? by : -by);
    return true;
  }
  const bool several = f == "read" || f == "write" || f == "send" || f == "poll";
  if (!(several || f == "txn") || !is_transaction(line.value)) return false;
  bool log = false;
  for (const Form mop : line.value) log = log || is_unknown_poll(mop);
  if (f == "txn" && !log) return false;
  open.special = log ? Special::log : Special::transaction;
  transaction_of(line, mops_);
  return true;
}

// A poll that names no keys, or many. False when it is something else.
bool HistoryAssembler::unknown_poll(const Line& line, Form parts, std::vector<Mop>& mops) {
  if (own_ || !is_unknown_poll(parts)) return false;
  if (parts.size() == 1 || parts.second().is_nil()) {
    mops.push_back({Fn::poll, 0, {}, {}});
    return true;
  }
  const Form found = parts.second();
  for (auto part = found.begin(); part != found.end(); ++part) {
    Mop& mop = mops.emplace_back();
    mop.fn = Fn::poll;
    mop.key = key_of_field(line, *part);
    const Form list = *++part;
    mop.result = list.is_list() ? log_of(list) : value_from_form(list);
  }
  return true;
}

// Fills mops_, which are those of the invocation, from a completion of another tool's workload.
void HistoryAssembler::workload_results(const Line& line, const Open& open, Outcome outcome) {
  const bool ok = outcome == Outcome::ok;
  if (open.special == Special::increment) {
    // A sum that the increment returned; the amount once more says nothing.
    const std::int64_t by = mops_[0].argument.as_integer();
    const bool sum = ok && line.value && line.value.is_integer();
    if (sum && line.value.integer() != by && line.value.integer() != -by) {
      mops_[0].result = value_from_form(line.value);
    }
  } else if (open.special == Special::drain) {
    if (!ok) return;
    mops_.assign(1, {Fn::dequeue, 0, {}, {}});
    if (!line.value || !line.value.is_list() || line.value.size() == 0) return;
    mops_.clear();
    for (const Form element : line.value) mops_.push_back({Fn::dequeue, 0, {}, value_from_form(element)});
  } else if (open.special == Special::insert) {
    for (Mop& mop : mops_) {
      if (ok && mop.fn == Fn::scan) mop.result = Value::list({});
    }
  } else if (open.special == Special::log) {
    log_results(line, ok);
  } else if (open.special == Special::transaction && line.value && !line.value.is_nil()) {
    after_.clear();
    transaction_of(line, after_);
    if (after_.size() != mops_.size()) {
      refuse(line.number, "expected as many micro-operations as in the invocation (line " +
                              std::to_string(open.line) + ")");
    }
    for (std::size_t i = 0; i < after_.size(); ++i) finish_mop(mops_[i], after_[i]);
  }
}

// What a completion says of a micro-operation.
void HistoryAssembler::finish_mop(Mop& mop, Mop& after) const {
  if (!own_ && take_offset(mop, after.argument)) return;
  if (!own_ && !brings_result(mop.fn) && mop.argument.is_nil()) mop.argument = after.argument;
  mop.result = std::move(after.result);
}

void HistoryAssembler::log_results(const Line& line, bool ok) {
  std::vector<Mop> sends;
  for (Mop& mop : mops_) {
    if (mop.fn == Fn::send) sends.push_back(std::move(mop));
  }
  after_.clear();
  if (ok && line.value && line.value.is_list()) transaction_of(line, after_);
  mops_.clear();
  const ProcessId process =
      line.process && line.process.is_integer() ? static_cast<ProcessId>(line.process.integer()) : 0;
  std::size_t sent = 0;
  for (Mop& mop : after_) {
    if (mop.fn == Fn::send && sent < sends.size()) {
      finish_mop(sends[sent], mop);
      mops_.push_back(std::move(sends[sent++]));
    } else if (mop.fn == Fn::poll) {
      if (mop.result.is_nil()) continue;
      set_position(process, mop);
      mops_.push_back(std::move(mop));
    }
  }
  // Without results there are only the sends.
  for (; sent < sends.size(); ++sent) mops_.push_back(std::move(sends[sent]));
  if (mops_.empty()) mops_.push_back({Fn::poll, 0, {}, ok ? Value::list({}) : Value()});
}

// Says when a consumer does not go on where it stopped.
void HistoryAssembler::set_position(ProcessId process, Mop& poll) {
  const auto found = consumers_.find(process);
  if (found == consumers_.end()) return;
  Consumer& consumer = found->second;
  if (consumer.subscribed) {
    poll.argument = Value::text("subscribe");
  } else if (consumer.polled.insert(poll.key).second && consumer.assigned) {
    poll.argument = Value::text("assign");
  }
}

// A read that found a map read every key of it. False when it is no such read.
bool HistoryAssembler::read_of_map(const Line& line, const Open& open) {
  if (own_ || line.key || open.tuple || mops_[0].fn != Fn::read || !line.value || !line.value.is_map())
    return false;
  if (line.value.size() == 0 || is_our_pair(line.value)) return false;
  mops_.clear();
  for (auto part = line.value.begin(); part != line.value.end(); ++part) {
    Mop& mop = mops_.emplace_back();
    mop.key = key_of_field(line, *part);
    mop.result = value_from_form(*++part);
  }
  accounts_.clear();
  for (const Mop& mop : mops_) accounts_.push_back({Fn::read, mop.key, {}, {}});
  return true;
}

// What can be told only when everything was read: the history with other micro-operations in some places.
History HistoryAssembler::rewritten(const History& history) {
  HistoryBuilder builder;
  builder.set_node_names(history.node_names());
  for (const auto& [name, key] : named_keys_) builder.set_key_name(key, name);
  auto tuple = tuples_.begin();
  const bool comments = are_comments(history);
  std::vector<Mop> mops;
  for (Operation op : history.operations()) {
    mops.assign(op.mops.begin(), op.mops.end());
    while (tuple != tuples_.end() && *tuple < op.id) ++tuple;
    if (const auto found = replaced_.find(op.id); found != replaced_.end()) {
      mops = found->second;
    } else if (!accounts_.empty() && op.outcome != Outcome::ok && mops.size() == 1 &&
               mops[0].fn == Fn::read) {
      mops = accounts_;
    } else if (elements_are_tuples_ && tuple != tuples_.end() && *tuple == op.id) {
      Mop& mop = mops[0];
      const Value key = named_keys_.empty() ? Value(mop.key) : key_value(history, mop.key);
      if (!brings_result(mop.fn)) mop.argument = Value::list({key, mop.argument});
      mop.key = 0;
    } else if (comments && mops[0].fn == Fn::write) {
      mops[0].fn = Fn::add;
    }
    op.mops = mops;
    builder.add(op);
  }
  for (const FaultEvent& event : history.fault_events()) builder.add_fault(event);
  return builder.build();
}

Value HistoryAssembler::key_value(const History& history, Key key) const {
  const std::string name = history.key_name(key);
  const auto named = named_keys_.find(name);
  return named != named_keys_.end() && named->second == key ? Value::text(name) : Value(key);
}

// Writes of numbers to a key whose reads find lists: what is written is added to a set (Jepsen's comments
// workload).
bool HistoryAssembler::are_comments(const History& history) {
  bool read = false, written = false;
  for (const Operation op : history.operations()) {
    if (op.mops.size() != 1 || op.mops[0].key != 0) return false;
    const Mop& mop = op.mops[0];
    if (mop.fn == Fn::read) {
      if (op.outcome != Outcome::ok || mop.result.is_nil()) continue;
      if (mop.result.kind() != Value::Kind::list) return false;
      read = true;
    } else {
      if (mop.fn != Fn::write || !mop.argument.is_integer()) return false;
      written = true;
    }
  }
  return read && written;
}

// One sentence for each thing that was taken in another way than it stands there.
void HistoryAssembler::warn_of_workload(std::vector<std::string>& warnings) const {
  const auto warn = [&](const std::string& sentence) { warnings.push_back(name_ + ": " + sentence); };
  if (asides_ > 0) {
    warn(std::to_string(asides_) + (asides_ == 1 ? " line" : " lines") +
         " that assign, subscribe or crash consumers were passed over");
  }
  if (unnamed_ > 0) {
    warn(std::to_string(unnamed_) + (unnamed_ == 1 ? " operation names" : " operations name") +
         " no process; completions were paired with invocations by function and value");
  }
  if (successors_ > 0) {
    warn(std::to_string(successors_) + (successors_ == 1 ? " time" : " times") +
         " a process went on after an operation of unknown outcome; from there on it "
         "counts as another one");
  }
  if (elements_are_tuples_) {
    warn("values such as [0 1] are elements, not tuples of key and value, because reads find plain lists");
  }
}

}  // namespace assay::formats
