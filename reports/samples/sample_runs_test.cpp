#include "reports/samples/sample_runs.h"

#include <algorithm>
#include <map>

#include "harness/core/rng.h"

namespace assay::reports {

namespace {

struct Window {
  const char* fault;
  Nanos begin, end;
  std::vector<NodeId> nodes;
  Facts value, evidence;
};

std::vector<Window> windows_of(Nanos length) {
  const auto at = [&](int per_mille) { return length / 1000 * per_mille; };
  return {
      {"partition",
       at(120),
       at(220),
       {0, 1},
       {{"shape", Value::text("halves")}},
       {{"probes_lost", 12}, {"probes_sent", 12}}},
      {"kill",
       at(300),
       at(380),
       {2},
       {{"signal", Value::text("KILL")}},
       {{"old_pid", 4711}, {"gone", Value::boolean(true)}}},
      {"clock", at(350), at(520), {1, 3, 4}, {{"offset_ms", 3500}}, {{"measured_ms", 3499}}},
      {"pause", at(600), at(690), {4}, {{"signal", Value::text("STOP")}}, {{"state", Value::text("T")}}},
      {"partition", at(740), at(860), {3}, {{"shape", Value::text("leader alone")}}, {{"probes_lost", 8}}},
  };
}

class Simulated {
 public:
  Simulated(int operations, std::uint64_t seed, bool faults)
      : rng_(seed), count_(operations), length_(30 * kSecond), step_(length_ / std::max(1, operations)) {
    builder_.set_node_names({"n1", "n2", "n3", "n4", "n5"});
    if (faults) windows_ = windows_of(length_);
  }

  HistoryBuilder& builder() { return builder_; }
  const std::vector<Window>& windows() const { return windows_; }

  void run() {
    std::vector<ProcessId> process(10);
    std::vector<Nanos> free_at(10, 0);
    for (int i = 0; i < 10; ++i) process[i] = i;
    int next_process = 10;
    Nanos now = 0;
    for (int i = 0; i < count_; ++i) {
      const Nanos due = now += step_ / 2 + rng_.between(0, step_);
      const std::size_t slot = rng_.below(10);
      Operation operation;
      operation.due = due;
      operation.invoked = std::max(due, free_at[slot]);
      now = operation.invoked;
      operation.process = process[slot];
      operation.node = static_cast<NodeId>(slot % 5);
      const bool hurt = struck(operation.node, operation.invoked);
      Mop mop = random_mop(i);
      operation.outcome = outcome(hurt);
      Nanos latency = 900 * kMicrosecond + rng_.exponential(700 * kMicrosecond);
      if (hurt) latency += rng_.exponential(80 * kMillisecond);
      if (operation.outcome == Outcome::ok && mop.fn == Fn::read) mop.result = Value(rng_.between(0, i));
      if (operation.outcome == Outcome::info) {
        operation.error = "no answer within 2 s";
        process[slot] = next_process++;
        free_at[slot] = operation.invoked + 2 * step_;
      } else {
        operation.completed = free_at[slot] = operation.invoked + latency;
        if (operation.outcome == Outcome::fail) operation.error = "not the leader";
      }
      operation.mops = {&mop, 1};
      builder_.add(operation);
    }
    std::uint32_t number = 0;
    for (const Window& window : windows_) add_events(window, ++number);
  }

 private:
  bool struck(NodeId node, Nanos now) const {
    return std::any_of(windows_.begin(), windows_.end(), [&](const Window& window) {
      return now >= window.begin && now < window.end &&
             std::find(window.nodes.begin(), window.nodes.end(), node) != window.nodes.end();
    });
  }

  Outcome outcome(bool hurt) {
    if (!hurt) return rng_.chance(1, 60) ? Outcome::fail : Outcome::ok;
    const std::uint64_t draw = rng_.below(10);
    return draw < 5 ? Outcome::ok : draw < 8 ? Outcome::fail : Outcome::info;
  }

  Mop random_mop(int i) {
    Mop mop;
    mop.key = rng_.between(0, 4);
    const std::uint64_t draw = rng_.below(10);
    mop.fn = draw < 5 ? Fn::read : draw < 8 ? Fn::write : Fn::cas;
    if (mop.fn == Fn::write) mop.argument = Value(i);
    if (mop.fn == Fn::cas) mop.argument = Value::pair(rng_.between(0, i), i);
    return mop;
  }

  void add_events(const Window& window, std::uint32_t number) {
    FaultEvent event;
    event.fault = window.fault;
    event.window = number;
    event.nodes = window.nodes;
    event.stage = FaultEvent::Stage::start;
    event.began = window.begin;
    event.time = window.begin + 30 * kMillisecond;
    event.value = window.value;
    event.evidence = window.evidence;
    event.verified = std::string_view(window.fault) != "pause";
    builder_.add_fault(event);
    event.stage = FaultEvent::Stage::stop;
    event.began = window.end - 20 * kMillisecond;
    event.time = window.end;
    event.evidence = {{"probes_answered", 12}};
    event.verified = true;
    builder_.add_fault(event);
  }

  Rng rng_;
  HistoryBuilder builder_;
  int count_;
  Nanos length_, step_;
  std::vector<Window> windows_;
};

LatencySummary latency_of(std::vector<Nanos> samples) {
  LatencySummary summary;
  summary.count = static_cast<std::int64_t>(samples.size());
  if (samples.empty()) return summary;
  std::sort(samples.begin(), samples.end());
  const auto at = [&](std::size_t per_mille) {
    return samples[std::min(samples.size() - 1, samples.size() * per_mille / 1000)];
  };
  summary.p50 = at(500), summary.p90 = at(900), summary.p95 = at(950), summary.p99 = at(990);
  if (samples.size() >= 1000) summary.p999 = at(999);
  summary.max = samples.back();
  summary.mean = summary.p50;
  return summary;
}

void count(OutcomeCounts& counts, Outcome outcome) {
  ++(outcome == Outcome::ok ? counts.ok : outcome == Outcome::fail ? counts.fail : counts.info);
}

// Fills what the run loop derives from the history.
void derive(RunResult& run) {
  std::map<std::string, std::pair<std::vector<Nanos>, std::vector<Nanos>>> samples;
  std::map<std::string, OutcomeCounts> counts;
  std::map<std::int64_t, RatePoint> rate;
  for (const Operation operation : run.history.operations()) {
    const std::string kind(fn_name(operation.mops[0].fn));
    count(counts[kind], operation.outcome);
    const Nanos end = operation.completed == kNever ? operation.invoked : operation.completed;
    count(rate[end / kSecond].completed, operation.outcome);
    if (operation.outcome != Outcome::ok) continue;
    samples[kind].first.push_back(operation.completed - operation.due);
    samples[kind].second.push_back(operation.completed - operation.invoked);
  }
  for (auto& [kind, number] : counts) {
    run.operations.push_back(
        {kind, number, latency_of(samples[kind].first), latency_of(samples[kind].second)});
  }
  for (auto& [second, point] : rate) {
    point.second = second;
    run.rate.push_back(point);
  }
  for (const FaultWindow& window : run.history.fault_windows()) {
    FaultWindowSummary summary{window, {}, {}, 180 * kMillisecond, 42 * kMillisecond, false};
    for (const Operation operation : run.history.operations()) {
      if (operation.invoked >= window.begin && operation.invoked < window.end)
        count(summary.sent_during, operation.outcome);
      if (operation.due >= window.begin && operation.due < window.end)
        count(summary.due_during, operation.outcome);
    }
    summary.vacuous = summary.due_during.ok == 0;
    run.faults.push_back(summary);
  }
  LoadSummary& load = run.measurements.load;
  load.due = static_cast<std::int64_t>(run.history.size());
  load.intended_per_second = load.sent_per_second = static_cast<double>(load.due) / 30;
  for (const RatePoint& point : run.rate) load.ok_per_second += static_cast<double>(point.completed.ok) / 30;
}

RunResult base_run() {
  RunResult run;
  run.plan.nemesis = {"partition", "kill", "pause", "clock"};
  run.plan.seed = 7;
  run.target = {"refdb", "raft", "0.1.0", "linearizable", "sim", {}, {{"reads", Value::text("read-index")}}};
  run.assay_version = "0.1.0";
  run.command =
      "assay run --target refdb --mode raft --workload register --cluster sim --nodes 5 --nemesis "
      "partition,kill,pause,clock --time-limit 30s --seed 7";
  run.counters = {{"elections_started", 3}, {"garbage_dropped", 0}};
  run.wall_time = 1840 * kMillisecond;
  run.virtual_time = 34 * kSecond;
  run.recovered = true;
  run.recovery_time = 310 * kMillisecond;
  return run;
}

}  // namespace

RunResult valid_run(int operations) {
  RunResult run = base_run();
  Simulated simulated(operations, 7, true);
  simulated.run();
  run.history = simulated.builder().build();
  derive(run);
  run.verdict = Verdict::valid;
  run.exit_code = kExitValid;
  run.reason = "Every operation on 5 keys can be explained by one order that respects real time.";
  CheckResult check;
  check.checker = "linearizable";
  check.verdict = Verdict::valid;
  check.reason = "All 5 objects are linearizable.";
  check.statistics = {{"operations", operations}, {"objects", 5}, {"states", 48213}, {"elapsed_ms", 212}};
  check.certificate.emplace();
  run.checks.push_back(check);
  return run;
}

RunResult invalid_run(int operations) {
  RunResult run = base_run();
  run.plan.bugs = run.target.bugs = {"stale-reads"};
  run.command += " --bug stale-reads";
  Simulated simulated(operations, 11, true);
  simulated.run();
  HistoryBuilder& builder = simulated.builder();
  Nanos start = 0;
  for (OpId id = 0; id < builder.size(); ++id) start = std::max(start, builder.at(id).invoked);
  start += 5 * kMillisecond;
  Finding finding;
  const auto add = [&](ProcessId process, NodeId node, Nanos from, Nanos to, Mop mop, bool witness) {
    Operation operation;
    operation.process = process;
    operation.node = node;
    operation.due = operation.invoked = start + from * kMicrosecond;
    operation.completed = to == kNever ? kNever : start + to * kMicrosecond;
    operation.outcome = to == kNever ? Outcome::info : Outcome::ok;
    operation.error = to == kNever ? "</script><img src=x onerror=alert(1)>" : "";
    operation.mops = {&mop, 1};
    const OpId id = builder.add(operation);
    (witness ? finding.witness : finding.context).push_back(id);
  };
  const Value hostile = Value::text("</script><b>\"'&\x01\xFF");
  add(903, 1, 0, 1500, {Fn::write, 3, Value(4711), {}}, true);
  add(904, 2, 300, kNever, {Fn::write, 3, hostile, {}}, false);
  add(905, 0, 1200, 2600, {Fn::cas, 3, Value::pair(4711, 4712), {}}, true);
  add(903, 1, 2700, 3900, {Fn::read, 3, {}, Value(4712)}, true);
  add(906, 3, 3100, 4400, {Fn::read, 3, {}, Value(4712)}, false);
  add(907, 4, 5200, 6100, {Fn::read, 3, {}, Value(4711)}, true);
  add(905, 0, 5400, 7000, {Fn::write, 3, Value(4713), {}}, false);
  add(903, 1, 7400, 8000, {Fn::read, 3, {}, Value(4713)}, false);
  run.history = builder.build();
  derive(run);
  const auto name = [&](std::size_t i) { return "#" + std::to_string(finding.witness[i]); };
  finding.anomaly = "stale-read";
  finding.model = "linearizable";
  finding.object = "key 3";
  finding.summary = "A read returned 4711 although 4712 had been read before it began.";
  finding.steps = {
      name(1) + " changed key 3 from 4711 to 4712.",
      name(2) + " read 4712 and completed before " + name(3) + " began.",
      name(3) + " then read 4711, a value that had been replaced: no order respects real time.",
  };
  finding.details = {{"prefix_operations", 6}, {"candidates", 3}};
  CheckResult check;
  check.checker = "linearizable";
  check.verdict = Verdict::invalid;
  check.reason = "1 of 5 objects is not linearizable.";
  check.statistics = {
      {"operations", static_cast<std::int64_t>(run.history.size())}, {"objects", 5}, {"states", 9211}};
  Finding second = finding;
  second.anomaly = "lost-update";
  second.witness = {finding.witness[0], finding.witness[2]};
  second.context.clear();
  second.steps.clear();
  second.summary = "A completed write <i>vanished</i>.";
  check.findings = {finding, second};
  run.checks.push_back(check);
  run.verdict = Verdict::invalid;
  run.exit_code = kExitInvalid;
  run.reason = "Key 3 is not linearizable: a read returned 4711 although 4712 had been read before it began.";
  return run;
}

RunResult vacuous_run() {
  RunResult run = base_run();
  HistoryBuilder builder;
  builder.set_node_names({"n1", "n2", "n3"});
  const Mop read{};
  for (int i = 0; i < 40; ++i) {
    Operation operation;
    operation.process = i;
    operation.due = operation.invoked = i * 100 * kMillisecond;
    operation.node = static_cast<NodeId>(i % 3);
    operation.error = "connection refused";
    operation.mops = {&read, 1};
    builder.add(operation);
  }
  run.history = builder.build();
  derive(run);
  run.recovered = false;
  run.recovery_time = kNever;
  run.vacuity = {true, {"no operation succeeded", "no fault took effect"}};
  run.reason = "The run tested nothing: no operation succeeded.";
  CheckResult check;
  check.checker = "linearizable";
  check.verdict = Verdict::valid;
  check.reason = "All 1 objects are linearizable.";
  run.checks.push_back(check);
  return run;
}

RunResult empty_run() {
  RunResult run = base_run();
  run.recovered = false;
  run.recovery_time = kNever;
  run.vacuity = {true, {"There was no operation."}};
  run.reason = "The run tested nothing: there was no operation.";
  return run;
}

RunResult trouble_run() {
  RunResult run = empty_run();
  run.harness_error = "Host n3 (127.0.0.1:2203): the connection was refused while refdb was deployed.";
  run.exit_code = kExitHarness;
  run.vacuity = {};
  return run;
}

RunResult interrupted_run() {
  RunResult run = valid_run(200);
  run.interrupted = true;
  run.verdict = Verdict::unknown;
  run.exit_code = kExitUnknown;
  run.reason = "The run was interrupted after 12.0 s.";
  return run;
}

void watch_nodes(RunResult& run) {
  for (const NodeId node : {0, 1}) {
    NodeResources resources;
    resources.node = node;
    resources.clock_precision = 120 * kMicrosecond;
    for (const Nanos at : {1, 2, 3}) {
      NodeSample sample;
      sample.at = at * kSecond;
      sample.cpu_percent = 10.0 * static_cast<double>(at);
      sample.memory_bytes = 45.6e6;
      sample.disk_written = 1.234e6;
      sample.network_sent = 800;
      sample.clock_offset = node == 1 ? 1.5e9 : -2000;
      resources.samples.push_back(sample);
    }
    resources.mean = resources.worst = resources.samples[1];
    resources.worst.cpu_percent = 30;
    run.measurements.nodes.push_back(resources);
  }
  ReplicationSummary& replication = run.measurements.replication;
  replication.samples = {
      {kSecond, {100, 90, -1}, {}}, {2 * kSecond, {200, 160, 200}, 3}, {3 * kSecond, {300, 300, 300}, {}}};
  replication.lag_max = kSecond;
  replication.behind_max = 40;
  replication.caught_up_after = 250 * kMillisecond;
  if (!run.faults.empty()) {
    run.faults[0].replication_behind_max = 37;
    run.faults[0].replication_lag_max = kSecond / 2;
  }
}

}  // namespace assay::reports
