// Workload "rw-register": transactions of reads and writes of unique values to registers, a few keys at a time
// (common/transactions.h). Judged by the checker of that name: which anomalies there are, and so which isolation levels are
// ruled out (rw-register.models says which must hold; usually strict-serializable). Every key is read at the end, so
// that what was lost shows.
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"
#include "workloads/common/transactions.h"

namespace assay::workloads {

namespace {

constexpr WorkloadOption kRwRegisterOptions[] = {
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

class RwRegisterWorkload final : public Workload {
 public:
  explicit RwRegisterWorkload(const WorkloadOptions& options)
      : settings_("rw-register", kRwRegisterOptions, options.options),
        transactions_({Fn::write, options.keys, settings_.whole("length"), settings_.whole("writes"),
                       settings_.whole("reads")}),
        finals_({options.nodes, 0, false}) {}

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase != Phase::final_reads) return transactions_.next(rng);
    if (!finals_.begun()) finals_.ask_some_node(transactions_.written());
    return finals_.next(process);
  }

  void observe(const Operation& operation) override { finals_.observe(operation); }

  std::vector<CheckerSpec> checkers() const override {
    const CheckerSpec judge{"rw-register", {}};
    return settings_.judges({judge}, {{"serializable", {}}, {"snapshot-isolation", {}}});
  }

 private:
  Settings settings_;
  Transactions transactions_;
  FinalReads finals_;
};

}  // namespace

extern const WorkloadPlugin rw_register_plugin;
const WorkloadPlugin rw_register_plugin = {
    "rw-register",
    "transactions of reads and writes of unique values to registers; judged by: rw-register",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<RwRegisterWorkload>(options);
    },
    kRwRegisterOptions,
};

}  // namespace assay::workloads
