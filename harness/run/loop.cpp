#include "harness/run/loop.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "harness/core/rates.h"
#include "harness/core/schedule.h"
#include "harness/run/liveness.h"
#include "harness/run/measure.h"
#include "harness/run/raised_priority.h"

namespace assay {

namespace {
constexpr Nanos kTimeoutGrace = 100 * kMillisecond;  // the client gives up first
constexpr Nanos kInterruptPoll = 100 * kMillisecond;
constexpr Nanos kFinalReadsLimit = 10 * kSecond;
constexpr std::uint64_t kTroublePollTurns = 256;
}  // namespace

struct RunLoop::Slot {
  ProcessId process = 0;
  NodeId node = 0;
  std::unique_ptr<Client> client;
  bool busy = false;
  bool ok_since_heal = false;
  std::uint64_t sequence = 0;
  Operation operation;
  Request request;
};

RunLoop::RunLoop(const Plan& plan, Target& target, Workload& workload, std::vector<PlannedFault> faults,
                 Recorder& recorder, LoopHooks hooks)
    : plan_(plan),
      target_(target),
      world_(target.world()),
      workload_(workload),
      recorder_(recorder),
      hooks_(std::move(hooks)),
      rng_(Rng(plan.seed).fork("loop")),
      workload_rng_(Rng(plan.seed).fork("workload")),
      arrivals_(plan.pace, plan.rate, 0, rng_.fork("arrivals")),
      nemesis_(
          target, std::move(faults), rng_.fork("nemesis"),
          [this](FaultEvent event) { record_fault(std::move(event)); },
          parse_budget(plan.nemesis_budget, target.node_names().size()).value_or(SIZE_MAX)),
      listed_(plan.operations) {
  paced_ = plan.pace != Pace::closed_loop;
  for (int i = 0; i < plan.concurrency; ++i) {
    slots_.push_back(std::make_unique<Slot>());
    retired_.push_back(static_cast<std::size_t>(i));
  }
}

RunLoop::~RunLoop() = default;

Nanos RunLoop::stamp() { return last_stamp_ = std::max(last_stamp_ + 1, time()); }

void RunLoop::record_fault(FaultEvent event) {
  event.began -= origin_;
  event.time = stamp();
  event.began = std::min(event.began, event.time);
  recorder_.fault(event);
}

void RunLoop::enter(Phase phase) {
  phase_ = phase;
  exhausted_ = false;
  FaultEvent mark;
  mark.fault = "phase";
  mark.began = world_.now();
  mark.value = {{"name", Value::text(phase_name(phase))}};
  record_fault(std::move(mark));
}

bool RunLoop::stopping() {
  if (hooks_.interrupt != nullptr && hooks_.interrupt->load(std::memory_order_relaxed))
    outcome_.interrupted = true;
  if (hooks_.trouble && turns_ % kTroublePollTurns == 0 && outcome_.harness_error.empty()) {
    outcome_.harness_error = hooks_.trouble();
  }
  if (outcome_.harness_error.empty()) outcome_.harness_error = nemesis_.error();
  return outcome_.interrupted || !outcome_.harness_error.empty();
}

LoopOutcome RunLoop::run() {
  std::optional<RaisedPriority> raised;
  if (!world_.simulated()) outcome_.nice = raised.emplace().nice();
  origin_ = world_.now();
  replace_retired();
  if (workload_.loading()) load();
  const Nanos main_begin = base_ + plan_.warm_up;
  nemesis_.set_main_begin(origin_ + main_begin);
  if (plan_.warm_up > 0) {
    enter(Phase::warm_up);
    run_phase(Phase::warm_up, main_begin);
  }
  if (!stopping()) {
    enter(Phase::main);
    const auto rates = plan_.rate_sweep.empty() ? std::nullopt : parse_rates(plan_.rate_sweep);
    rates ? run_steps(*rates) : run_phase(Phase::main, main_begin + plan_.time_limit);
  }
  recover();
  count_dropped();
  if (!stopping()) final_reads();
  accepting_ = false;
  drain(plan_.operation_timeout + kTimeoutGrace);
  outcome_.elapsed = time();
  outcome_.faults = nemesis_.carried_out();
  return outcome_;
}

void RunLoop::load() {
  enter(Phase::warm_up);
  paced_ = false;
  loading_ = true;
  while (workload_.loading() && !stopping()) {
    exhausted_ = false;  // what failed is asked for again
    turn(time() + kSecond);
  }
  paced_ = plan_.pace != Pace::closed_loop;
  loading_ = false;
  base_ = time();
  arrivals_ = Arrivals(plan_.pace, plan_.rate, base_, rng_.fork("arrivals"));
}

void RunLoop::run_phase(Phase phase, Nanos end) {
  while (time() < end && !stopping()) {
    if (phase == Phase::main) nemesis_.step(world_.now());
    turn(end);
  }
}

// One rate after the other, each with a schedule of its own: what one step could not do is no burden of the next.
void RunLoop::run_steps(const std::vector<std::int64_t>& rates) {
  const auto count = static_cast<Nanos>(rates.size());
  for (Nanos i = 0; i < count && !stopping(); ++i) {
    const Nanos begin = base_ + plan_.warm_up + plan_.time_limit * i / count;
    const Nanos end = base_ + plan_.warm_up + plan_.time_limit * (i + 1) / count;
    const std::int64_t rate = rates[static_cast<std::size_t>(i)];
    arrivals_ = Arrivals(plan_.pace, rate, begin, rng_.fork("arrivals", static_cast<std::uint64_t>(i)));
    run_phase(Phase::main, end);
    const std::int64_t dropped = drop_waiting(std::min(end, time()));
    outcome_.dropped += dropped;
    FaultEvent mark;
    mark.fault = "phase";
    mark.began = world_.now();
    mark.value = {{"name", Value::text(kStepMark)}, {"rate", rate}, {"begin", begin}, {"dropped", dropped}};
    record_fault(std::move(mark));
  }
  arrivals_ = Arrivals(plan_.pace, rates.front(), time(), rng_.fork("arrivals", rates.size()));
}

// Passes over what was due before `end` and is not sent yet; how many that was.
std::int64_t RunLoop::drop_waiting(Nanos end) {
  std::int64_t dropped = 0;
  for (; arrivals_.due() < end; arrivals_.advance())
    dropped += arrivals_.due() >= base_ + plan_.warm_up ? 1 : 0;
  return dropped;
}

void RunLoop::recover() {
  enter(Phase::recovery);
  main_end_ = last_stamp_;
  nemesis_.heal_all();
  while (!nemesis_.finished()) {
    nemesis_.step(world_.now());
    turn(time() + kSecond);
  }
  if (stopping()) return;
  const Nanos healed = time();
  if (listed_.any()) {
    // What is still to be sent, and no more: whether everybody makes progress is not asked.
    while (!listed_.all_taken() && time() < healed + plan_.recovery_limit && !stopping())
      turn(healed + plan_.recovery_limit);
    outcome_.progress_demanded = false;
    return;
  }
  await_progress(healed);
}

void RunLoop::await_progress(Nanos healed) {
  for (const auto& slot : slots_) slot->ok_since_heal = false;
  slots_recovered_ = 0;
  while (slots_recovered_ < slots_.size() && time() < healed + plan_.recovery_limit && !stopping()) {
    turn(healed + plan_.recovery_limit);
  }
  outcome_.recovered = slots_recovered_ == slots_.size();
  if (outcome_.recovered) outcome_.recovery_time = time() - healed;
  if (!stopping()) mark_ended_nodes();
}

// Every node runs now, or could not stay alive.
void RunLoop::mark_ended_nodes() {
  Processes* processes = target_.processes();
  const auto count = processes == nullptr ? 0 : static_cast<NodeId>(target_.node_names().size());
  for (NodeId node = 0; node < count; ++node) {
    if (processes->state(node) != Processes::State::dead) continue;
    FaultEvent mark;
    mark.fault = kNodeEndedMark;
    mark.began = world_.now();
    mark.nodes = {node};
    if (const std::string words = target_.last_words(node); !words.empty())
      mark.value = {{"log", Value::text(words)}};
    record_fault(std::move(mark));
  }
}

// Operations that waited for a free process until the end.
void RunLoop::count_dropped() {
  if (plan_.pace != Pace::closed_loop && !exhausted_ && !listed_.any())
    outcome_.dropped += drop_waiting(main_end_);
}

void RunLoop::final_reads() {
  drain(plan_.operation_timeout + kTimeoutGrace);
  enter(Phase::final_reads);
  if (workload_.reads_every_node()) cover_nodes();
  const Nanos end = time() + kFinalReadsLimit;
  while (time() < end && !stopping()) {
    turn(end);
    if (exhausted_) break;
  }
}

void RunLoop::drain(Nanos limit) {
  const bool accepted = std::exchange(accepting_, false);
  const Nanos end = time() + limit;
  while (free_.size() + retired_.size() < slots_.size() && time() < end) turn(end);
  accepting_ = accepted;
}

void RunLoop::turn(Nanos horizon) {
  ++turns_;
  replace_retired();
  Nanos now = time();
  end_thinking(now);
  if (accepting_) dispatch(now);
  expire(now);
  report_progress(now);
  observe(now);
  Nanos wake = horizon;
  if (accepting_ && follows_list()) {
    if (const Nanos next = listed_.next(); next != kNever) wake = std::min(wake, base_ + next);
  } else if (accepting_ && !free_.empty() && !exhausted_ && phase_ != Phase::final_reads) {
    wake = std::min(wake, arrivals_.due());
  }
  if (!thinking_.empty()) wake = std::min(wake, thinking_.front().first);
  if (!deadlines_.empty()) wake = std::min(wake, deadlines_.front().at);
  if (phase_ == Phase::main || phase_ == Phase::recovery) {
    if (const Nanos next = nemesis_.next_deadline(); next != kNever) wake = std::min(wake, next - origin_);
  }
  // With nothing in flight and nothing more to ask, there is nothing to wait for.
  if (accepting_ && exhausted_ && free_.size() == slots_.size()) wake = now;
  if (hooks_.interrupt != nullptr && !world_.simulated()) wake = std::min(wake, now + kInterruptPoll);
  world_.wait(wake + origin_);
}

void RunLoop::dispatch(Nanos now) {
  if (follows_list()) return dispatch_listed(now);
  if (phase_ == Phase::final_reads) {
    // Each process may have something else to ask: one that has nothing lets the next one speak.
    bool asked = false;
    for (std::size_t budget = free_.size(); budget > 0; --budget) {
      if (invoke(kNever, now)) {
        asked = true;
      } else {
        free_.push_back(free_.front());
        free_.pop_front();
      }
    }
    // A read in flight may fail and be asked for again: only an idle loop knows that there is no more.
    exhausted_ = !asked && free_.size() == slots_.size();
    return;
  }
  // A closed loop invokes at most once per slot and turn, so that completions are seen in between.
  for (std::size_t budget = slots_.size(); budget > 0 && !free_.empty() && !exhausted_; --budget) {
    if (!paced_) {
      if (!invoke(kNever, now)) break;
    } else {
      const Nanos due = arrivals_.due();
      if (due > now || !invoke(due, now)) break;
      arrivals_.advance();
    }
  }
}

void RunLoop::dispatch_listed(Nanos now) {
  const auto place_in_free = [this](int slot) {
    return std::find(free_.begin(), free_.end(), static_cast<std::size_t>(slot));
  };
  const auto is_free = [&](int slot) { return place_in_free(slot) != free_.end(); };
  while (const ListedOperation* listed = listed_.take(now - base_, is_free)) {
    const auto index = static_cast<std::size_t>(listed->slot);
    free_.erase(place_in_free(listed->slot));
    if (slots_[index]->node != listed->node) {
      place(index, static_cast<ProcessId>(listed->node));
      free_.pop_back();
    }
    send(index, listed->request, paced_ ? base_ + listed->at : kNever, now);
  }
}

bool RunLoop::invoke(Nanos due, Nanos now) {
  const std::size_t index = free_.front();
  std::optional<Request> request = workload_.next(slots_[index]->process, phase_, workload_rng_);
  if (!request) {
    exhausted_ = true;
    return false;
  }
  free_.pop_front();
  send(index, std::move(*request), due, now);
  return true;
}

void RunLoop::send(std::size_t index, Request request, Nanos due, Nanos now) {
  Slot& slot = *slots_[index];
  if (hooks_.list_operations && !loading_ && phase_ != Phase::final_reads) {
    const Nanos at = due == kNever ? now : due;
    outcome_.operations.push_back(
        {std::max<Nanos>(0, at - base_), static_cast<int>(index), slot.node, request});
  }
  slot.request = std::move(request);
  slot.busy = true;
  const std::uint64_t sequence = ++slot.sequence;
  Operation& op = slot.operation;
  op = Operation{};
  op.id = next_op_++;
  op.process = slot.process;
  op.node = slot.node;
  op.invoked = stamp();
  op.due = due == kNever ? op.invoked : due;
  op.mops = slot.request;
  if (op.invoked - op.due > kLate) ++outcome_.late;
  recorder_.invoked(op);
  deadlines_.push_back({now + plan_.operation_timeout + kTimeoutGrace, index, sequence});
  slot.client->invoke(slot.request, plan_.operation_timeout, [this, index, sequence](Completion completion) {
    completed(index, sequence, std::move(completion));
  });
}

void RunLoop::completed(std::size_t index, std::uint64_t sequence, Completion completion) {
  Slot& slot = *slots_[index];
  if (!slot.busy || slot.sequence != sequence) return;
  slot.busy = false;
  Operation& op = slot.operation;
  const Nanos at = stamp();
  op.outcome = completion.outcome;
  op.error = completion.error;
  if (completion.node != kNoNode) op.node = completion.node;
  if (completion.outcome != Outcome::info) op.completed = at;
  if (completion.outcome == Outcome::ok && completion.mops.size() == slot.request.size()) {
    slot.request = std::move(completion.mops);
    op.mops = slot.request;
  }
  recorder_.completed(op, at);
  workload_.observe(op);
  switch (op.outcome) {
    case Outcome::ok:
      ++counts_.ok;
      if (!std::exchange(slot.ok_since_heal, true)) ++slots_recovered_;
      break;
    case Outcome::fail:
      ++counts_.fail;
      break;
    case Outcome::info:
      ++counts_.info;
      retired_.push_back(index);  // its client may be the caller: it is replaced in the next turn
      return;
  }
  if (plan_.think_time > 0 && phase_ != Phase::final_reads) {
    thinking_.emplace_back(at + plan_.think_time, index);
    return;
  }
  free_.push_back(index);
}

void RunLoop::end_thinking(Nanos now) {
  for (; !thinking_.empty() && (thinking_.front().first <= now || !accepting_); thinking_.pop_front())
    free_.push_back(thinking_.front().second);
}

void RunLoop::expire(Nanos now) {
  while (!deadlines_.empty() && deadlines_.front().at <= now) {
    const Deadline deadline = deadlines_.front();
    deadlines_.pop_front();
    completed(deadline.slot, deadline.sequence, {Outcome::info, {}, "timeout", kNoNode});
  }
  // Deadlines of finished operations at the front would only wake the loop for nothing.
  while (!deadlines_.empty()) {
    const Slot& slot = *slots_[deadlines_.front().slot];
    if (slot.busy && slot.sequence == deadlines_.front().sequence) break;
    deadlines_.pop_front();
  }
}

void RunLoop::replace_retired() {
  for (const std::size_t index : std::exchange(retired_, {})) {
    const bool stay = phase_ == Phase::final_reads && workload_.reads_every_node();
    place(index, stay ? slots_[index]->node : next_process_ % node_count());
  }
}

ProcessId RunLoop::node_count() const { return static_cast<ProcessId>(target_.node_names().size()); }

// Process p is a client of node p % nodes: numbers that belong to other nodes are left out.
void RunLoop::place(std::size_t index, ProcessId node) {
  while (next_process_ % node_count() != node) ++next_process_;
  Slot& slot = *slots_[index];
  slot.process = next_process_++;
  slot.node = static_cast<NodeId>(node);
  slot.client.reset();
  slot.client = target_.connect(slot.node, slot.process);
  if (phase_ == Phase::final_reads && workload_.reads_every_node()) slot.client->stay_on_node();
  free_.push_back(index);
}

// Processes that were retired left gaps, or there are fewer processes than nodes: nodes without a process get one of a
// node that has several, else a new one. Requires: nothing is in flight.
void RunLoop::cover_nodes() {
  replace_retired();
  std::vector<int> processes(static_cast<std::size_t>(node_count()), 0);
  for (const auto& slot : slots_) {
    ++processes[static_cast<std::size_t>(slot->node)];
    slot->client->stay_on_node();
  }
  for (ProcessId node = 0; node < node_count(); ++node) {
    if (processes[static_cast<std::size_t>(node)] > 0) continue;
    const auto spare = std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) {
      return !slot->busy && processes[static_cast<std::size_t>(slot->node)] > 1;
    });
    const auto index = static_cast<std::size_t>(spare - slots_.begin());
    if (spare == slots_.end()) {
      slots_.push_back(std::make_unique<Slot>());
    } else {
      --processes[static_cast<std::size_t>((*spare)->node)];
      free_.erase(std::find(free_.begin(), free_.end(), index));
    }
    ++processes[static_cast<std::size_t>(node)];
    place(index, node);
  }
}

void RunLoop::observe(Nanos now) {
  if (now < next_observation_) return;
  next_observation_ = now + kObservationPeriod;
  target_.observe(now);
}

void RunLoop::report_progress(Nanos now) {
  if (now < next_report_ || !hooks_.progress) return;
  next_report_ = now + kSecond;
  Progress progress;
  progress.elapsed = now;
  progress.total = base_ + plan_.warm_up + plan_.time_limit;
  progress.phase = phase_;
  progress.counts = counts_;
  progress.rate = counts_.total() - std::exchange(reported_total_, counts_.total());
  progress.faults = nemesis_.active();
  hooks_.progress(progress);
}

}  // namespace assay
