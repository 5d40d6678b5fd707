// Workload "set": elements added to a few sets, each once, and reads of whole sets; option `removes` takes some out again.
// Elements are texts, so that a database that keeps counters and sets apart knows which it is, unless whole numbers are asked for.
//
// Demand strong: no element that was known is ever missing (set-full). Demand eventual: at the end every node has every
// acknowledged element, and nodes agree (set, durability, convergence). With removes "durability" judges: what was added
// and not removed is there, what was removed after that is gone.
#include <deque>
#include <string>

#include "harness/core/assert.h"
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"demand", Kind::choice, "strong", "strong|eventual",
     "whether every read must be right, or the last ones"},
    {"reads", Kind::whole, "30", {}, "percentage of reads", 1, 99},
    {"elements", Kind::choice, "texts", "texts|integers", "what is put into sets"},
    {"removes", Kind::whole, "0", {}, "percentage of removes", 0, 50},
    {"settle", Kind::duration, "5s", {}, "how long nodes may take to agree at the end"},
};

class SetWorkload final : public Workload {
 public:
  explicit SetWorkload(const WorkloadOptions& options)
      : settings_("set", kOptions, options.options),
        keys_(options.keys),
        eventual_(settings_.is("demand", "eventual")),
        finals_({options.nodes, settings_.duration("settle"), true}) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_read(process);
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    const auto draw = static_cast<std::int64_t>(rng.below(100));
    if (draw < settings_.whole("reads")) return Request{{Fn::read, key, {}, {}}};
    if (draw < settings_.whole("reads") + settings_.whole("removes") && !present_.empty()) {
      const auto at = static_cast<std::ptrdiff_t>(rng.below(present_.size()));
      const auto [from, element] = present_[static_cast<std::size_t>(at)];
      present_.erase(present_.begin() + at);
      return Request{{Fn::remove, from, element, {}}};
    }
    const std::int64_t element = ++last_;
    const bool text = settings_.is("elements", "texts");
    return Request{{Fn::add, key, text ? Value::text("e" + std::to_string(element)) : Value(element), {}}};
  }

  void observe(const Operation& operation) override {
    finals_.observe(operation);
    const Mop& mop = operation.mops[0];
    if (operation.outcome != Outcome::ok || mop.fn != Fn::add) return;
    present_.emplace_back(mop.key, mop.argument);
    if (present_.size() > kPresentMax) present_.pop_front();
  }

  bool reads_every_node() const override { return eventual_; }

  std::vector<CheckerSpec> checkers() const override {
    const CheckerSpec full{"set-full", {{"linearizable", eventual_ ? "no" : "yes"}}};
    const CheckerSpec set{"set", {}}, durability{"durability", {}}, convergence{"convergence", {}};
    const std::vector<CheckerSpec> possible = {full};
    const bool removes = settings_.whole("removes") > 0;
    if (!eventual_) return settings_.judges({removes ? durability : full}, possible);
    if (removes) return settings_.judges({durability, convergence}, possible);
    return settings_.judges({set, durability, convergence}, possible);
  }

 private:
  static constexpr std::size_t kPresentMax = 100;

  std::optional<Request> final_read(ProcessId process) {
    if (!finals_.begun()) {
      std::vector<Key> keys;
      for (Key key = 0; key < keys_; ++key) keys.push_back(key);
      eventual_ ? finals_.ask_every_node(keys) : finals_.ask_some_node(keys);
    }
    return finals_.next(process);
  }

  Settings settings_;
  std::int64_t keys_;
  bool eventual_;
  FinalReads finals_;
  std::int64_t last_ = 0;
  std::deque<std::pair<Key, Value>> present_;  // acknowledged of late, and not yet chosen to be removed
};

}  // namespace

extern const WorkloadPlugin set_plugin;
const WorkloadPlugin set_plugin = {
    "set",
    "adds of elements to --keys sets, and reads; judged by: set-full, or set, durability and convergence",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<SetWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
