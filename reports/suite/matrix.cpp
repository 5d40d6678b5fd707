#include "reports/suite/matrix.h"

#include <algorithm>
#include <map>
#include <set>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"

namespace assay::reports {

namespace {

constexpr double kAvailableGapMax = 1e9;  // nanoseconds

struct VerdictCounts {
  int valid = 0, invalid = 0, unknown = 0, broken = 0;

  void add(const SeedOutcome& seed) {
    ++(seed.broken                        ? broken
       : seed.verdict == Verdict::valid   ? valid
       : seed.verdict == Verdict::invalid ? invalid
                                          : unknown);
  }
  std::string markup() const {
    std::string out;
    const auto part = [&](int count, const char* css, const char* word) {
      if (count > 0) out += (out.empty() ? "" : " ") + pill(css, std::to_string(count) + " " + word);
    };
    part(valid, "p-good", "valid");
    part(invalid, "p-bad", "invalid");
    part(unknown, "p-warn", "unknown");
    part(broken, "p-warn", "harness");
    return out;
  }
};

const ExperimentRun* run_named(const Experiment& experiment, const std::string& name) {
  for (const ExperimentRun& run : experiment.runs) {
    if (run.name == name) return &run;
  }
  return nullptr;
}

// Kinds of faults, drawn or scheduled: "kill, partition".
std::string faults_of(const Plan& plan) {
  std::set<std::string> kinds;
  const auto add = [&](const std::string& fault) {
    kinds.insert(fault.substr(0, fault.find_first_of("-=")));
  };
  for (const std::string& fault : plan.nemesis) add(fault);
  for (const ScheduledFault& fault : plan.schedule) add(fault.fault);
  return kinds.empty() ? "none" : joined({kinds.begin(), kinds.end()}, ", ");
}

// What PACELC asks of one database.
struct Pacelc {
  std::string what, claimed;
  const RunReport* partitioned = nullptr;
  const RunReport* undisturbed = nullptr;
};

std::vector<Pacelc> pacelc_rows(const ExperimentReport& report) {
  std::vector<Pacelc> rows;
  for (const RunReport& run : report.runs) {
    const std::size_t colon = run.name.rfind(": "), comma = run.name.rfind(", ", colon);
    if (colon == std::string::npos || comma == std::string::npos) continue;
    const std::string what = run.name.substr(0, comma);
    auto row =
        std::find_if(rows.begin(), rows.end(), [&](const Pacelc& other) { return other.what == what; });
    if (row == rows.end()) {
      rows.push_back({what, run.name.substr(comma + 2, colon - comma - 2), nullptr, nullptr});
      row = std::prev(rows.end());
    }
    (run.name.substr(colon + 2) == "partitioned" ? row->partitioned : row->undisturbed) = &run;
  }
  return rows;
}

// The checkers that accept every seed, else what the first one found.
std::string consistency_of(const RunReport* run) {
  std::map<std::string, bool> accepted;
  std::vector<std::string> order;
  if (run != nullptr) {
    for (const PointReport& point : run->points) {
      for (const SeedOutcome& seed : point.seeds) {
        for (const CheckOutcome& check : seed.checks) {
          if (check.checker == "liveness") continue;
          const auto [found, is_new] = accepted.emplace(check.checker, true);
          if (is_new) order.push_back(check.checker);
          found->second = found->second && check.verdict == Verdict::valid;
        }
      }
    }
  }
  std::string out;
  for (const std::string& checker : order)
    out += (out.empty() ? "" : "<br>") + escape(checker) + ": " +
           (accepted[checker] ? "kept" : pill("p-warn", "not kept"));
  return out.empty() ? "<span class=\"quiet\">not run</span>" : out;
}

bool linearizable(const RunReport* run) {
  if (run == nullptr) return false;
  for (const PointReport& point : run->points) {
    for (const SeedOutcome& seed : point.seeds) {
      for (const CheckOutcome& check : seed.checks) {
        if (check.checker == "linearizable" && check.verdict != Verdict::valid) return false;
      }
    }
  }
  return true;
}

bool available(const RunReport* run) {
  if (run == nullptr) return false;
  for (const PointReport& point : run->points) {
    for (const SeedOutcome& seed : point.seeds) {
      for (const Measured& measured : seed.measures) {
        if (measured.name != "fault.write_gap_ns") continue;
        for (const double gap : measured.samples) {
          if (gap > kAvailableGapMax) return false;
        }
      }
    }
  }
  return true;
}

std::string figures_of(const RunReport* run) {
  std::string out;
  if (run == nullptr || run->points.empty()) return "<span class=\"quiet\">not run</span>";
  for (std::size_t i = 0; i < run->titles.size(); ++i)
    out += (out.empty() ? "" : "<br>") + escape(run->titles[i]) + ": " + escape(run->points[0].measured[i]);
  return out;
}

std::string measured_class(const Pacelc& row) {
  if (row.partitioned == nullptr || row.undisturbed == nullptr) return {};
  return std::string(available(row.partitioned) ? "PA" : "PC") + "/" +
         (linearizable(row.undisturbed) ? "EC" : "EL");
}

}  // namespace

std::string matrix_section(const SuiteReport& suite) {
  std::map<std::string, std::map<std::string, VerdictCounts>>
      rows;  // by target, mode and workload, then by faults
  std::set<std::string> columns;
  for (const ExperimentReport& report : suite.experiments) {
    for (const RunReport& run : report.runs) {
      const ExperimentRun* asked = run_named(report.experiment, run.name);
      if (asked == nullptr || !asked->trial.empty()) continue;
      for (std::size_t i = 0; i < run.points.size() && i < asked->points.size(); ++i) {
        const Plan& plan = asked->points[i].plan;
        const std::string row = plan.target + " " + plan.mode + ", " + plan.workload +
                                (plan.bugs.empty() ? "" : ", broken on purpose");
        const std::string faults = faults_of(plan);
        columns.insert(faults);
        for (const SeedOutcome& seed : run.points[i].seeds) rows[row][faults].add(seed);
      }
    }
  }
  if (rows.empty()) return {};
  std::vector<std::string> header = {"Target, workload"};
  for (const std::string& column : columns) header.push_back("~" + column);
  HtmlTable table(header);
  for (const auto& [row, cells] : rows) {
    std::vector<std::string> line = {"<span class=\"strong\">" + escape(row) + "</span>"};
    for (const std::string& column : columns) {
      const auto found = cells.find(column);
      line.push_back(found == cells.end() ? "" : found->second.markup());
    }
    table.add(line);
  }
  return section("matrix", "What was run",
                 "Verdicts by seed; the columns are faults. Whether a verdict was expected is below.",
                 "<div class=\"card flush\">" + table.markup() + "</div>\n");
}

std::string pacelc_section(const SuiteReport& suite) {
  HtmlTable table({"Database", "Claimed", "Measured", "~Partitioned: availability", "~consistency",
                   "~Else: latency", "~consistency"});
  int count = 0;
  for (const ExperimentReport& report : suite.experiments) {
    if (report.experiment.claim != "OP1") continue;
    for (const Pacelc& row : pacelc_rows(report)) {
      ++count;
      const std::string measured = measured_class(row);
      table.add({"<span class=\"strong\">" + escape(row.what) + "</span>", escape(row.claimed),
                 measured.empty() ? "" : pill(measured == row.claimed ? "p-good" : "p-bad", measured),
                 figures_of(row.partitioned), consistency_of(row.partitioned), figures_of(row.undisturbed),
                 consistency_of(row.undisturbed)});
    }
  }
  if (count == 0) return {};
  return section("pacelc", "PACELC",
                 "Partitioned so that no group is a majority: available (PA) or consistent (PC)? Else: quick "
                 "(EL) or consistent (EC)? "
                 "PA: writes never ceased for a second. EC: every undisturbed run was linearizable.",
                 "<div class=\"card flush\">" + table.markup() + "</div>\n");
}

}  // namespace assay::reports
