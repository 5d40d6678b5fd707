#include "checkers/transactions/register_options.h"

namespace assay::checkers {

RegisterOptions register_options(OptionReader& reader) {
  RegisterOptions options;
  options.initial = reader.initial();
  options.certificate = reader.yes("certificate", false);
  return options;
}

std::string unsuited_for_registers(const HistoryShape& shape) {
  if (!shape.only(Fn::read, Fn::write, Fn::cas))
    return "needs registers: reads, writes and compare-and-sets only";
  if (shape.count(Fn::read) + shape.count(Fn::cas) == 0) return "needs reads";
  return {};
}

void add_fact(CheckResult& result, std::string name, std::uint64_t value) {
  result.statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
}

}  // namespace assay::checkers
