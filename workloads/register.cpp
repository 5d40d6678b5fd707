// Workload "register": reads, writes of values that are unique per key, and compare-and-set over a few
// registers. Judged by the linearizability checker, or by whoever is named (checkers, also). Every register is read at
// the end, once, or from every node (final every-node) until all agree.
#include <vector>

#include "harness/core/assert.h"
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

// Out of ten requests of a process that is no reader.
constexpr std::uint64_t kReads = 2;
constexpr std::uint64_t kWrites = 5;  // the rest are compare-and-sets
constexpr ProcessId kReaderEvery = 3;

constexpr WorkloadOption kOptions[] = {
    {"cas",
     WorkloadOption::Kind::flag,
     "yes",
     {},
     "whether there are compare-and-sets; writes in their place"},
    {"final", WorkloadOption::Kind::choice, "once", "once|every-node",
     "who is asked for each register at the end"},
    {"settle", WorkloadOption::Kind::duration, "5s", {}, "how long nodes may take to agree at the end"},
};

class RegisterWorkload final : public Workload {
 public:
  explicit RegisterWorkload(const WorkloadOptions& options)
      : settings_("register", kOptions, options.options),
        cas_(settings_.flag("cas")),
        registers_(static_cast<std::size_t>(options.keys)),
        finals_({options.nodes, settings_.duration("settle"), true}) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_read(process);
    const auto key = static_cast<Key>(rng.below(registers_.size()));
    Register& reg = registers_[static_cast<std::size_t>(key)];
    const std::uint64_t draw = rng.below(10);
    if (draw < kReads || process % kReaderEvery == kReaderEvery - 1) return Request{{Fn::read, key, {}, {}}};
    const Value fresh = ++reg.last_written;
    if (draw < kReads + kWrites || !cas_) return Request{{Fn::write, key, fresh, {}}};
    // Expecting the value seen last gives a compare-and-set a fair chance to succeed under contention.
    return Request{{Fn::cas, key, Value::pair(reg.last_seen, fresh), {}}};
  }

  void observe(const Operation& operation) override {
    finals_.observe(operation);
    if (operation.outcome != Outcome::ok) return;
    const Mop& mop = operation.mops[0];
    if (static_cast<std::size_t>(mop.key) >= registers_.size())
      return;  // of a plan that lists its operations
    Register& reg = registers_[static_cast<std::size_t>(mop.key)];
    if (mop.fn == Fn::read) {
      reg.last_seen = mop.result;
    } else if (mop.fn == Fn::write) {
      reg.last_seen = mop.argument;
    } else if (mop.fn == Fn::cas) {
      reg.last_seen = mop.argument.second();
    }
  }

  std::vector<CheckerSpec> checkers() const override {
    const CheckerSpec linearizable{"linearizable", {{"model", "cas-register"}}};
    return settings_.judges({linearizable}, {{"sequential", {{"model", "cas-register"}}}});
  }

  bool reads_every_node() const override { return settings_.is("final", "every-node"); }

 private:
  struct Register {
    std::int64_t last_written = 0;
    Value last_seen;
  };

  std::optional<Request> final_read(ProcessId process) {
    if (!finals_.begun()) {
      std::vector<Key> keys;
      for (std::size_t key = 0; key < registers_.size(); ++key) keys.push_back(static_cast<Key>(key));
      reads_every_node() ? finals_.ask_every_node(keys) : finals_.ask_some_node(keys);
    }
    return finals_.next(process);
  }

  Settings settings_;
  bool cas_;
  std::vector<Register> registers_;
  FinalReads finals_;
};

}  // namespace

extern const WorkloadPlugin register_plugin;
const WorkloadPlugin register_plugin = {
    "register",
    "reads, unique writes and compare-and-set over --keys registers; judged by: linearizable (cas-register)",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<RegisterWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
