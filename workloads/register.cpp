// Workload "register": reads, writes of values that are unique per key, and compare-and-set over a few
// registers. Judged by the linearizability checker. Every register is read once at the end by each of a few
// processes.
#include <map>
#include <vector>

#include "harness/core/assert.h"
#include "harness/core/option_reader.h"
#include "harness/core/workload.h"

namespace assay::workloads {

namespace {

// Out of ten requests of a process that is no reader.
constexpr std::uint64_t kReads = 2;
constexpr std::uint64_t kWrites = 5;  // the rest are compare-and-sets
constexpr ProcessId kReaderEvery = 3;

class RegisterWorkload final : public Workload {
 public:
  explicit RegisterWorkload(const WorkloadOptions& options)
      : registers_(static_cast<std::size_t>(options.keys)), final_read_(registers_.size()) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_read();
    const auto key = static_cast<Key>(rng.below(registers_.size()));
    Register& reg = registers_[static_cast<std::size_t>(key)];
    const std::uint64_t draw = rng.below(10);
    if (draw < kReads || process % kReaderEvery == kReaderEvery - 1) return Request{{Fn::read, key, {}, {}}};
    const Value fresh = ++reg.last_written;
    if (draw < kReads + kWrites) return Request{{Fn::write, key, fresh, {}}};
    // Expecting the value seen last gives a compare-and-set a fair chance to succeed under contention.
    return Request{{Fn::cas, key, Value::pair(reg.last_seen, fresh), {}}};
  }

  void observe(const Operation& operation) override {
    if (operation.outcome != Outcome::ok) return;
    const Mop& mop = operation.mops[0];
    Register& reg = registers_[static_cast<std::size_t>(mop.key)];
    if (mop.fn == Fn::read) {
      reg.last_seen = mop.result;
      if (asked_finally_ > 0) final_read_[static_cast<std::size_t>(mop.key)] = true;
    } else if (mop.fn == Fn::write) {
      reg.last_seen = mop.argument;
    } else {
      reg.last_seen = mop.argument.second();
    }
  }

  std::vector<CheckerSpec> checkers() const override {
    return {{"linearizable", {{"model", "cas-register"}}}};
  }

 private:
  struct Register {
    std::int64_t last_written = 0;
    Value last_seen;
  };

  // Goes round the registers until each was read, at most ten times each.
  std::optional<Request> final_read() {
    for (std::size_t tried = 0; tried < registers_.size(); ++tried) {
      if (asked_finally_ >= registers_.size() * 10) return std::nullopt;
      const std::size_t key = asked_finally_++ % registers_.size();
      if (!final_read_[key]) return Request{{Fn::read, static_cast<Key>(key), {}, {}}};
    }
    return std::nullopt;
  }

  std::vector<Register> registers_;
  std::vector<bool> final_read_;
  std::size_t asked_finally_ = 0;
};

}  // namespace

extern const WorkloadPlugin register_plugin;
const WorkloadPlugin register_plugin = {
    "register",
    "reads, unique writes and compare-and-set over --keys registers; judged by: linearizable (cas-register)",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      OptionReader("--workload-option", "workload register", options.options).done();
      return std::make_unique<RegisterWorkload>(options);
    },
};

}  // namespace assay::workloads
