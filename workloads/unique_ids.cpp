// Workload "unique-ids": every process asks for ids, and no two may be the same. Judged by "unique-ids". Needs no --keys.
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

class UniqueIdsWorkload final : public Workload {
 public:
  explicit UniqueIdsWorkload(const WorkloadOptions& options) : settings_("unique-ids", {}, options.options) {}

  std::optional<Request> next(ProcessId, Phase phase, Rng&) override {
    if (phase == Phase::final_reads) return std::nullopt;
    return Request{{Fn::generate, 0, {}, {}}};
  }

  void observe(const Operation&) override {}
  std::vector<CheckerSpec> checkers() const override { return settings_.judges({{"unique-ids", {}}}); }

 private:
  Settings settings_;
};

}  // namespace

extern const WorkloadPlugin unique_ids_plugin;
const WorkloadPlugin unique_ids_plugin = {
    "unique-ids",
    "ids, of which no two may be the same; judged by: unique-ids",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<UniqueIdsWorkload>(options);
    },
};

}  // namespace assay::workloads
