#include "checkers/elle/judgement.h"

#include <algorithm>
#include <bit>

#include "checkers/common/words.h"

namespace assay::checkers::elle {

namespace {

constexpr std::size_t kFindingsMax = 16;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// Names separated by commas, each looked up by `named`.
template <class Set>
Set named_set(OptionReader& reader, const std::string* text, const std::string& kind,
              Set (*named)(std::string_view), std::vector<std::string> (*names_of)(Set)) {
  Set all = 0;
  for (const std::string_view name : split(text == nullptr ? std::string_view() : *text)) {
    const Set one = named(name);
    if (one == 0) {
      reader.complain(kind + " \"" + std::string(name) + "\" is unknown; " + reader.checker() + " knows " +
                      listed(names_of(~Set{0})) + ".");
    }
    all |= one;
  }
  return all;
}

// Of the models asked about, the first that this anomaly refutes; empty if it refutes none.
std::string model_refuted(const Settings& settings, AnomalySet anomaly) {
  const ModelSet refuted = refuted_models(anomaly) & settings.models;
  if (refuted != 0) return std::string(model_name(std::countr_zero(refuted)));
  if ((implied_anomalies(anomaly) & settings.anomalies) == 0) return {};
  const std::vector<std::string> weakest = weakest_refuted(anomaly);
  return weakest.empty() ? std::string("the anomalies forbidden") : weakest.front();
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void add_fact(CheckResult& result, const char* name, const std::string& text) {
  result.statistics.push_back({name, Value::text(text)});
}

std::vector<std::string> found_names(AnomalySet anomalies, const Others& others) {
  std::vector<std::string> names = names_of_anomalies(anomalies);
  for (const Finding& finding : others.findings) {
    if (std::find(names.begin(), names.end(), finding.anomaly) == names.end())
      names.push_back(finding.anomaly);
  }
  return names;
}

std::string completeness(const Settings& settings, const Coverage& coverage) {
  if ((settings.models & ~coverage.others.proved) == 0)
    return "this is a proof by " + listed(coverage.others.asked);
  const ModelSet orders = implied_models(model_named("strict-serializable")) &
                          ~implied_models(model_named("strong-snapshot-isolation"));
  const bool all_orders = (settings.models & ~orders) == 0;
  if (coverage.complete && all_orders) return "this is a proof, as every dependency between them is known";
  if (coverage.versions_known)
    return "the order of all versions is known, so the search for cycles missed nothing";
  return "what is inferred is certain, but not everything can be inferred, as the order of some versions is "
         "unknown";
}

}  // namespace

Settings read_settings(OptionReader& reader) {
  Settings settings;
  const std::string* models = reader.text("models");
  const std::string* const model = reader.text("model");
  if (models == nullptr) models = model;
  settings.models = named_set(reader, models, "Model", model_named, names_of_models);
  if (models != nullptr && settings.models == 0)
    reader.complain("Option models of " + reader.checker() + " names no model.");
  if (settings.models == 0) settings.models = model_named("strict-serializable");
  settings.anomalies =
      named_set(reader, reader.text("anomalies"), "Anomaly", anomaly_named, names_of_anomalies);
  settings.certificate = reader.yes("certificate", false);
  return settings;
}

ModelSet open_models(const Settings& settings, const std::vector<Anomaly>& anomalies) {
  AnomalySet all = 0;
  for (const Anomaly& anomaly : anomalies) all |= anomaly.name;
  return settings.models & ~refuted_models(all);
}

void conclude(const Settings& settings, const Coverage& coverage, std::vector<Anomaly> anomalies,
              CheckResult& result) {
  AnomalySet all = 0, tolerated = 0, refuting = 0;
  std::stable_sort(anomalies.begin(), anomalies.end(),
                   [](const Anomaly& a, const Anomaly& b) { return a.name < b.name; });
  for (Anomaly& anomaly : anomalies) {
    all |= anomaly.name;
    anomaly.finding.anomaly = std::string(anomaly_name(std::countr_zero(anomaly.name)));
    anomaly.finding.model = model_refuted(settings, anomaly.name);
    if (anomaly.finding.model.empty()) {
      tolerated |= anomaly.name;
      continue;
    }
    refuting |= anomaly.name;
    if (result.findings.size() < kFindingsMax) result.findings.push_back(std::move(anomaly.finding));
  }
  for (const Finding& finding : coverage.others.findings) {
    if (result.findings.size() < kFindingsMax) result.findings.push_back(finding);
  }
  const std::string asked = listed(names_of_models(settings.models));
  const std::string count =
      std::to_string(coverage.transactions) + (coverage.transactions == 1 ? " transaction" : " transactions");
  if (!result.findings.empty()) {
    result.verdict = Verdict::invalid;
    result.reason = "Not " + asked + ": " + listed(found_names(refuting, coverage.others)) + " found among " +
                    count + "; this rules out " + listed(weakest_refuted(all, coverage.others.refuted)) +
                    " and whatever is stronger.";
    if (!coverage.finished) result.reason += " The search was cut short: " + coverage.unfinished + ".";
  } else if (!coverage.finished) {
    result.verdict = Verdict::unknown;
    result.reason = "Not decided: " + coverage.unfinished + " before all cycles were looked for.";
  } else if (!coverage.others.undecided.empty()) {
    result.verdict = Verdict::unknown;
    result.reason = "Not decided: " + coverage.others.undecided;
  } else {
    result.verdict = Verdict::valid;
    result.reason =
        "No anomaly among " + count + " refutes " + asked + "; " + completeness(settings, coverage) + ".";
  }
  add_fact(result, "models", joined(names_of_models(settings.models)));
  add_fact(result, "anomalies", joined(names_of_anomalies(all)));
  add_fact(result, "anomalies_tolerated", joined(names_of_anomalies(tolerated)));
  add_fact(result, "strongest_not_refuted", joined(strongest_not_refuted(all, coverage.others.refuted)));
  add_fact(result, "weakest_refuted", joined(weakest_refuted(all, coverage.others.refuted)));
  if (!coverage.others.asked.empty()) add_fact(result, "other_checkers", joined(coverage.others.asked));
}

}  // namespace assay::checkers::elle
