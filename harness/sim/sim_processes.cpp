#include "harness/sim/sim_processes.h"

#include <utility>

namespace assay::sim {

void SimProcesses::kill(NodeId node) {
  ++at(node).loop;
  end(node);
}

void SimProcesses::start(NodeId node) {
  ++at(node).loop;
  begin(node);
}

void SimProcesses::end(NodeId node) {
  Process& process = at(node);
  if (process.state == State::dead) return;
  process.state = State::dead;
  process.incarnation = 0;
  process.held.clear();
  if (host_ != nullptr) host_->process_ended(node);
}

void SimProcesses::begin(NodeId node) {
  Process& process = at(node);
  if (process.state != State::dead) return;
  process.state = State::running;
  process.incarnation = ++process.starts;
  if (host_ != nullptr) host_->process_started(node);
}

void SimProcesses::pause(NodeId node) {
  Process& process = at(node);
  if (process.state == State::running) process.state = State::paused;
}

void SimProcesses::resume(NodeId node) {
  Process& process = at(node);
  if (process.state != State::paused) return;
  process.state = State::running;
  // As an event of its own, so that the process never runs inside the hand of whoever resumed it. Until then
  // deliver() queues behind what is held.
  if (!process.held.empty()) {
    simulator_.at(simulator_.now(), [this, node] { drain(node); });
  }
}

void SimProcesses::drain(NodeId node) {
  Process& process = at(node);
  while (process.state == State::running && !process.stalled && !process.held.empty()) {
    InlineTask task = std::move(process.held.front());
    process.held.pop_front();
    task.run();
  }
}

std::optional<std::string> SimProcesses::lack(ProcessMeans means) {
  switch (means) {
    case ProcessMeans::terminate:
    case ProcessMeans::freeze:
    case ProcessMeans::crash_loop:
    case ProcessMeans::limit_cpu:
      return std::nullopt;
    case ProcessMeans::limit_memory:
      return "a simulated process has no memory that is counted";
    case ProcessMeans::limit_files:
      return "a simulated process has no file descriptors";
    case ProcessMeans::limit_tasks:
      return "a simulated process has no threads";
  }
  return std::nullopt;
}

bool SimProcesses::terminate(NodeId node, Nanos) {
  const bool hears = at(node).state == State::running;
  if (hears && host_ != nullptr) host_->process_ending(node);
  kill(node);
  return hears;
}

void SimProcesses::crash_loop(NodeId node, Nanos period) {
  ASSAY_ASSERT(period > 0);
  Process& process = at(node);
  process.crashes = 0;
  crash(node, ++process.loop, period);
}

void SimProcesses::crash(NodeId node, std::uint64_t loop, Nanos period) {
  Process& process = at(node);
  if (process.loop != loop) return;
  end(node);
  ++process.crashes;
  begin(node);
  simulator_.after(period, [this, node, loop, period] { crash(node, loop, period); });
}

void SimProcesses::limit(NodeId node, ProcessMeans means, std::int64_t amount) {
  ASSAY_ASSERT(!lack(means) && amount > 0);
  unlimit(node);
  Process& process = at(node);
  process.percent = amount;
  if (amount < 100) turn(node, process.quota, true);
}

void SimProcesses::unlimit(NodeId node) {
  Process& process = at(node);
  ++process.quota;
  process.percent = 100;
  if (!std::exchange(process.stalled, false) || process.held.empty()) return;
  simulator_.at(simulator_.now(), [this, node] { drain(node); });
}

void SimProcesses::turn(NodeId node, std::uint64_t quota, bool stalled) {
  Process& process = at(node);
  if (process.quota != quota) return;
  process.stalled = stalled;
  if (!stalled) drain(node);
  // What was drained may have changed everything.
  if (process.quota != quota) return;
  const Nanos runs = kQuotaPeriod * process.percent / 100;
  simulator_.after(stalled ? kQuotaPeriod - runs : runs,
                   [this, node, quota, stalled] { turn(node, quota, !stalled); });
}

Evidence SimProcesses::measure_limit(NodeId node, ProcessMeans, std::int64_t amount) {
  constexpr int kLooks = 300;
  int ran = 0;
  for (int i = 0; i < kLooks; ++i) {
    simulator_.run_until(simulator_.now() + kMillisecond);
    ran += at(node).state == State::running && !at(node).stalled ? 1 : 0;
  }
  const std::int64_t percent = ran * 100 / kLooks;
  return {.proved = percent <= amount + 1, .facts = {{"percent of the processor", percent}}};
}

}  // namespace assay::sim
