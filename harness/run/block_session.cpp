#include "harness/run/block_session.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/core/error.h"
#include "harness/run/arrivals.h"

namespace assay {

namespace {

// The name of a phase that the event marks; empty when it is something else.
std::string marked_phase(const FaultEvent& event) {
  const Value* name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
  return name != nullptr && name->kind() == Value::Kind::text ? std::string(name->as_text()) : "";
}

}  // namespace

// Puts the operations of a block behind those of the blocks before, and counts.
class BlockSession::Gathering final : public Recorder {
 public:
  Gathering(BlockSession& session, const BlockPlan& block)
      : session_(session),
        first_op_(session.next_op_),
        first_process_(session.next_process_),
        shift_(std::max(session.inputs_.target.world().now() - session.origin_, session.last_time_ + 1)),
        last_(block.last) {}

  void invoked(const Operation& operation) override {
    const Operation shifted = moved(operation);
    session_.memory_.invoked(shifted);
    session_.next_op_ = shifted.id + 1;
    session_.next_process_ = std::max(session_.next_process_, shifted.process + 1);
    if (!measured(operation)) return;
    ++figures.operations;
    if (operation.invoked - operation.due > kLate) ++figures.late;
  }

  void completed(const Operation& operation, Nanos at) override {
    session_.memory_.completed(moved(operation), at + shift_);
    session_.last_time_ = std::max(session_.last_time_, at + shift_);
    const bool in_time = begin_ >= 0 && end_ < 0;
    if (in_time && operation.outcome != Outcome::info) ++figures.ended_in_time;
    if (operation.outcome != Outcome::ok) return;
    if (in_time) ++figures.ok_in_time;
    if (measured(operation)) figures.response.push_back(operation.completed - operation.due);
  }

  // Of the marks of phases the history has those that it would have were it one run.
  void fault(const FaultEvent& event) override {
    const std::string phase = marked_phase(event);
    if (phase == "main") begin_ = event.time;
    if (phase == "recovery") {
      end_ = event.time;
      figures.length = end_ - begin_;
    }
    session_.last_time_ = std::max(session_.last_time_, event.time + shift_);
    const bool opening = phase == "warm-up" || phase == "main";
    if (opening ? !session_.first_ : !last_) return;
    FaultEvent shifted = event;
    shifted.time += shift_;
    shifted.began += shift_;
    session_.memory_.fault(shifted);
  }

  BlockFigures figures;

 private:
  bool measured(const Operation& operation) const {
    return begin_ >= 0 && operation.due >= begin_ && (end_ < 0 || operation.due < end_);
  }

  Operation moved(Operation operation) const {
    operation.id += first_op_;
    operation.process += first_process_;
    operation.due += shift_;
    operation.invoked += shift_;
    if (operation.completed != kNever) operation.completed += shift_;
    return operation;
  }

  BlockSession& session_;
  const OpId first_op_;
  const ProcessId first_process_;
  const Nanos shift_;
  const bool last_;
  Nanos begin_ = -1;
  Nanos end_ = -1;
};

// The target, whose clients keep the numbers of their processes apart from those of other blocks.
class BlockSession::Renumbering final : public Target {
 public:
  Renumbering(Target& target, ProcessId first_process) : target_(target), first_process_(first_process) {}
  World& world() override { return target_.world(); }
  const std::vector<std::string>& node_names() const override { return target_.node_names(); }
  TargetDescription describe() const override { return target_.describe(); }
  void start() override { target_.start(); }
  void stop() override { target_.stop(); }
  void collect_logs(const std::string& directory) override { target_.collect_logs(directory); }
  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override {
    return target_.connect(node, process + first_process_);
  }

 private:
  Target& target_;
  const ProcessId first_process_;
};

// The workload, which is at its end only in the last block.
class BlockSession::Asking final : public Workload {
 public:
  Asking(Workload& workload, ProcessId first_process, bool last)
      : workload_(workload), first_process_(first_process), last_(last) {}
  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads && !last_) return std::nullopt;
    return workload_.next(process + first_process_, phase, rng);
  }
  bool loading() const override { return workload_.loading(); }
  void observe(const Operation& operation) override {
    Operation shifted = operation;
    shifted.process += first_process_;
    workload_.observe(shifted);
  }
  std::vector<CheckerSpec> checkers() const override { return workload_.checkers(); }
  bool reads_every_node() const override { return last_ && workload_.reads_every_node(); }

 private:
  Workload& workload_;
  const ProcessId first_process_;
  const bool last_;
};

BlockSession::BlockSession(const RunInputs& inputs) : inputs_(inputs), memory_(inputs.target.node_names()) {
  result_.plan = inputs.plan;
}

BlockSession::~BlockSession() = default;

void BlockSession::start() {
  try {
    inputs_.target.start();
    origin_ = inputs_.target.world().now();
  } catch (const HarnessError& error) {
    result_.harness_error = error.what();
  }
}

BlockFigures BlockSession::run_block(const BlockPlan& block) {
  Plan plan = inputs_.plan;
  plan.seed = block.seed;
  plan.warm_up = block.settle;
  plan.time_limit = block.length;
  // That of process p is node p % nodes, in every block.
  const auto nodes = static_cast<ProcessId>(inputs_.target.node_names().size());
  next_process_ = (next_process_ + nodes - 1) / nodes * nodes;
  Gathering recorder(*this, block);
  Renumbering target(inputs_.target, next_process_);
  Asking workload(inputs_.workload, next_process_, block.last);
  try {
    RunLoop loop(plan, target, workload, {}, recorder, inputs_.hooks);
    const LoopOutcome outcome = loop.run();
    result_.recovered = outcome.recovered;
    result_.recovery_time = outcome.recovery_time;
    result_.late += outcome.late;
    recorder.figures.dropped = outcome.dropped;
    dropped_ += outcome.dropped;
    result_.interrupted = result_.interrupted || outcome.interrupted;
    if (result_.harness_error.empty()) result_.harness_error = outcome.harness_error;
    if (target.world().simulated()) result_.virtual_time = target.world().now() - origin_;
  } catch (const HarnessError& error) {
    result_.harness_error = error.what();
  }
  first_ = false;
  return std::move(recorder.figures);
}

RunResult BlockSession::finish() {
  finish_run(
      inputs_, [this] { return memory_.build(); }, dropped_, result_);
  return std::move(result_);
}

}  // namespace assay
