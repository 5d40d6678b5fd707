#include "checkers/datatypes/report.h"

#include <algorithm>
#include <charconv>

#include "harness/core/assert.h"

namespace assay::checkers::datatypes {

std::string counted(std::uint64_t count, const std::string& noun) {
  const std::string number = std::to_string(count) + " ";
  if (count == 1) return number + noun;
  if (noun.ends_with("y")) return number + noun.substr(0, noun.size() - 1) + "ies";
  return number + noun + (noun.ends_with("s") || noun.ends_with("x") ? "es" : "s");
}

std::string naming(const Operation& operation, std::string_view what) {
  return "the " + std::string(what) + " of process " + std::to_string(operation.process) + " (operation " +
         std::to_string(operation.id) + ")";
}

Report::Report(std::string_view checker, std::string_view model, const Budget& budget,
               std::initializer_list<const char*> anomalies)
    : limits_(budget), model_(model) {
  result_.checker = checker;
  for (const char* const name : anomalies) kinds_.push_back({name, 0, 0});
}

bool Report::reserve(std::size_t bytes) {
  if (over_ || limits_.spent() || !limits_.fits(bytes)) {
    over_ = true;
    return false;
  }
  limits_.charge(bytes);
  return true;
}

bool Report::found(std::string_view anomaly, std::uint64_t times) {
  for (Kind& kind : kinds_) {
    if (kind.name != anomaly) continue;
    kind.count += times;
    return times > 0 && kind.described < kDescribedOfEach;
  }
  ASSAY_ASSERT(false);
  return false;
}

std::uint64_t Report::count(std::string_view anomaly) const {
  for (const Kind& kind : kinds_) {
    if (kind.name == anomaly) return kind.count;
  }
  return 0;
}

void Report::accuse(Accusation accusation) {
  for (Kind& kind : kinds_) {
    if (kind.name == accusation.anomaly) ++kind.described;
  }
  Finding finding;
  finding.anomaly = accusation.anomaly;
  finding.model = model_;
  finding.object = std::move(accusation.object);
  finding.summary = std::move(accusation.summary);
  finding.steps = std::move(accusation.steps);
  finding.witness = std::move(accusation.witness);
  std::sort(finding.witness.begin(), finding.witness.end());
  finding.witness.erase(std::unique(finding.witness.begin(), finding.witness.end()), finding.witness.end());
  result_.findings.push_back(std::move(finding));
}

CheckResult Report::stopped(const std::string& covered) {
  return unknown("Not decided: " + limits_.why() + " after " + covered + ".");
}

CheckResult Report::end(Verdict verdict, std::string reason) {
  std::string found;
  std::vector<Finding> sorted;
  for (const Kind& kind : kinds_) {
    for (Finding& finding : result_.findings) {
      if (finding.anomaly == kind.name) sorted.push_back(std::move(finding));
    }
    if (kind.count > 0) {
      found += (found.empty() ? "Found " : ", ") + kind.name + " (" + counted(kind.count, "time") + ")";
    }
    fact(kind.name, kind.count);
  }
  result_.findings = std::move(sorted);
  result_.verdict = result_.findings.empty() ? verdict : Verdict::invalid;
  result_.reason = result_.findings.empty() ? std::move(reason) : found + ".";
  fact("memory_peak_bytes", limits_.peak_bytes());
  fact("elapsed_microseconds", static_cast<std::uint64_t>(limits_.elapsed() / kMicrosecond));
  return std::move(result_);
}

const std::string* OptionReader::given(const std::string& name) {
  known_.push_back(name);
  const auto option = options_.find(name);
  return option == options_.end() ? nullptr : &option->second;
}

void OptionReader::refuse(const std::string& name, const std::string& expected, const std::string& got) {
  if (!error_.empty()) return;
  error_ = "Option " + name + " of " + checker_ + " must be " + expected + ", not \"" + got + "\".";
}

bool OptionReader::yes(const std::string& name, bool otherwise) {
  const std::string* const text = given(name);
  if (text == nullptr) return otherwise;
  if (*text != "yes" && *text != "no") refuse(name, "yes or no", *text);
  return *text == "yes";
}

std::size_t OptionReader::choice(const std::string& name, std::initializer_list<const char*> choices) {
  const std::string* const text = given(name);
  if (text == nullptr) return 0;
  std::string expected;
  std::size_t index = 0;
  for (const char* const choice : choices) {
    if (*text == choice) return index;
    expected += (index == 0 ? "" : index + 1 == choices.size() ? " or " : ", ") + std::string(choice);
    ++index;
  }
  refuse(name, expected, *text);
  return 0;
}

std::optional<std::int64_t> OptionReader::integer(const std::string& name) {
  const std::string* const text = given(name);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) refuse(name, "an integer", *text);
  return number;
}

std::string OptionReader::error() const {
  for (const auto& [name, value] : options_) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    std::string names;
    for (const std::string& known : known_) names += (names.empty() ? "" : ", ") + known;
    return "Option \"" + name + "\" is unknown; " + checker_ + " knows " + (names.empty() ? "none" : names) +
           ".";
  }
  return error_;
}

}  // namespace assay::checkers::datatypes
