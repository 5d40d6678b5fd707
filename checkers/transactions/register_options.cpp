#include "checkers/transactions/register_options.h"

#include <charconv>

namespace assay::checkers {

namespace {

bool parse_initial(const std::string& text, Value& initial) {
  initial = Value();
  if (text == "nil") return true;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  initial = Value(number);
  return true;
}

}  // namespace

bool parse_register_options(const std::string& checker, const CheckerOptions& given, const std::string& names,
                            const OwnOption& own, RegisterOptions& options, std::string& error) {
  error.clear();
  for (const auto& [name, value] : given) {
    if (name == "initial") {
      if (!parse_initial(value, options.initial)) {
        error = "Option initial of " + checker + " must be an integer or nil, not \"" + value + "\".";
      }
    } else if (name == "certificate") {
      if (value != "yes" && value != "no") {
        error = "Option certificate of " + checker + " must be yes or no, not \"" + value + "\".";
      }
      options.certificate = value == "yes";
    } else {
      bool known = false;
      if (own) own(name, value, known, error);
      if (!known && error.empty())
        error = "Option \"" + name + "\" is unknown; " + checker + " knows " + names + ".";
    }
    if (!error.empty()) return false;
  }
  return true;
}

std::string unsuited_for_registers(const HistoryShape& shape) {
  if (!shape.only(Fn::read, Fn::write, Fn::cas))
    return "needs registers: reads, writes and compare-and-sets only";
  if (shape.count(Fn::read) + shape.count(Fn::cas) == 0) return "needs reads";
  return {};
}

std::string counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void add_fact(CheckResult& result, std::string name, std::uint64_t value) {
  result.statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
}

}  // namespace assay::checkers
