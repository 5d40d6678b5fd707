// The nemesis's lines of a history file; see history_assembler.h.
#include <limits>
#include <utility>

#include "harness/formats/history_assembler.h"

namespace assay::formats {

namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() <= prefix.size() || text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

void HistoryAssembler::add_fault(const Line& line) {
  FaultEvent event;
  if (!line.f) refuse(line.number, "expected the field \"f\"");
  std::string_view name = text(line, "f", line.f);
  if (take_prefix(name, "start-")) {
    event.stage = FaultEvent::Stage::start;
  } else if (take_prefix(name, "stop-")) {
    event.stage = FaultEvent::Stage::stop;
  }
  event.fault = name;
  event.time = line.time;
  event.began = line.began ? integer(line, "began", line.began) : line.time;
  if (line.value) event.value = facts_from_form(line.value);
  if (line.evidence) event.evidence = facts_from_form(line.evidence);
  if (line.verified) {
    if (line.verified.kind() != Form::Kind::boolean) {
      refuse(line.number, "expected \"verified\" to be true or false, got " + excerpt(line.verified));
    }
    event.verified = line.verified.boolean();
  }
  if (line.nodes) {
    if (!line.nodes.is_list()) {
      refuse(line.number, "expected \"nodes\" to be a list of texts, got " + excerpt(line.nodes));
    }
    for (const Form node : line.nodes) event.nodes.push_back(node_of(line, node));
  }
  set_window(line, event);
  builder_.add_fault(std::move(event));
}

// Jepsen's lines have no number: a stop belongs to the latest start of the same fault, and a repeated start
// (the nemesis's own completion) is a mark.
void HistoryAssembler::set_window(const Line& line, FaultEvent& event) {
  if (line.window) {
    const std::int64_t window = integer(line, "window", line.window);
    if (window < 0 || window > std::numeric_limits<std::uint32_t>::max()) {
      refuse(line.number,
             "expected \"window\" to be between 0 and 4294967295, got " + std::to_string(window));
    }
    event.window = static_cast<std::uint32_t>(window);
    return;
  }
  const auto open = open_windows_.find(event.fault);
  if (event.stage == FaultEvent::Stage::start) {
    if (open != open_windows_.end()) {
      event.stage = FaultEvent::Stage::mark;
      return;
    }
    event.window = open_windows_[event.fault] = next_window_++;
  } else if (event.stage == FaultEvent::Stage::stop) {
    if (open == open_windows_.end()) {
      event.stage = FaultEvent::Stage::mark;
      return;
    }
    event.window = open->second;
    open_windows_.erase(open);
  }
}

}  // namespace assay::formats
