// metrics.prom: the figures of a run in the text format of Prometheus (version 0.0.4), for a node exporter's textfile collector
// or a push gateway. docs/run-folder.md lists the metrics. Durations in seconds.
#include <cstdio>
#include <map>

#include "harness/core/reporter.h"
#include "reports/common/output.h"
#include "reports/common/words.h"

namespace assay::reports {

namespace {

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

using Labels = std::vector<std::pair<std::string_view, std::string>>;

class Exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_ +=
        "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void sample(const Labels& labels, double value, std::string_view suffix = {}) {
    out_ += name_ + std::string(suffix);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      out_ +=
          (i == 0 ? "{" : ",") + std::string(labels[i].first) + "=\"" + label_value(labels[i].second) + "\"";
    }
    char number[40];
    std::snprintf(number, sizeof number, "%.12g", value);
    out_ += (labels.empty() ? " " : "} ") + std::string(number) + "\n";
  }
  // Absent when the time is unknown.
  void seconds(const Labels& labels, Nanos time) {
    if (time >= 0 && time != kNever) sample(labels, static_cast<double>(time) / 1e9);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string name_;
  std::string out_;
};

void add_verdicts(Exposition& out, const RunResult& run) {
  out.family("assay_run_info", "gauge", "What was run; always 1.");
  out.sample({{"target", run.plan.target},
              {"mode", run.plan.mode},
              {"workload", run.plan.workload},
              {"cluster", run.plan.cluster},
              {"seed", std::to_string(run.plan.seed)},
              {"version", run.assay_version}},
             1);
  out.family("assay_run_verdict", "gauge", "1 for the verdict of the run, 0 for the others.");
  for (const Headline headline : {Headline::valid, Headline::invalid, Headline::unknown, Headline::trouble})
    out.sample({{"verdict", std::string(headline_class(headline))}}, headline == headline_of(run) ? 1 : 0);
  out.family("assay_run_exit_code", "gauge", "Exit code of the run.");
  out.sample({}, run.exit_code);
  out.family("assay_checker_verdict", "gauge", "1 for the verdict of each checker.");
  for (const CheckResult& check : run.checks)
    out.sample({{"checker", check.checker}, {"verdict", std::string(verdict_name(check.verdict))}}, 1);
  out.family("assay_anomalies", "gauge", "Anomalies found, by name.");
  std::map<std::pair<std::string, std::string>, int> anomalies;
  for (const NamedFinding& named : all_findings(run))
    ++anomalies[{named.finding->anomaly, named.finding->model}];
  for (const auto& [name, number] : anomalies)
    out.sample({{"anomaly", name.first}, {"violates", name.second}}, number);
}

void add_summary(Exposition& out, const std::string& kind, const LatencySummary& latency) {
  const std::pair<const char*, Nanos> quantiles[] = {{"0.5", latency.p50},    {"0.9", latency.p90},
                                                     {"0.95", latency.p95},   {"0.99", latency.p99},
                                                     {"0.999", latency.p999}, {"1", latency.max}};
  for (const auto& [quantile, time] : quantiles) out.seconds({{"kind", kind}, {"quantile", quantile}}, time);
  const double sum = static_cast<double>(latency.mean) * static_cast<double>(latency.count) / 1e9;
  out.sample({{"kind", kind}}, latency.count > 0 ? sum : 0, "_sum");
  out.sample({{"kind", kind}}, static_cast<double>(latency.count), "_count");
}

void add_operations(Exposition& out, const RunResult& run) {
  out.family("assay_operations_total", "counter", "Operations of the main phase.");
  for (const OperationSummary& kind : run.operations) {
    const std::pair<const char*, std::int64_t> outcomes[] = {
        {"ok", kind.counts.ok}, {"fail", kind.counts.fail}, {"info", kind.counts.info}};
    for (const auto& [outcome, number] : outcomes)
      out.sample({{"kind", kind.kind}, {"outcome", outcome}}, static_cast<double>(number));
  }
  out.family("assay_response_seconds", "summary",
             "From when the plan wanted an operation to its completion; ok ones.");
  for (const OperationSummary& kind : run.operations) add_summary(out, kind.kind, kind.response);
  out.family("assay_service_seconds", "summary",
             "From when an operation was sent to its completion; ok ones.");
  for (const OperationSummary& kind : run.operations) add_summary(out, kind.kind, kind.service);
  const LoadSummary& load = run.measurements.load;
  out.family("assay_ok_per_second", "gauge", "ok completions of the main phase over its length.");
  out.sample({}, load.ok_per_second);
  out.family("assay_intended_per_second", "gauge", "What the plan wanted; 0 in a closed loop.");
  out.sample({}, load.intended_per_second);
  out.family("assay_late_total", "counter", "Operations sent more than 1 ms after they were due.");
  out.sample({}, static_cast<double>(load.late));
  out.family("assay_dropped_total", "counter", "Operations that were due and never sent.");
  out.sample({}, static_cast<double>(load.dropped));
}

void add_faults(Exposition& out, const RunResult& run) {
  struct Figure {
    const char* name;
    const char* help;
    Nanos FaultWindowSummary::*time;
  };
  constexpr Figure kFigures[] = {
      {"assay_fault_unavailable_seconds", "Time without an ok completion, in stretches of 100 ms and more.",
       &FaultWindowSummary::unavailable},
      {"assay_fault_first_success_seconds", "From the beginning of the fault to the first ok.",
       &FaultWindowSummary::time_to_first_success},
      {"assay_fault_recovery_seconds", "From the heal to the next ok.", &FaultWindowSummary::time_to_recover},
  };
  const auto labels = [&](std::size_t i) -> Labels {
    return {{"fault", run.faults[i].window.fault}, {"window", std::to_string(i + 1)}};
  };
  out.family("assay_fault_verified", "gauge", "1 when the fault was proved to take effect.");
  for (std::size_t i = 0; i < run.faults.size(); ++i)
    out.sample(labels(i), run.faults[i].window.verified ? 1 : 0);
  for (const Figure& figure : kFigures) {
    out.family(figure.name, "gauge", figure.help);
    for (std::size_t i = 0; i < run.faults.size(); ++i) out.seconds(labels(i), run.faults[i].*figure.time);
  }
}

class PrometheusReporter final : public Reporter {
 public:
  void write(const RunResult& run, const std::string& directory) const override {
    Exposition out;
    add_verdicts(out, run);
    add_operations(out, run);
    add_faults(out, run);
    write_file(directory, "metrics.prom", out.take());
  }
};

}  // namespace

extern const ReporterPlugin prometheus_plugin;
const ReporterPlugin prometheus_plugin = {"prometheus", "metrics.prom", []() -> const Reporter& {
                                            static const PrometheusReporter reporter;
                                            return reporter;
                                          }};

}  // namespace assay::reports
