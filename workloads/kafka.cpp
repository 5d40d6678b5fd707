// Workload "kafka": elements are sent to --keys logs, each once, and processes poll them, all logs or some at a time. A poll goes
// on where its process stood; now and then one begins anew, behind what was committed (argument -1) or at the beginning
// (argument 0). Judged by "kafka".
//
// At the end every log is read by one process from its beginning, until polls bring nothing more or `settle` is over: so that
// what nobody had polled yet counts as lost when it is not there.
#include <map>
#include <set>

#include "harness/core/assert.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kKafkaOptions[] = {
    {"sends", Kind::whole, "50", {}, "percentage of sends", 1, 99},
    {"anew", Kind::whole, "5", {}, "percentage of polls that begin anew", 0, 100},
    {"settle", Kind::duration, "2s", {}, "how long what was sent may take to be polled at the end"},
};

class KafkaWorkload final : public Workload {
 public:
  explicit KafkaWorkload(const WorkloadOptions& options)
      : settings_("kafka", kKafkaOptions, options.options), keys_(options.keys) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_poll(process);
    const auto draw = [&rng](std::int64_t percent) {
      return rng.chance(static_cast<std::uint64_t>(percent), 100);
    };
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    if (draw(settings_.whole("sends"))) return Request{{Fn::send, key, ++last_, {}}};
    Value from;
    if (draw(settings_.whole("anew"))) from = draw(50) ? -1 : 0;
    if (draw(50)) return Request{{Fn::poll, key, from, {}}};
    Request request;
    for (Key each = 0; each < keys_; ++each) request.push_back({Fn::poll, each, from, {}});
    return request;
  }

  void observe(const Operation& operation) override {
    latest_ = std::max(latest_, operation.completed == kNever ? operation.invoked : operation.completed);
    if (operation.mops[0].fn == Fn::send) {
      const Mop& mop = operation.mops[0];
      if (operation.outcome == Outcome::ok) unseen_.emplace(mop.key, mop.argument);
      return;
    }
    if (reader_ != operation.process) return;
    polling_ = false;
    if (operation.outcome != Outcome::ok) reader_ = kNobody;  // the next reader begins again
    if (operation.outcome != Outcome::ok) return;
    moved_ = false;
    for (const Mop& mop : operation.mops) {
      if (mop.result.kind() != Value::Kind::list) continue;
      for (const Value& pair : mop.result.as_list()) {
        moved_ = true;
        if (pair.kind() == Value::Kind::pair) unseen_.erase({mop.key, pair.second()});
      }
    }
  }

  std::vector<CheckerSpec> checkers() const override { return settings_.judges({{"kafka", {}}}); }

 private:
  static constexpr ProcessId kNobody = -1;

  // One process polls again and again; the others have nothing to do.
  std::optional<Request> final_poll(ProcessId process) {
    if (began_ == kNever) began_ = latest_;
    const bool over = latest_ - began_ > settings_.duration("settle");
    if (polling_ || (reader_ != kNobody && reader_ != process)) return std::nullopt;
    if (reader_ != kNobody && !moved_ && (unseen_.empty() || over)) return std::nullopt;
    const Value from = reader_ == kNobody ? Value(0) : Value();
    reader_ = process;
    polling_ = true;
    Request request;
    for (Key each = 0; each < keys_; ++each) request.push_back({Fn::poll, each, from, {}});
    return request;
  }

  Settings settings_;
  std::int64_t keys_;
  std::int64_t last_ = 0;
  std::set<std::pair<Key, Value>> unseen_;  // acknowledged, and not polled by the last reader
  ProcessId reader_ = kNobody;
  bool polling_ = false, moved_ = true;
  Nanos began_ = kNever, latest_ = 0;
};

}  // namespace

extern const WorkloadPlugin kafka_plugin;
const WorkloadPlugin kafka_plugin = {
    "kafka",
    "sends to --keys logs, and polls of them; judged by: kafka (lost, doubled, reordered, skipped)",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<KafkaWorkload>(options);
    },
    kKafkaOptions,
};

}  // namespace assay::workloads
