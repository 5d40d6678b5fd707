// Workload "queue": elements put into a few queues, each once, and taken out again. At the end the queues are drained: each node is
// asked until it says that they are empty, so that a node that lags behind does not hide what is left.
//
// Judged by "total-queue": what was acknowledged comes out, once; and where the order is promised (order fifo) by "linearizable"
// as a queue that gives what came first.
#include <map>
#include <utility>
#include <vector>

#include "harness/core/assert.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"order", Kind::choice, "fifo", "fifo|none", "whether what came first must come out first"},
    {"dequeues", Kind::whole, "50", {}, "percentage of dequeues", 1, 99},
};

class QueueWorkload final : public Workload {
 public:
  explicit QueueWorkload(const WorkloadOptions& options)
      : settings_("queue", kOptions, options.options), keys_(options.keys), nodes_(options.nodes) {
    ASSAY_ASSERT(options.keys > 0 && options.nodes > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return drain(process);
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    if (rng.chance(static_cast<std::uint64_t>(settings_.whole("dequeues")), 100))
      return Request{{Fn::dequeue, key, {}, {}}};
    return Request{{Fn::enqueue, key, ++last_, {}}};
  }

  // Whoever still gets an element shows that nodes that say "empty" lagged behind.
  void observe(const Operation& operation) override {
    const auto found = draining_.find(operation.process);
    if (found == draining_.end()) return;
    const Key key = found->second;
    draining_.erase(found);
    Drain& drain = drains_[{key, operation.process % nodes_}];
    if (operation.outcome != Outcome::ok) {
      ++drain.failures;
      return;
    }
    drain.failures = 0;
    if (operation.mops[0].result.is_nil()) {
      drain.empty = true;
      return;
    }
    for (int node = 0; node < nodes_; ++node) drains_[{key, node}].empty = false;
  }

  bool reads_every_node() const override { return true; }

  std::vector<CheckerSpec> checkers() const override {
    const CheckerSpec total{"total-queue", {}};
    const CheckerSpec order{"linearizable", {{"model", "fifo-queue"}}};
    const CheckerSpec sequential{"sequential", {{"model", "fifo-queue"}}};
    if (settings_.is("order", "fifo")) return settings_.judges({total, order}, {sequential});
    return settings_.judges({total}, {order, sequential});
  }

 private:
  static constexpr int kFailuresMax = 10;
  struct Drain {
    bool empty = false;
    int failures = 0;
  };

  std::optional<Request> drain(ProcessId process) {
    for (Key key = 0; key < keys_; ++key) {
      const Drain& drain = drains_[{key, process % nodes_}];
      if (drain.empty || drain.failures >= kFailuresMax) continue;
      draining_[process] = key;
      return Request{{Fn::dequeue, key, {}, {}}};
    }
    return std::nullopt;
  }

  Settings settings_;
  std::int64_t keys_;
  int nodes_;
  std::int64_t last_ = 0;
  std::map<ProcessId, Key> draining_;
  std::map<std::pair<Key, int>, Drain> drains_;  // by node
};

}  // namespace

extern const WorkloadPlugin queue_plugin;
const WorkloadPlugin queue_plugin = {
    "queue",
    "elements put into --keys queues, each once, and taken out; judged by: total-queue, linearizable",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<QueueWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
