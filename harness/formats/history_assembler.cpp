#include "harness/formats/history_assembler.h"

#include <limits>
#include <utility>

#include "harness/core/error.h"

namespace assay::formats {

namespace {

// Keys that are texts get numbers from here on, far from the integer keys that histories have.
constexpr Key kFirstNamedKey = Key{1} << 40;

constexpr std::size_t kErrorBytesMax = 200;  // of an error that is no text

// As the line has it: a process may count as another by now.
template <class Line>
std::string name_of(const Line& line, ProcessId process) {
  return line.process ? excerpt(line.process) : std::to_string(process);
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

}  // namespace

void HistoryAssembler::refuse(std::uint64_t line, const std::string& sentence) const {
  throw InputError(name_ + ":" + std::to_string(line) + ": " + sentence);
}

std::int64_t HistoryAssembler::integer(const Line& line, const char* field, Form form) const {
  // Half of the range, so that differences of times can't overflow.
  if (form.is_integer() && form.integer() < kNever / 2 && form.integer() > -kNever / 2) return form.integer();
  refuse(line.number, "expected " + quoted(field) + " to be a whole number, got " + excerpt(form));
}

std::string_view HistoryAssembler::text(const Line& line, const char* field, Form form) const {
  if (form.is_text()) return form.text();
  refuse(line.number, "expected " + quoted(field) + " to be a text, got " + excerpt(form));
}

HistoryAssembler::Line HistoryAssembler::fields_of(Form operation, std::uint64_t number) {
  static constexpr struct {
    std::string_view name;
    Form Line::*form;
  } kFields[] = {
      {"process", &Line::process},
      {"type", &Line::type},
      {"f", &Line::f},
      {"value", &Line::value},
      {"time", &Line::when},
      {"key", &Line::key},
      {"node", &Line::node},
      {"due", &Line::due},
      {"error", &Line::error},
      {"result", &Line::extra},
      {"argument", &Line::extra},
      {"nodes", &Line::nodes},
      {"began", &Line::began},
      {"window", &Line::window},
      {"verified", &Line::verified},
      {"evidence", &Line::evidence},
      {"node_names", &Line::node_names},
  };
  Line line;
  line.number = number;
  for (auto part = operation.begin(); part != operation.end(); ++part) {
    const Form name = *part;
    const Form value = *++part;
    if (!name.is_text()) continue;
    for (const auto& known : kFields) {
      if (name.text() != known.name) continue;
      line.*known.form = value;
      break;
    }
  }
  if (line.node_names) {
    if (!line.node_names.is_list()) {
      refuse(number, "expected \"node_names\" to be a list of texts, got " + excerpt(line.node_names));
    }
    for (const Form name : line.node_names) node_of(line, name);
  }
  const bool first = lines_ == 0;
  if (first && line.node_names) {
    by_lines_ = false;
    own_ = true;
  }
  // Without times the order of the lines is all there is.
  line.time = line.when && !line.when.is_nil() ? moment(line, line.when) : last_time_ + 1;
  if (by_lines_ && !first && line.time <= last_time_) line.time = last_time_ + 1;
  last_time_ = line.time;
  return line;
}

void HistoryAssembler::add(Form operation, std::uint64_t number) {
  const Line line = fields_of(operation, number);
  lines_ = number;
  if (!line.process && (own_ || !line.type || !line.f)) refuse(number, "expected the field \"process\"");
  // Elle's transactions need no f.
  if (!line.f && !line.type) refuse(number, "expected the field \"f\"");
  if (line.process && !is_client(line)) return add_fault(line);
  if (!line.type) refuse(number, "expected the field \"type\"");
  const std::string_view type = text(line, "type", line.type);
  const ProcessId id = process_of(line);
  if (passed_over(line, id)) return;
  if (type == "invoke") return add_invocation(line, id);
  if (type == "ok") return add_completion(line, id, Outcome::ok);
  if (type == "fail") return add_completion(line, id, Outcome::fail);
  if (type == "info") return add_completion(line, id, Outcome::info);
  refuse(number, "expected \"type\" to be \"invoke\", \"ok\", \"fail\" or \"info\", got " + quoted(type));
}

void HistoryAssembler::add_invocation(const Line& line, ProcessId process) {
  const auto [open, fresh] = open_.try_emplace(process);
  if (!fresh) {
    refuse(line.number, "expected a completion of process " + name_of(line, process) +
                            ", whose operation of line " + std::to_string(open->second.line) +
                            " is still open, got another invocation");
  }
  if (builder_.size() > 0 && line.time < last_invoked_) {
    refuse(line.number, "expected a time of at least " + std::to_string(last_invoked_) +
                            ", that of the invocation before it, got " + std::to_string(line.time));
  }
  if (builder_.size() >= std::numeric_limits<OpId>::max()) refuse(line.number, "expected fewer operations");
  last_invoked_ = line.time;
  request_of(line, open->second);
  Operation operation;
  operation.process = process;
  operation.invoked = line.time;
  operation.due = line.due ? integer(line, "due", line.due) : line.time;
  if (line.node && !line.node.is_nil()) operation.node = node_of(line, line.node);
  operation.mops = mops_;
  open->second.id = builder_.add(operation);
  if (open->second.tuple && !own_) tuples_.push_back(open->second.id);
  open->second.line = line.number;
}

void HistoryAssembler::add_completion(const Line& line, ProcessId process, Outcome outcome) {
  const auto found = open_.find(process);
  if (found == open_.end()) {
    refuse(line.number,
           "expected an invocation of process " + name_of(line, process) + " before its completion");
  }
  const Open open = found->second;
  open_.erase(found);
  const Nanos invoked = builder_.at(open.id).invoked;
  if (line.time < invoked) {
    refuse(line.number, "expected a time of at least " + std::to_string(invoked) +
                            ", when the operation was invoked (line " + std::to_string(open.line) +
                            "), got " + std::to_string(line.time));
  }
  results_of(line, open, outcome);
  if (outcome == Outcome::info) retire(process);
  error_.clear();
  if (line.error && !line.error.is_nil()) {
    error_ = line.error.is_text() ? std::string(line.error.text()) : excerpt(line.error, kErrorBytesMax);
  }
  if (nil_reads_say_nothing_ && outcome == Outcome::ok && mops_.size() == 1 && mops_[0].fn == Fn::read &&
      mops_[0].result.is_nil()) {
    outcome = Outcome::info;
    error_ = "nil was read";
    ++nil_reads_;
  }
  const Nanos completed = outcome == Outcome::info ? kNever : line.time;
  if (open.special != Special::none || mops_.size() != 1 || mops_[0].fn == Fn::read ||
      mops_[0].argument != builder_.at(open.id).mops[0].argument)
    keep_shape(open.id);
  builder_.complete(open.id, outcome, completed, mops_, error_);
}

// The builder takes results only. Mops that are others than those of the invocation are put in at the end.
void HistoryAssembler::keep_shape(OpId id) {
  const auto invoked = builder_.at(id).mops;
  bool same = mops_.size() == invoked.size();
  for (std::size_t i = 0; same && i < mops_.size(); ++i) {
    same = mops_[i].fn == invoked[i].fn && mops_[i].key == invoked[i].key &&
           mops_[i].argument == invoked[i].argument;
  }
  if (same) return;
  replaced_.emplace(id, mops_);
  mops_.assign(invoked.begin(), invoked.end());
}

Key HistoryAssembler::key_of(const Line& line, Form form) {
  if (form.is_integer()) return form.integer();
  if (form.is_text()) return key_named(form.text());
  // A compound key, such as a row of two columns, goes by its text.
  if (form.kind() == Form::Kind::boolean || (form.is_list() && form.size() > 0))
    return key_named(excerpt(form, std::numeric_limits<std::size_t>::max()));
  refuse(line.number, "expected a key that is a whole number, a text or a list, got " + excerpt(form));
}

Key HistoryAssembler::key_named(std::string_view name) {
  const auto found = named_keys_.find(name);
  if (found != named_keys_.end()) return found->second;
  const Key key = kFirstNamedKey + static_cast<Key>(named_keys_.size());
  builder_.set_key_name(key, std::string(name));
  named_keys_.emplace(std::string(name), key);
  return key;
}

NodeId HistoryAssembler::node_of(const Line& line, Form form) {
  const std::string_view name = text(line, "node", form);
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

HistoryFile HistoryAssembler::finish() {
  HistoryFile file;
  builder_.set_node_names(std::move(node_names_));
  file.history = builder_.build();
  const bool other = !replaced_.empty() || !accounts_.empty() || elements_are_tuples_ ||
                     (lists_are_read_ && are_comments(file.history));
  if (!own_ && other) file.history = rewritten(file.history);
  warn_of_workload(file.warnings);
  file.lines = lines_;
  file.never_completed = open_.size();
  if (nil_reads_ > 0) {
    file.warnings.push_back(name_ + ": " + std::to_string(nil_reads_) +
                            (nil_reads_ == 1 ? " read" : " reads") +
                            " found nil, which in a Knossos history says nothing");
  }
  return file;
}

}  // namespace assay::formats
