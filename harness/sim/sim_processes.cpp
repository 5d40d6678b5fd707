#include "harness/sim/sim_processes.h"

namespace assay::sim {

void SimProcesses::kill(NodeId node) {
  Process& process = at(node);
  if (process.state == State::dead) return;
  process.state = State::dead;
  process.incarnation = 0;
  process.held.clear();
  if (host_ != nullptr) host_->process_ended(node);
}

void SimProcesses::start(NodeId node) {
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
  while (process.state == State::running && !process.held.empty()) {
    InlineTask task = std::move(process.held.front());
    process.held.pop_front();
    task.run();
  }
}

}  // namespace assay::sim
