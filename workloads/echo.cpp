// Workload "echo": texts that must come back as they were. A request writes a text to a key of its own and reads it back within the
// same request, so that databases of transactions can be asked, too; nodes written for Maelstrom are asked to echo it. Judged by
// "rw-register": what a transaction reads after its own write is what it wrote (internal consistency). Needs no --keys.
#include <string>

#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

class EchoWorkload final : public Workload {
 public:
  explicit EchoWorkload(const WorkloadOptions& options) : settings_("echo", {}, options.options) {}

  std::optional<Request> next(ProcessId, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return std::nullopt;
    const Key key = ++last_;
    // With a random part, so that nobody can know it.
    const Value text =
        Value::text("echo " + std::to_string(key) + " " + std::to_string(rng.below(1'000'000)));
    return Request{{Fn::write, key, text, {}}, {Fn::read, key, {}, {}}};
  }

  void observe(const Operation&) override {}
  std::vector<CheckerSpec> checkers() const override { return settings_.judges({{"rw-register", {}}}); }

 private:
  Settings settings_;
  Key last_ = 0;
};

}  // namespace

extern const WorkloadPlugin echo_plugin;
const WorkloadPlugin echo_plugin = {
    "echo",
    "texts that must come back as they were; judged by: rw-register (internal consistency)",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<EchoWorkload>(options);
    },
};

}  // namespace assay::workloads
