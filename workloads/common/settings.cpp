#include "workloads/common/settings.h"

#include <algorithm>
#include <utility>

#include "checkers/registry.h"
#include "harness/core/assert.h"
#include "harness/core/error.h"
#include "harness/core/option_reader.h"
#include "harness/core/units.h"

namespace assay::workloads {

namespace {

constexpr const char* kFlag = "--workload-option";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_checker(std::string_view name) {
  const auto all = checkers::all_plugins();
  return std::any_of(all.begin(), all.end(),
                     [&](const CheckerPlugin* plugin) { return plugin->name == name; });
}

}  // namespace

Settings::Settings(std::string_view workload, std::span<const WorkloadOption> known, const Facts& given) {
  Facts own;
  for (const Fact& fact : given) {
    const std::size_t dot = fact.name.find('.');
    if (dot != std::string::npos && is_checker(fact.name.substr(0, dot))) {
      of_checkers_[fact.name.substr(0, dot)][fact.name.substr(dot + 1)] =
          fact.value.kind() == Value::Kind::text ? std::string(fact.value.as_text()) : fact.value.to_string();
    } else {
      own.push_back(fact);
    }
  }
  OptionReader read(kFlag, "workload " + std::string(workload), own);
  for (const WorkloadOption& option : known) {
    const std::string name(option.name);
    switch (option.kind) {
      case WorkloadOption::Kind::choice: {
        const std::vector<std::string_view> choices = split(option.choices, '|');
        ASSAY_ASSERT(choices.front() == option.usual);
        values_[name] = Value::text(read.choice(name, choices));
        break;
      }
      case WorkloadOption::Kind::whole:
        values_[name] = read.whole(name, std::stoll(std::string(option.usual)), option.low, option.high);
        break;
      case WorkloadOption::Kind::flag:
        values_[name] = Value::boolean(read.flag(name, option.usual == "yes"));
        break;
      case WorkloadOption::Kind::duration:
        values_[name] = read.duration(name, parse_duration(option.usual).value());
        break;
    }
  }
  for (const auto& [name, names] : {std::pair("checkers", &checkers_), std::pair("also", &also_)}) {
    const std::string text = read.text(name, "");
    for (const std::string_view each : split(text, ',')) {
      names->emplace_back(each);
      if (is_checker(each)) continue;
      throw InputError(std::string(kFlag) + " " + name + "=" + text + ": there is no checker " +
                       names->back() + " (assay list checkers)");
    }
  }
  read.done();
}

const Value& Settings::value(std::string_view name) const {
  const auto found = values_.find(name);
  ASSAY_ASSERT(found != values_.end());
  return found->second;
}

std::string_view Settings::text(std::string_view name) const { return value(name).as_text(); }
std::int64_t Settings::whole(std::string_view name) const { return value(name).as_integer(); }
bool Settings::flag(std::string_view name) const { return value(name).as_boolean(); }
Nanos Settings::duration(std::string_view name) const { return value(name).as_integer(); }

std::vector<CheckerSpec> Settings::judges(const std::vector<CheckerSpec>& usual,
                                          const std::vector<CheckerSpec>& possible) const {
  std::vector<CheckerSpec> judges;
  const auto add = [&](const std::string& name) {
    if (std::any_of(judges.begin(), judges.end(),
                    [&](const CheckerSpec& spec) { return spec.name == name; })) {
      return;
    }
    CheckerSpec judge{name, {}};
    for (const auto* const specs : {&possible, &usual}) {
      for (const CheckerSpec& spec : *specs) {
        if (spec.name == name) judge.options = spec.options;
      }
    }
    if (const auto own = of_checkers_.find(name); own != of_checkers_.end()) {
      for (const auto& [option, value] : own->second) judge.options[option] = value;
    }
    judges.push_back(std::move(judge));
  };
  if (checkers_.empty()) {
    for (const CheckerSpec& spec : usual) add(spec.name);
  }
  for (const std::string& name : checkers_) add(name);
  for (const std::string& name : also_) add(name);
  return judges;
}

}  // namespace assay::workloads
