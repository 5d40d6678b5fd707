// trace.json: the run as Chrome trace events, for Perfetto and chrome://tracing. One track per worker, faults as asynchronous
// spans, arrows from each operation of an anomaly to the next. An operation that never completed lasts until its worker's
// next one. Viewers choke on millions of events, so a long run is cut after kOperationsMax operations; its name then says so.
#include <cstdio>
#include <limits>
#include <vector>

#include "harness/core/reporter.h"
#include "reports/common/json_convert.h"
#include "reports/common/lanes.h"
#include "reports/common/output.h"
#include "reports/common/words.h"

namespace assay::reports {

namespace {

constexpr std::size_t kOperationsMax = 200'000;
constexpr int kClients = 1;
constexpr int kNemesis = 2;

// Microseconds with three decimals, as the format wants.
std::string microseconds(Nanos time) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time) / 1e3);
  return text;
}

class Trace {
 public:
  explicit Trace(const RunResult& run) : run_(run), end_(end_of_run(run)) {}

  std::string text() {
    out_ = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
    std::string title = run_title(run_);
    if (run_.history.size() > kOperationsMax)
      title += " (first " + with_thousands(kOperationsMax) + " operations)";
    name_track("process_name", kClients, 0, title);
    name_track("process_name", kNemesis, 0, "nemesis");
    place_operations();
    for (std::size_t lane = 0; lane < keeper_.count(); ++lane) {
      name_track("thread_name", kClients, static_cast<std::int64_t>(lane), "worker " + std::to_string(lane));
    }
    for (OpId id = 0; id < places_.size(); ++id) add(run_.history.at(id));
    add_arrows();
    std::size_t number = 0;
    for (const FaultWindowSummary& fault : run_.faults) add(fault.window, ++number);
    return out_ + "\n]}\n";
  }

 private:
  void begin_event(const char* phase, int process, std::int64_t thread) {
    out_ += first_ ? "{" : ",\n{";
    first_ = false;
    out_ += "\"ph\":\"" + std::string(phase) + "\",\"pid\":" + std::to_string(process) +
            ",\"tid\":" + std::to_string(thread);
  }

  void name_track(const char* what, int process, std::int64_t thread, const std::string& name) {
    begin_event("M", process, thread);
    out_ += ",\"name\":\"" + std::string(what) + "\",\"args\":{\"name\":" + dump(Json(name), -1) + "}}";
  }

  // The track of each operation and where it ends there.
  void place_operations() {
    std::vector<OpId> last;  // of each lane
    for (const Operation operation : run_.history.operations()) {
      if (operation.id >= kOperationsMax) break;
      const std::size_t lane = keeper_.lane_of(operation);
      last.resize(keeper_.count(), std::numeric_limits<OpId>::max());
      if (last[lane] < places_.size() && places_[last[lane]].open)
        places_[last[lane]].end = operation.invoked;
      last[lane] = operation.id;
      const bool open = operation.completed == kNever;
      places_.push_back({lane, open ? std::max(end_, operation.invoked) : operation.completed, open});
    }
  }

  void add(const Operation& operation) {
    const Place& place = places_[operation.id];
    begin_event("X", kClients, static_cast<std::int64_t>(place.lane));
    out_ += ",\"ts\":" + microseconds(operation.invoked) +
            ",\"dur\":" + microseconds(place.end - operation.invoked) + ",\"cat\":\"" +
            std::string(outcome_name(operation.outcome)) +
            "\",\"name\":" + dump(Json(request_text(run_.history, operation)), -1) +
            ",\"args\":{\"id\":" + std::to_string(operation.id) +
            ",\"process\":" + std::to_string(operation.process) + ",\"outcome\":\"" +
            std::string(outcome_name(operation.outcome)) +
            "\",\"node\":" + dump(Json(run_.history.node_name(operation.node)), -1);
    if (!operation.error.empty()) out_ += ",\"error\":" + dump(Json(std::string(operation.error)), -1);
    out_ += "}}";
  }

  void add_arrows() {
    std::size_t number = 0;
    for (const NamedFinding& named : all_findings(run_)) {
      const std::vector<OpId>& witness = named.finding->witness;
      for (std::size_t i = 0; i + 1 < witness.size(); ++i) {
        if (std::max(witness[i], witness[i + 1]) >= places_.size()) continue;
        ++number;
        arrow_end("s", witness[i], number, named.finding->anomaly);
        arrow_end("f", witness[i + 1], number, named.finding->anomaly);
      }
    }
  }

  // Bound to the operation that encloses its moment.
  void arrow_end(const char* phase, OpId id, std::size_t number, const std::string& name) {
    begin_event(phase, kClients, static_cast<std::int64_t>(places_[id].lane));
    out_ += ",\"ts\":" + microseconds(run_.history.at(id).invoked) + ",\"id\":" + std::to_string(number) +
            ",\"bp\":\"e\",\"cat\":\"anomaly\",\"name\":" + dump(Json(name), -1) + "}";
  }

  void add(const FaultWindow& window, std::size_t number) {
    const auto edge = [&](const char* phase, Nanos time, const Json& details) {
      begin_event(phase, kNemesis, 0);
      out_ += ",\"cat\":\"fault\",\"id\":" + std::to_string(number) + ",\"ts\":" + microseconds(time) +
              ",\"name\":" + dump(Json(window.fault), -1) + ",\"args\":" + dump(details, -1) + "}";
    };
    edge("b", window.begin,
         {{"nodes", node_list(run_.history, window.nodes)},
          {"value", to_json(window.value)},
          {"verified", window.verified},
          {"evidence", to_json(window.evidence)}});
    edge("e", window.end == kNever ? end_ : window.end, {{"healed", window.healed}});
  }

  struct Place {
    std::size_t lane;
    Nanos end;
    bool open;
  };

  const RunResult& run_;
  Nanos end_;
  LaneKeeper keeper_;
  std::vector<Place> places_;  // by operation
  std::string out_;
  bool first_ = true;
};

class TraceReporter final : public Reporter {
 public:
  void write(const RunResult& run, const std::string& directory) const override {
    write_file(directory, "trace.json", Trace(run).text());
  }
};

}  // namespace

extern const ReporterPlugin trace_plugin;
const ReporterPlugin trace_plugin = {"trace", "trace.json", []() -> const Reporter& {
                                       static const TraceReporter reporter;
                                       return reporter;
                                     }};

}  // namespace assay::reports
