// Workload "watch": unique values are written to --keys registers, and each process watches one of them: asks what has changed since it
// asked last. Now and then a watch begins anew, at the beginning (revision 1) or behind a change that it has seen. Judged by "watch":
// changes come in order, once, and none is left out.
//
// At the end every register is watched from its beginning by one process until nothing more comes, or `settle` is over: what others
// saw is then looked for in one stream.
#include <algorithm>
#include <map>
#include <vector>

#include "harness/core/assert.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kWatchOptions[] = {
    {"writes", Kind::whole, "50", {}, "percentage of writes", 1, 99},
    {"anew", Kind::whole, "5", {}, "percentage of watches that begin anew", 0, 100},
    {"settle", Kind::duration, "2s", {}, "how long changes may take to come at the end"},
};
constexpr int kWatchFailuresMax = 10;

class WatchWorkload final : public Workload {
 public:
  explicit WatchWorkload(const WorkloadOptions& options)
      : settings_("watch", kWatchOptions, options.options),
        keys_(options.keys),
        finals_(static_cast<std::size_t>(options.keys)) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_watch(process);
    const auto draw = [&rng](std::int64_t percent) {
      return rng.chance(static_cast<std::uint64_t>(percent), 100);
    };
    if (draw(settings_.whole("writes"))) {
      const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
      return Request{{Fn::write, key, ++last_, {}}};
    }
    const auto [found, fresh] = seen_.try_emplace(process, 0);
    Value from;
    if (fresh) from = 1;
    if (!fresh && draw(settings_.whole("anew"))) from = draw(50) ? 1 : found->second + 1;
    return Request{{Fn::watch, static_cast<Key>(process) % keys_, from, {}}};
  }

  void observe(const Operation& operation) override {
    latest_ = std::max(latest_, operation.completed == kNever ? operation.invoked : operation.completed);
    const Mop& mop = operation.mops[0];
    if (mop.fn != Fn::watch) return;
    const bool ok = operation.outcome == Outcome::ok && mop.result.kind() == Value::Kind::list;
    if (ok && began_ == kNever) {
      for (const Value& event : mop.result.as_list()) {
        if (event.kind() == Value::Kind::pair && event.first().is_integer())
          seen_[operation.process] = event.first().as_integer();
      }
    }
    const auto index = static_cast<std::size_t>(mop.key);
    if (began_ == kNever || index >= finals_.size()) return;
    Final& final = finals_[index];
    if (final.reader != operation.process || !final.asking) return;
    final.asking = false;
    const bool over = latest_ - began_ > settings_.duration("settle");
    if (!ok && ++final.failures > kWatchFailuresMax) final.done = true;
    if (ok && (mop.result.as_list().empty() || over)) final.done = true;
    if (operation.outcome == Outcome::info) final.reader = kNobody;  // the next one begins again
  }

  std::vector<CheckerSpec> checkers() const override { return settings_.judges({{"watch", {}}}); }

 private:
  static constexpr ProcessId kNobody = -1;
  struct Final {
    ProcessId reader = kNobody;
    bool asking = false, done = false;
    int failures = 0;
  };

  std::optional<Request> final_watch(ProcessId process) {
    if (began_ == kNever) began_ = latest_;
    for (std::size_t key = 0; key < finals_.size(); ++key) {
      Final& final = finals_[key];
      if (final.done || final.asking || (final.reader != kNobody && final.reader != process)) continue;
      const Value from = final.reader == kNobody ? Value(1) : Value();
      final.reader = process;
      final.asking = true;
      return Request{{Fn::watch, static_cast<Key>(key), from, {}}};
    }
    return std::nullopt;
  }

  Settings settings_;
  std::int64_t keys_;
  std::int64_t last_ = 0;
  std::map<ProcessId, std::int64_t> seen_;  // the latest revision that each process saw
  std::vector<Final> finals_;
  Nanos began_ = kNever, latest_ = 0;
};

}  // namespace

extern const WorkloadPlugin watch_plugin;
const WorkloadPlugin watch_plugin = {
    "watch",
    "writes to --keys registers, and watches of them; judged by: watch (changes in order, once, none left "
    "out)",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<WatchWorkload>(options);
    },
    kWatchOptions,
};

}  // namespace assay::workloads
