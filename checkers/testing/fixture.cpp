#include "checkers/testing/fixture.h"

#include <algorithm>

#include "checkers/registry.h"
#include "harness/core/assert.h"

namespace assay::checkers::testing {

History make_history(std::vector<Line> lines) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.invoked < b.invoked; });
  HistoryBuilder builder;
  ProcessId process = 1000;  // above the processes that tests name
  for (const Line& line : lines) {
    Operation op;
    op.process = line.process == kOwnProcess ? process++ : line.process;
    op.due = op.invoked = line.invoked;
    op.completed = line.completed;
    op.outcome = line.outcome;
    op.node = line.node;
    op.mops = line.mops;
    builder.add(op);
  }
  return builder.build();
}

std::vector<Line> lines_of(const History& history) {
  std::vector<Line> lines;
  for (const Operation op : history.operations()) {
    Line line(op.invoked, op.completed, std::vector<Mop>(op.mops.begin(), op.mops.end()));
    line.outcome = op.outcome;
    line.process = op.process;
    line.node = op.node;
    lines.push_back(std::move(line));
  }
  return lines;
}

History part_of(const History& history, const std::vector<OpId>& ids) {
  HistoryBuilder builder;
  for (const OpId id : ids) builder.add(history.at(id));
  return builder.build();
}

std::string to_text(const History& history) {
  std::string text;
  for (const Operation op : history.operations()) {
    text += "[" + std::to_string(op.invoked) + ", " +
            (op.completed == kNever ? std::string("never") : std::to_string(op.completed)) + "] " +
            describe(op) + "\n";
  }
  return text;
}

History make_sessions(const std::vector<std::vector<std::vector<Mop>>>& sessions) {
  std::vector<Line> lines;
  std::size_t longest = 0;
  for (const auto& session : sessions) longest = std::max(longest, session.size());
  const auto count = static_cast<Nanos>(sessions.size());
  for (std::size_t turn = 0; turn < longest; ++turn) {
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      if (turn >= sessions[i].size()) continue;
      const auto at = static_cast<Nanos>(turn) * 2 * count + static_cast<Nanos>(i);
      Line line(at, at + count, sessions[i][turn]);
      line.process = static_cast<ProcessId>(i);
      lines.push_back(std::move(line));
    }
  }
  return make_history(std::move(lines));
}

const CheckerPlugin& plugin(std::string_view name) {
  const auto plugins = all_plugins();
  const auto found = std::find_if(plugins.begin(), plugins.end(),
                                  [&](const CheckerPlugin* each) { return each->name == name; });
  ASSAY_ASSERT(found != plugins.end());
  return **found;
}

CheckResult check_with(std::string_view name, const History& history, const CheckerOptions& options,
                       const Budget& budget) {
  std::string error;
  const auto checker = plugin(name).make(options, error);
  ASSAY_ASSERT(checker != nullptr);
  return checker->check(history, budget);
}

}  // namespace assay::checkers::testing
