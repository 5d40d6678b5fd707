// A program of somebody else's that judges a history of its own with the installed library.
#include <checkers/registry.h>
#include <harness/core/history.h>

#include <cstdio>
#include <cstring>

namespace {

assay::Operation operation(assay::ProcessId process, assay::Nanos invoked, assay::Nanos completed,
                           const assay::Mop& mop) {
  assay::Operation op;
  op.process = process;
  op.outcome = assay::Outcome::ok;
  op.due = op.invoked = invoked;
  op.completed = completed;
  op.mops = {&mop, 1};
  return op;
}

// A write of 1, and afterwards a read of `seen`.
assay::Verdict judge(const assay::Checker& checker, const assay::Value& seen) {
  assay::HistoryBuilder builder;
  builder.add(operation(0, 1, 2, {assay::Fn::write, 0, 1, {}}));
  builder.add(operation(1, 3, 4, {assay::Fn::read, 0, {}, seen}));
  return checker.check(builder.build(), {}).verdict;
}

}  // namespace

int main() {
  for (const assay::CheckerPlugin* plugin : assay::checkers::all_plugins()) {
    if (plugin->name != "linearizable") continue;
    std::string error;
    const auto checker = plugin->make({}, error);
    const bool right =
        judge(*checker, 1) == assay::Verdict::valid && judge(*checker, {}) == assay::Verdict::invalid;
    std::puts(right ? "ok" : "wrong verdict");
    return right ? 0 : 1;
  }
  std::puts("no linearizability checker");
  return 1;
}
