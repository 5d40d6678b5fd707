// Workload "durability": each write goes to a key of its own, so that each one that was acknowledged can be looked for in
// the end; nothing hides a loss by writing over it. Every such key is read once, and one that is not found is asked of
// every node, until they agree or patience ends. Judged by "durability", whose statistic `lost-write` is the number of
// acknowledged writes that are gone. Needs no --keys.
#include <algorithm>

#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"reads", Kind::whole, "10", {}, "percentage of reads, of what was written of late", 0, 90},
    {"settle", Kind::duration, "3s", {}, "how long nodes may take to agree about what is not found"},
};

class DurabilityWorkload final : public Workload {
 public:
  explicit DurabilityWorkload(const WorkloadOptions& options)
      : settings_("durability", kOptions, options.options),
        finals_({options.nodes, settings_.duration("settle"), true}) {}

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_read(process);
    const bool read = rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100);
    if (read && !acknowledged_.empty()) {
      const std::size_t back = std::min<std::size_t>(acknowledged_.size(), kOfLate);
      return Request{{Fn::read, acknowledged_[acknowledged_.size() - 1 - rng.below(back)], {}, {}}};
    }
    const Key key = ++last_;
    return Request{{Fn::write, key, value_of(key), {}}};
  }

  void observe(const Operation& operation) override {
    finals_.observe(operation);
    const Mop& mop = operation.mops[0];
    if (operation.outcome == Outcome::ok && mop.fn == Fn::write) acknowledged_.push_back(mop.key);
  }

  bool reads_every_node() const override { return true; }

  std::vector<CheckerSpec> checkers() const override { return settings_.judges({{"durability", {}}}); }

 private:
  static constexpr std::size_t kOfLate = 20;

  // Telling from the key, so that a value under a wrong key is seen.
  static Value value_of(Key key) { return Value(key * 10 + 1); }

  std::optional<Request> final_read(ProcessId process) {
    if (!finals_.begun()) finals_.ask_some_node(acknowledged_);
    if (std::optional<Request> request = finals_.next(process)) return request;
    if (!finals_.done() || looked_everywhere_) return std::nullopt;
    looked_everywhere_ = true;
    std::vector<Key> missing;
    for (const Key key : acknowledged_) {
      const Value* const found = finals_.answer(key);
      if (found == nullptr || !shows(*found, value_of(key))) missing.push_back(key);
    }
    finals_.ask_every_node(missing);
    return finals_.next(process);
  }

  // Alone, or the only sibling.
  static bool shows(const Value& found, const Value& wanted) {
    if (found.kind() == Value::Kind::list && found.as_list().size() == 1) return found.as_list()[0] == wanted;
    return found == wanted;
  }

  Settings settings_;
  FinalReads finals_;
  Key last_ = 0;
  std::vector<Key> acknowledged_;
  bool looked_everywhere_ = false;
};

}  // namespace

extern const WorkloadPlugin durability_plugin;
const WorkloadPlugin durability_plugin = {
    "durability",
    "writes to a key each, all looked for at the end; judged by: durability (acknowledged writes lost)",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<DurabilityWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
