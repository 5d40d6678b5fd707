// Workload "counter": increments by one and reads of a few counters, or (decrements) also larger ones and decrements. Judged by
// "counter", which counts lost increments.
//
// The counter is the database's own (style add), or a register that processes read and write one more to, as blindly
// (read-modify-write) or by compare-and-set. What has to be right is every read (demand strong), or the last read of
// every node once everything is healed, and that nodes agree (demand eventual).
#include <map>

#include "harness/core/assert.h"
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"style", Kind::choice, "add", "add|read-modify-write|cas", "how a process increments"},
    {"demand", Kind::choice, "strong", "strong|eventual",
     "whether every read must be right, or the last ones"},
    {"decrements", Kind::flag, "no", {}, "whether amounts are from -5 to 5 instead of one (style add)"},
    {"reads", Kind::whole, "30", {}, "percentage of reads", 1, 99},
    {"settle", Kind::duration, "5s", {}, "how long nodes may take to agree at the end"},
};

class CounterWorkload final : public Workload {
 public:
  explicit CounterWorkload(const WorkloadOptions& options)
      : settings_("counter", kOptions, options.options),
        keys_(options.keys),
        adds_(settings_.is("style", "add")),
        blind_(settings_.is("style", "read-modify-write")),
        eventual_(settings_.is("demand", "eventual")),
        finals_({options.nodes, settings_.duration("settle"), false,
                 [this](Key key, const Value& value) { return counts_all(key, value); }}) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_read(process);
    // Whoever has just read to increment goes on with that.
    if (const auto found = seen_.find(process); found != seen_.end()) {
      const auto [key, value] = found->second;
      seen_.erase(found);
      const std::int64_t count = value.is_integer() ? value.as_integer() : 0;
      if (blind_) return Request{{Fn::write, key, count + 1, {}}};
      return Request{{Fn::cas, key, Value::pair(value, count + 1), {}}};
    }
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    const bool read = rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100);
    if (!read && adds_) return Request{{Fn::add, key, amount(rng), {}}};
    if (!read) incrementing_[process] = true;
    return Request{{Fn::read, key, {}, {}}};
  }

  void observe(const Operation& operation) override {
    finals_.observe(operation);
    const Mop& mop = operation.mops[0];
    if (mop.fn == Fn::add && mop.argument.is_integer() && operation.outcome != Outcome::fail) {
      const std::int64_t amount = mop.argument.as_integer();
      Expected& expected = expected_[mop.key];
      if (operation.outcome == Outcome::ok || amount < 0) expected.least += amount;
      if (operation.outcome == Outcome::ok || amount > 0) expected.most += amount;
    }
    if (mop.fn != Fn::read || incrementing_.erase(operation.process) == 0) return;
    if (operation.outcome == Outcome::ok) seen_[operation.process] = {mop.key, mop.result};
  }

  bool reads_every_node() const override { return eventual_; }

  std::vector<CheckerSpec> checkers() const override {
    CheckerSpec counter{"counter", {{"reads", eventual_ ? "final" : "all"}}};
    if (!adds_) counter.options["writes"] = "yes";
    const CheckerSpec linearizable =
        adds_ ? CheckerSpec{"linearizable", {{"model", "counter"}}}
              : CheckerSpec{"linearizable", {{"model", blind_ ? "register" : "cas-register"}}};
    if (!eventual_) return settings_.judges({counter}, {linearizable});
    return settings_.judges({counter, {"convergence", {}}}, {linearizable});
  }

 private:
  std::optional<Request> final_read(ProcessId process) {
    if (!finals_.begun()) {
      std::vector<Key> keys;
      for (Key key = 0; key < keys_; ++key) keys.push_back(key);
      eventual_ ? finals_.ask_every_node(keys) : finals_.ask_some_node(keys);
    }
    return finals_.next(process);
  }

  std::int64_t amount(Rng& rng) const {
    if (!settings_.flag("decrements")) return 1;
    const std::int64_t size = rng.between(1, 5);
    return rng.chance(1, 2) ? size : -size;
  }

  // Increments of unknown outcome may come any time: a counter that has more than is known is no reason to wait.
  bool counts_all(Key key, const Value& value) const {
    const auto found = expected_.find(key);
    if (found == expected_.end()) return true;
    if (!value.is_integer() || value.as_integer() < found->second.least) return false;
    return !settings_.flag("decrements") || value.as_integer() <= found->second.most;
  }

  Settings settings_;
  std::int64_t keys_;
  bool adds_, blind_, eventual_;
  FinalReads finals_;
  // What a counter may show when nothing is under way: with all that was acknowledged, and any of what is unknown.
  struct Expected {
    std::int64_t least = 0, most = 0;
  };
  std::map<Key, Expected> expected_;
  std::map<ProcessId, bool> incrementing_;           // reads to increment, in flight
  std::map<ProcessId, std::pair<Key, Value>> seen_;  // what these found
};

}  // namespace

extern const WorkloadPlugin counter_plugin;
const WorkloadPlugin counter_plugin = {
    "counter",
    "increments and reads of --keys counters; judged by: counter (lost increments), convergence",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<CounterWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
