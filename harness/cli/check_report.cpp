#include "harness/cli/check_report.h"

#include <algorithm>
#include <utility>

#include "harness/core/error.h"
#include "reports/common/json_convert.h"
#include "reports/common/words.h"
#include "reports/text/table.h"

namespace assay::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWitnessMax = 24;  // operations of a finding that are shown
// Characters of an operation and of a step that are shown; --json has all of them.
constexpr std::size_t kOperationMax = 160, kStepMax = 600;

// A database's bytes must not steer a terminal.
std::string harmless(std::string text) {
  for (char& byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if ((code < 0x20 && byte != '\n') || code == 0x7F) byte = '?';
  }
  return text;
}

std::string options_text(const CheckerOptions& options) {
  std::string text;
  for (const auto& [name, value] : options) text += (text.empty() ? "" : ", ") + name + " " + value;
  return text.empty() ? "" : " (" + text + ")";
}

// Many formats count events instead of time: then the numbers say more than a unit does.
std::string interval_text(const CheckedHistory& checked, const Operation& op) {
  if (!checked.file.has_times) return {};
  const bool counted = op.invoked < kMillisecond && (op.completed == kNever || op.completed < kMillisecond);
  const auto moment = [&](Nanos time) {
    if (time == kNever) return std::string("never");
    return counted ? std::to_string(time) : reports::exact_moment(time);
  };
  return "  [" + moment(op.invoked) + ", " + moment(op.completed) + "]";
}

std::string finding_text(const CheckedHistory& checked, const Finding& finding) {
  const History& history = checked.file.history;
  std::string text = "\n" + finding.anomaly;
  if (!finding.model.empty()) text += " (violates " + finding.model + ")";
  if (!finding.object.empty()) text += ", " + finding.object;
  text += ": " + finding.summary + "\n";
  for (const std::string& step : finding.steps) text += "  - " + reports::shortened(step, kStepMax) + "\n";
  std::size_t shown = 0;
  for (const OpId id : finding.witness) {
    if (id >= history.size()) continue;
    if (++shown > kWitnessMax) {
      text += "  and " + std::to_string(finding.witness.size() - kWitnessMax) + " operations more\n";
      break;
    }
    const Operation op = history.at(id);
    text += "  #" + std::to_string(id) + interval_text(checked, op) + "  process " +
            std::to_string(op.process) + ": " +
            reports::shortened(reports::request_text(history, op), kOperationMax) + "  " +
            std::string(outcome_name(op.outcome)) + "\n";
  }
  if (finding.rechecked) text += "  " + reports::recheck_sentence(*finding.rechecked) + "\n";
  return text;
}

// Checkers that lack the same thing share a line.
std::string unsuited_text(const CheckedHistory& history) {
  std::vector<std::pair<std::string, std::string>> lines;  // names, what they lack
  for (const CheckerChoice::Unsuited& other : history.unsuited) {
    const auto line = std::find_if(lines.begin(), lines.end(),
                                   [&](const auto& each) { return each.second == other.lacks; });
    if (line == lines.end()) {
      lines.emplace_back(other.name, other.lacks);
    } else {
      line->first += ", " + std::string(other.name);
    }
  }
  std::string text;
  for (const auto& [names, lacks] : lines) text += "  " + names + ": " + lacks + "\n";
  return text.empty() ? text : "  not applicable:\n" + text;
}

std::string table_text(const CheckedHistory& history) {
  reports::Table table({"checker", "verdict", ">time", "reason"});
  for (const Checked& check : history.checks) {
    if (check.result.checker.empty()) continue;
    table.add({check.result.checker, std::string(verdict_name(check.result.verdict)),
               reports::people_time(check.elapsed), check.result.reason});
  }
  return table.text("  ") + unsuited_text(history);
}

std::string single_text(const CheckedHistory& history) {
  const Checked& check = history.checks.front();
  if (check.elapsed == 0) {  // nobody looked at it
    return "  " + check.result.reason + "\n" + unsuited_text(history);
  }
  std::string text = "  " + check.result.checker + options_text(check.options);
  if (!history.why.empty()) text += ", " + history.why;
  return text + "\n  " + check.result.reason + " (" + reports::people_time(check.elapsed) + ")\n";
}

Json options_json(const CheckerOptions& options) {
  Json json = Json::object();
  for (const auto& [name, value] : options) json[name] = value;
  return json;
}

}  // namespace

const Checked& deciding_check(const CheckedHistory& history) {
  const Checked* deciding = &history.checks.front();
  for (const Checked& check : history.checks) {
    const Verdict verdict = deciding->result.verdict;
    if (worst(verdict, check.result.verdict) != verdict) deciding = &check;
  }
  return *deciding;
}

int exit_code_of(Verdict verdict) {
  if (verdict == Verdict::invalid) return kExitInvalid;
  return verdict == Verdict::valid ? kExitValid : kExitUnknown;
}

std::string check_text(const CheckedHistory& history, bool table) {
  const std::size_t size = history.file.history.size();
  std::string text = history.path + ": " + std::string(verdict_name(deciding_check(history).result.verdict)) +
                     ", " + reports::with_thousands(static_cast<std::int64_t>(size)) +
                     (size == 1 ? " operation\n" : " operations\n");
  const bool several = table || history.checks.size() > 1;
  text += several ? table_text(history) : single_text(history);
  for (const Checked& check : history.checks) {
    if (check.result.findings.empty()) continue;
    if (several) text += "\n" + check.result.checker + options_text(check.options) + "\n";
    for (const Finding& finding : check.result.findings) text += finding_text(history, finding);
  }
  return harmless(std::move(text));
}

std::string elle_line(const CheckedHistory& history) {
  const Verdict verdict = deciding_check(history).result.verdict;
  const char* const word = verdict == Verdict::valid     ? "true"
                           : verdict == Verdict::invalid ? "false"
                                                         : "unknown";
  return history.path + "\t" + word + "\n";
}

Json history_json(const CheckedHistory& history) {
  Json checks = Json::array(), unsuited = Json::array();
  for (const Checked& check : history.checks) {
    Json json = reports::to_json(history.file.history, check.result);
    json["options"] = options_json(check.options);
    json["elapsed"] = check.elapsed;
    checks.push_back(std::move(json));
  }
  for (const CheckerChoice::Unsuited& other : history.unsuited) {
    unsuited.push_back({{"checker", other.name}, {"lacks", other.lacks}});
  }
  const CheckResult& deciding = deciding_check(history).result;
  return {{"history", history.path},
          {"operations", history.file.history.size()},
          {"has_times", history.file.has_times},
          {"warnings", history.file.warnings},
          {"verdict", verdict_name(deciding.verdict)},
          {"reason", deciding.reason},
          {"checks", std::move(checks)},
          {"not_applicable", std::move(unsuited)}};
}

Json check_json(const std::vector<Json>& histories) {
  // The worst history, and of it the check that decided, stand at the top as well.
  constexpr std::string_view kWorstFirst[] = {"invalid", "unknown", "valid"};
  for (const std::string_view verdict : kWorstFirst) {
    for (const Json& history : histories) {
      if (history["verdict"] != verdict) continue;
      for (const Json& check : history["checks"]) {
        if (check["verdict"] != verdict) continue;
        return {{"schema_version", 1},
                {"verdict", verdict},
                {"exit_code", verdict == "valid"     ? kExitValid
                              : verdict == "invalid" ? kExitInvalid
                                                     : kExitUnknown},
                {"history", history["history"]},
                {"operations", history["operations"]},
                {"checker", check["checker"]},
                {"reason", check["reason"]},
                {"findings", check["findings"]},
                {"statistics", check["statistics"]},
                {"histories", histories}};
      }
    }
  }
  return {};
}

}  // namespace assay::cli
