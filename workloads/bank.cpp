// Workload "bank": --keys accounts, all empty at first. Transfers take from one account and give to another in one request,
// reads look at all accounts in one request; what somebody owes is a negative balance. Judged by "bank": every read of all
// accounts finds the same total, 0.
//
// A database that shows each statement of a transaction another state (read committed) lets a read see half a transfer; one that
// loses updates changes the total for good.
#include "harness/core/error.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

constexpr WorkloadOption kBankOptions[] = {
    {"reads", WorkloadOption::Kind::whole, "40", {}, "percentage of reads", 1, 99},
};
constexpr int kBankFinalReads = 10;
constexpr std::uint64_t kTransferMax = 10;

class BankWorkload final : public Workload {
 public:
  explicit BankWorkload(const WorkloadOptions& options)
      : settings_("bank", kBankOptions, options.options), accounts_(options.keys) {
    if (accounts_ < 2) throw InputError("--keys 1: workload bank moves money between at least 2 accounts");
  }

  std::optional<Request> next(ProcessId, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) {
      if (finals_++ >= kBankFinalReads) return std::nullopt;
      return all_accounts();
    }
    if (rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100)) return all_accounts();
    const auto from = static_cast<Key>(rng.below(static_cast<std::uint64_t>(accounts_)));
    const auto step = static_cast<Key>(1 + rng.below(static_cast<std::uint64_t>(accounts_ - 1)));
    const auto amount = static_cast<std::int64_t>(1 + rng.below(kTransferMax));
    return Request{{Fn::add, from, Value(-amount), {}},
                   {Fn::add, (from + step) % accounts_, Value(amount), {}}};
  }

  void observe(const Operation&) override {}

  std::vector<CheckerSpec> checkers() const override {
    return settings_.judges({{"bank", {{"total", "0"}, {"negative", "yes"}, {"absent", "yes"}}}});
  }

 private:
  Request all_accounts() const {
    Request request;
    for (Key key = 0; key < accounts_; ++key) request.push_back({Fn::read, key, {}, {}});
    return request;
  }

  Settings settings_;
  std::int64_t accounts_;
  int finals_ = 0;
};

}  // namespace

extern const WorkloadPlugin bank_plugin;
const WorkloadPlugin bank_plugin = {
    "bank",
    "transfers between --keys accounts and reads of all of them; judged by: bank",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<BankWorkload>(options);
    },
    kBankOptions,
};

}  // namespace assay::workloads
