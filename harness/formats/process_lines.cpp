// Who a line of a history file is about, and when; see history_assembler.h.
#include <charconv>
#include <cmath>
#include <limits>

#include "harness/formats/history_assembler.h"
#include "harness/formats/line_text.h"

namespace assay::formats {

namespace {

// Processes that have names, and those that go on after an operation of unknown outcome, have numbers from here on.
constexpr std::int64_t kFirstNamedClient = 1 << 29;
constexpr std::int64_t kFirstSuccessor = 3LL << 29;

}  // namespace

// A time that is no whole number loses its fraction.
Nanos HistoryAssembler::moment(const Line& line, Form form) const {
  if (form.kind() != Form::Kind::number) return integer(line, "time", form);
  double time = 0;
  const std::string_view digits = form.text();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), time);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || !(std::abs(time) < static_cast<double>(kNever / 2))) return integer(line, "time", form);
  return static_cast<Nanos>(std::floor(time));
}

// Whether the line is about a client, whose process is a number, or a name that invokes something; else it is the
// nemesis's.
bool HistoryAssembler::is_client(const Line& line) const {
  if (!line.process.is_text()) return true;
  const std::string_view name = line.process.text();
  if (name == "nemesis") return false;
  if (whole_number(name) || clients_.contains(name)) return true;
  if (own_ || !line.type || !line.type.is_text()) return false;
  return line.type.text() == "invoke" || line.type.text() == "ok" || line.type.text() == "fail";
}

// Requires: is_client(line), or the line names no process.
ProcessId HistoryAssembler::process_of(const Line& line) {
  if (!line.process) return unnamed_process(line);
  std::int64_t process = 0;
  if (!line.process.is_text()) {
    process = integer(line, "process", line.process);
  } else if (const auto number = whole_number(line.process.text())) {
    process = *number;
  } else {
    const auto next = kFirstNamedClient + static_cast<std::int64_t>(clients_.size());
    process = clients_.try_emplace(std::string(line.process.text()), next).first->second;
  }
  if (process < 0 || process > std::numeric_limits<ProcessId>::max()) {
    refuse(line.number,
           "expected \"process\" to be between 0 and 2147483647, got " + std::to_string(process));
  }
  const auto now = gone_on_.find(process);
  const ProcessId id = now == gone_on_.end() ? static_cast<ProcessId>(process) : now->second;
  // Who invokes again after an operation of unknown outcome counts as another process: that operation may take effect
  // at any time yet, also after what follows.
  if (!retired_.contains(id) || line.type.kind() != Form::Kind::text || line.type.text() != "invoke")
    return id;
  const auto successor = static_cast<ProcessId>(kFirstSuccessor + static_cast<std::int64_t>(successors_++));
  gone_on_[process] = successor;
  return successor;
}

void HistoryAssembler::retire(ProcessId process) {
  if (!own_) retired_.insert(process);
}

}  // namespace assay::formats
