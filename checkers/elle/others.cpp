#include "checkers/elle/others.h"

#include <algorithm>
#include <array>
#include <utility>

#include "checkers/registry.h"
#include "harness/core/shape.h"

namespace assay::checkers::elle {

namespace {

struct Row {
  std::string_view model, checker;
  bool is_guarantee = false;  // of the checker "session"
};
constexpr std::array kOthers = {
    Row{"monotonic-reads", "session", true},
    Row{"monotonic-writes", "session", true},
    Row{"read-your-writes", "session", true},
    Row{"writes-follow-reads", "session", true},
    Row{"PRAM", "pram"},
    Row{"causal", "causal-memory"},
};

// Each list as a register that holds its last element.
History registers_of(const History& lists) {
  HistoryBuilder builder;
  builder.set_node_names(lists.node_names());
  std::vector<Mop> mops;
  for (Operation op : lists.operations()) {
    mops.assign(op.mops.begin(), op.mops.end());
    for (Mop& mop : mops) {
      if (mop.fn == Fn::append) mop.fn = Fn::write;
      if (mop.result.kind() != Value::Kind::list) continue;
      const auto list = mop.result.as_list();
      const Value last = list.empty() ? Value() : list.back();
      mop.result = last;
    }
    op.mops = mops;
    builder.add(op);
  }
  return builder.build();
}

CheckResult ask(const Row& row, const History& history, const Value& initial, const Budget& budget) {
  CheckResult result;
  result.applies = false;
  const auto plugins = all_plugins();
  const auto found = std::find_if(plugins.begin(), plugins.end(),
                                  [&](const CheckerPlugin* plugin) { return plugin->name == row.checker; });
  if (found == plugins.end()) return result;
  CheckerOptions options = {{"initial", initial.to_string()}};
  if (row.is_guarantee) options["guarantees"] = row.model;
  std::string error = (*found)->unsuited(shape_of(history), options);
  if (!error.empty()) return result;
  const auto checker = (*found)->make(options, error);
  return checker == nullptr ? result : checker->check(history, budget);
}

}  // namespace

Others ask_others(ModelSet models, const History& history, const Value& initial, Budget rest) {
  Others others;
  const Limits limits(rest);
  const HistoryShape shape = shape_of(history);
  const bool lists = shape.count(Fn::append) > 0;
  for (const Row& row : kOthers) {
    const ModelSet model = model_named(row.model);
    if ((models & model) == 0) continue;
    Budget budget = rest;
    budget.time_limit = std::max<Nanos>(rest.time_limit - limits.elapsed(), 0);
    const bool as_registers = lists && !row.is_guarantee;
    const std::size_t copy = as_registers ? history.memory_bytes() : 0;
    if (copy > budget.memory_limit_bytes) continue;
    budget.memory_limit_bytes -= copy;
    CheckResult result =
        as_registers ? ask(row, registers_of(history), initial, budget) : ask(row, history, initial, budget);
    if (!result.applies || (as_registers && result.verdict == Verdict::valid)) continue;
    others.asked.push_back(std::string(row.model) + ": " + std::string(row.checker) + " says " +
                           std::string(verdict_name(result.verdict)));
    if (result.verdict == Verdict::unknown) others.undecided = result.checker + " says: " + result.reason;
    if (result.verdict == Verdict::valid) others.proved |= model;
    if (result.verdict != Verdict::invalid) continue;
    others.refuted |= model;
    for (Finding& finding : result.findings) {
      finding.model = row.model;
      others.findings.push_back(std::move(finding));
    }
  }
  return others;
}

}  // namespace assay::checkers::elle
