// The options of a workload, read and refused in one way for all of them, and who judges it.
//
// Thread safety: immutable once made. Errors: InputError, one sentence that says what would be accepted.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/workload.h"

namespace assay::workloads {

class Settings {
 public:
  Settings(std::string_view workload, std::span<const WorkloadOption> known, const Facts& given);

  // Each requires an option of that kind.
  std::string_view text(std::string_view name) const;
  bool is(std::string_view name, std::string_view choice) const { return text(name) == choice; }
  std::int64_t whole(std::string_view name) const;
  bool flag(std::string_view name) const;
  Nanos duration(std::string_view name) const;

  // The judges: `usual` ones unless option `checkers` names others, then those that option `also` names. A judge that is
  // asked for by name has the options that it has among `usual` or `possible`; `<checker>.<option>` overrides them.
  std::vector<CheckerSpec> judges(const std::vector<CheckerSpec>& usual,
                                  const std::vector<CheckerSpec>& possible = {}) const;

 private:
  const Value& value(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, CheckerOptions> of_checkers_;
  std::vector<std::string> checkers_, also_;
};

}  // namespace assay::workloads
