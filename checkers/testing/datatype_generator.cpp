#include "checkers/testing/datatype_generator.h"

#include <algorithm>
#include <memory>
#include <queue>

#include "checkers/testing/datatype_stores.h"
#include "checkers/testing/fixture.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {

namespace {

constexpr NodeId kNodes = 3;

class Run {
 public:
  Run(Datatype type, const DatatypeOptions& options)
      : options_(options), rng_(options.seed), store_(make_store(type, options)) {}

  History make() {
    for (std::int64_t client = 0; client < options_.clients; ++client) {
      processes_.push_back(static_cast<ProcessId>(client));
      start(client, static_cast<Nanos>(rng_.below(100)));
    }
    next_process_ = static_cast<ProcessId>(options_.clients);
    while (!effects_.empty()) {
      const Moment moment = effects_.top();
      effects_.pop();
      take_effect(moment);
    }
    for (const Request& request : store_->last_requests()) {
      for (NodeId node = 0; node < (store_->last_from_every_node() ? kNodes : NodeId{1}); ++node) {
        Line line(end_ + 1, end_ + 2, request);
        end_ += 3;
        // Processes of their own, after all others.
        line.process = next_process_ + node;
        line.node = node;
        if (!store_->apply(line.mops, line.process)) line.outcome = Outcome::fail;
        lines_.push_back(std::move(line));
      }
    }
    return make_history(std::move(lines_));
  }

 private:
  struct Moment {
    Nanos time = 0;
    std::size_t line = 0;
    std::int64_t client = 0;
    bool operator<(const Moment& other) const {
      return time != other.time ? time > other.time : line > other.line;
    }
  };

  void start(std::int64_t client, Nanos now) {
    if (lines_.size() >= options_.operations) return;
    const ProcessId process = processes_[static_cast<std::size_t>(client)];
    const Nanos effect = now + rng_.exponential(options_.latency / 2);
    const Nanos end = effect + rng_.exponential(options_.latency / 2);
    Line line(now, end, store_->request(rng_, process));
    line.process = process;
    line.node = static_cast<NodeId>(client % kNodes);
    const auto info = static_cast<std::uint64_t>(options_.info_permille);
    if (info > 0 && rng_.chance(info, 1000)) line.outcome = Outcome::info;
    effects_.push({effect, lines_.size(), client});
    lines_.push_back(std::move(line));
  }

  void take_effect(const Moment& moment) {
    Line& line = lines_[moment.line];
    const Nanos end = line.completed;
    end_ = std::max(end_, end);
    if (line.outcome == Outcome::info) {
      Request unseen = line.mops;
      if (rng_.chance(1, 2)) store_->apply(unseen, line.process);
      store_->retire(line.process);
      line.completed = kNever;
      processes_[static_cast<std::size_t>(moment.client)] = next_process_++;
    } else if (!store_->apply(line.mops, line.process)) {
      line.outcome = Outcome::fail;
    }
    start(moment.client, end + 1 + rng_.exponential(options_.latency / 4));
  }

  DatatypeOptions options_;
  Rng rng_;
  std::unique_ptr<Store> store_;
  std::vector<Line> lines_;
  std::vector<ProcessId> processes_;  // of each client
  std::priority_queue<Moment> effects_;
  ProcessId next_process_ = 0;
  Nanos end_ = 0;
};

}  // namespace

History generate_datatype(Datatype type, const DatatypeOptions& options) { return Run(type, options).make(); }

std::vector<std::string> judges_of(Datatype type) {
  switch (type) {
    case Datatype::bank:
      return {"bank"};
    case Datatype::set:
      return {"set", "set-full", "convergence", "durability"};
    case Datatype::queue:
      return {"total-queue"};
    case Datatype::counter:
      return {"counter"};
    case Datatype::ids:
      return {"unique-ids", "monotonic"};
    case Datatype::fork:
      return {"long-fork"};
    case Datatype::lock:
      return {"lock"};
    case Datatype::log:
      return {"kafka"};
    case Datatype::registers:
    case Datatype::lists:
      return {"convergence", "durability"};
    case Datatype::watch:
      break;
  }
  return {"watch"};
}

}  // namespace assay::checkers::testing
