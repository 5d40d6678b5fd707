// Workload "list-append": transactions of reads of lists and appends of unique elements, a few keys at a time
// (common/transactions.h). Judged by the checker of that name: which anomalies there are, and so which isolation levels are
// ruled out (list-append.models says which must hold; usually strict-serializable). Every key is read at the end, so
// that what was lost shows.
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"
#include "workloads/common/transactions.h"

namespace assay::workloads {

namespace {

constexpr WorkloadOption kListAppendOptions[] = {
    {"length", WorkloadOption::Kind::whole, "4", {}, "micro-operations of a transaction, at most", 1, 64},
    {"writes",
     WorkloadOption::Kind::whole,
     "32",
     {},
     "of a key, before a fresh one takes its place",
     1,
     100'000},
    {"reads", WorkloadOption::Kind::whole, "50", {}, "percentage of micro-operations that read", 1, 99},
};

class ListAppendWorkload final : public Workload {
 public:
  explicit ListAppendWorkload(const WorkloadOptions& options)
      : settings_("list-append", kListAppendOptions, options.options),
        transactions_({Fn::append, options.keys, settings_.whole("length"), settings_.whole("writes"),
                       settings_.whole("reads")}),
        finals_({options.nodes, 0, false}) {}

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase != Phase::final_reads) return transactions_.next(rng);
    if (!finals_.begun()) finals_.ask_some_node(transactions_.written());
    return finals_.next(process);
  }

  void observe(const Operation& operation) override { finals_.observe(operation); }

  std::vector<CheckerSpec> checkers() const override {
    const CheckerSpec judge{"list-append", {}};
    return settings_.judges({judge}, {{"serializable", {}}, {"snapshot-isolation", {}}});
  }

 private:
  Settings settings_;
  Transactions transactions_;
  FinalReads finals_;
};

}  // namespace

extern const WorkloadPlugin list_append_plugin;
const WorkloadPlugin list_append_plugin = {
    "list-append",
    "transactions of reads of lists and appends of unique elements; judged by: list-append",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<ListAppendWorkload>(options);
    },
    kListAppendOptions,
};

}  // namespace assay::workloads
