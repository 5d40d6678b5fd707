// Workload "convergence": changes of a few keys by everybody, everywhere; in the end every node is asked for every key,
// until all agree or patience ends. Judged by "convergence", which counts keys that differ and says how long agreement
// took.
#include <string>
#include <string_view>

#include "harness/core/assert.h"
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"style", Kind::choice, "registers", "registers|lists|sets|counters|functions",
     "what the keys hold; functions: registers that are set to now(), rand() and auto()"},
    {"reads", Kind::whole, "20", {}, "percentage of reads", 0, 99},
    {"settle", Kind::duration, "5s", {}, "how long nodes may take to agree at the end"},
};

class ConvergenceWorkload final : public Workload {
 public:
  explicit ConvergenceWorkload(const WorkloadOptions& options)
      : settings_("convergence", kOptions, options.options),
        keys_(options.keys),
        finals_({options.nodes, settings_.duration("settle"), !settings_.is("style", "lists")}) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) {
      if (!finals_.begun()) {
        std::vector<Key> keys;
        for (Key key = 0; key < keys_; ++key) keys.push_back(key);
        finals_.ask_every_node(keys);
      }
      return finals_.next(process);
    }
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    if (rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100)) {
      return Request{{Fn::read, key, {}, {}}};
    }
    ++last_;
    if (settings_.is("style", "functions")) {
      constexpr std::string_view kFunctions[] = {"now()", "rand()", "auto()"};
      return Request{{Fn::write, key, Value::text(kFunctions[key % 3]), {}}};
    }
    if (settings_.is("style", "counters")) return Request{{Fn::add, key, 1, {}}};
    if (settings_.is("style", "sets")) {
      return Request{{Fn::add, key, Value::text("e" + std::to_string(last_)), {}}};
    }
    return Request{{settings_.is("style", "lists") ? Fn::append : Fn::write, key, last_, {}}};
  }

  void observe(const Operation& operation) override { finals_.observe(operation); }

  bool reads_every_node() const override { return true; }

  std::vector<CheckerSpec> checkers() const override { return settings_.judges({{"convergence", {}}}); }

 private:
  Settings settings_;
  std::int64_t keys_;
  FinalReads finals_;
  std::int64_t last_ = 0;
};

}  // namespace

extern const WorkloadPlugin convergence_plugin;
const WorkloadPlugin convergence_plugin = {
    "convergence",
    "changes of --keys keys everywhere, final reads of each from every node; judged by: convergence",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<ConvergenceWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
