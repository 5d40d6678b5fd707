// Recorders that keep the history in memory and that pass events on to several others.
#pragma once

#include <utility>
#include <vector>

#include "harness/core/recorder.h"

namespace assay {

class HistoryRecorder final : public Recorder {
 public:
  explicit HistoryRecorder(std::vector<std::string> node_names) {
    builder_.set_node_names(std::move(node_names));
  }

  // Operations must arrive with id counting up from 0.
  void invoked(const Operation& operation) override { builder_.add(operation); }
  void completed(const Operation& operation, Nanos) override {
    builder_.complete(operation.id, operation.outcome, operation.completed, operation.mops, operation.error);
  }
  void fault(const FaultEvent& event) override { builder_.add_fault(event); }

  History build() { return builder_.build(); }

 private:
  HistoryBuilder builder_;
};

class FanOutRecorder final : public Recorder {
 public:
  // The recorders must outlive this one.
  explicit FanOutRecorder(std::vector<Recorder*> recorders) : recorders_(std::move(recorders)) {}

  void invoked(const Operation& operation) override {
    for (Recorder* recorder : recorders_) recorder->invoked(operation);
  }
  void completed(const Operation& operation, Nanos at) override {
    for (Recorder* recorder : recorders_) recorder->completed(operation, at);
  }
  void fault(const FaultEvent& event) override {
    for (Recorder* recorder : recorders_) recorder->fault(event);
  }

 private:
  std::vector<Recorder*> recorders_;
};

}  // namespace assay
