#include "workloads/common/final_reads.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"

namespace assay::workloads {

FinalReads::FinalReads(Options options)
    : options_(options), wanted_(static_cast<std::size_t>(options.nodes) + 1) {
  ASSAY_ASSERT(options.nodes > 0);
}

void FinalReads::ask_some_node(const std::vector<Key>& keys) {
  begun_ = true;
  for (const Key key : keys) wanted_[queue_of(-1)].push_back({key, -1, 0});
}

void FinalReads::ask_every_node(const std::vector<Key>& keys) {
  begun_ = true;
  for (const Key key : keys) {
    compared_.push_back(key);
    for (int node = 0; node < options_.nodes; ++node) wanted_[queue_of(node)].push_back({key, node, 0});
  }
}

std::optional<Request> FinalReads::next(ProcessId process) {
  const int node = process % options_.nodes;
  for (const int queue : {-1, node}) {
    std::deque<Cell>& cells = wanted_[queue_of(queue)];
    if (cells.empty()) continue;
    const Cell cell = cells.front();
    cells.pop_front();
    in_flight_[process] = cell;
    return Request{{Fn::read, cell.key, {}, {}}};
  }
  return std::nullopt;
}

void FinalReads::observe(const Operation& operation) {
  const auto found = in_flight_.find(operation.process);
  if (found == in_flight_.end()) return;
  Cell cell = found->second;
  in_flight_.erase(found);
  began_ = std::min(began_, operation.invoked);
  latest_ = std::max({latest_, operation.invoked, operation.completed == kNever ? 0 : operation.completed});
  if (operation.outcome == Outcome::ok) {
    answers_[cell.key][operation.process % options_.nodes] = operation.mops[0].result;
  } else if (++cell.failures < kFailuresMax) {
    wanted_[queue_of(cell.node)].push_back(cell);
  }
  if (done()) finish_round();
}

bool FinalReads::done() const {
  return in_flight_.empty() && std::all_of(wanted_.begin(), wanted_.end(),
                                           [](const std::deque<Cell>& cells) { return cells.empty(); });
}

void FinalReads::finish_round() {
  std::vector<Key> again;
  for (const Key key : std::exchange(compared_, {})) {
    if (!settled(key)) again.push_back(key);
  }
  if (!again.empty() && latest_ - began_ < options_.patience) ask_every_node(again);
}

bool FinalReads::settled(Key key) const {
  const auto found = answers_.find(key);
  if (found == answers_.end()) return true;
  const auto content = [this](const Value& value) {
    if (!options_.unordered || value.kind() != Value::Kind::list) return value;
    std::vector<Value> elements(value.as_list().begin(), value.as_list().end());
    std::sort(elements.begin(), elements.end());
    return Value::list(std::move(elements));
  };
  const Value first = content(found->second.begin()->second);
  return std::all_of(found->second.begin(), found->second.end(), [&](const auto& answer) {
    return content(answer.second) == first && (!options_.complete || options_.complete(key, answer.second));
  });
}

const Value* FinalReads::answer(Key key) const {
  const auto found = answers_.find(key);
  return found == answers_.end() ? nullptr : &found->second.begin()->second;
}

}  // namespace assay::workloads
