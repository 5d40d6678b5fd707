// Workload "prefix": two shards, that is two ranges of keys: small ones, and those from kSecondShard on. What was written
// to one of them after the other must not be seen without that.
//
// style messages: a question is put to the first shard, who has read it answers in the second one, and readers look for
// the answer and then for the question (or for both in one request: together yes). Judged by "causal-reverse"
// (order=answers), which counts answers without questions.
// style transfers: each of --keys accounts of the first shard pays to its like in the second one, in one request, and
// readers look at all accounts in one request. Judged by "bank": the total is always 0.
#include <algorithm>
#include <deque>
#include <map>

#include "harness/core/assert.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

constexpr Key kSecondShard = 1'000'000;

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"style", Kind::choice, "messages", "messages|transfers", "what is written to the two shards"},
    {"reads", Kind::whole, "60", {}, "percentage of reads", 1, 99},
    {"together", Kind::flag, "no", {}, "messages: whether answer and question are read in one request"},
};

class PrefixWorkload final : public Workload {
 public:
  explicit PrefixWorkload(const WorkloadOptions& options)
      : settings_("prefix", kOptions, options.options),
        keys_(options.keys),
        recent_max_(static_cast<std::size_t>(std::max(4, options.processes))) {
    ASSAY_ASSERT(options.keys > 0 && options.keys < kSecondShard);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    const bool transfers = settings_.is("style", "transfers");
    if (phase == Phase::final_reads) {
      if (!transfers || finals_++ >= kFinalReads) return std::nullopt;
      return all_accounts();
    }
    const bool read = rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100);
    return transfers ? transfer(read, rng) : message(process, read, rng);
  }

  void observe(const Operation& operation) override {
    const Mop& mop = operation.mops[0];
    if (settings_.is("style", "transfers")) return;
    if (operation.outcome == Outcome::info) planned_.erase(operation.process);
    if (operation.outcome != Outcome::ok || mop.fn != Fn::read || mop.result.is_nil()) return;
    std::deque<Request>& planned = planned_[operation.process];
    if (mop.key >= kSecondShard) {
      if (operation.mops.size() == 1) planned.push_back({{Fn::read, mop.key - kSecondShard, {}, {}}});
    } else if (const auto asked = unanswered_.find(mop.key); asked != unanswered_.end()) {
      unanswered_.erase(asked);
      planned.push_back({{Fn::write,
                          kSecondShard + mop.key,
                          Value::pair(Value(kSecondShard + mop.key), Value(mop.key)),
                          {}}});
    }
  }

  std::vector<CheckerSpec> checkers() const override {
    const CheckerSpec answers{"causal-reverse", {{"order", "answers"}}};
    const CheckerSpec bank{"bank", {{"total", "0"}, {"negative", "yes"}, {"absent", "yes"}}};
    return settings_.judges({settings_.is("style", "transfers") ? bank : answers}, {answers, bank});
  }

 private:
  static constexpr int kFinalReads = 10;
  static constexpr std::uint64_t kAmountMax = 10;

  std::optional<Request> message(ProcessId process, bool read, Rng& rng) {
    if (std::deque<Request>& planned = planned_[process]; !planned.empty()) {
      Request request = std::move(planned.front());
      planned.pop_front();
      return request;
    }
    if (!read || recent_.empty()) {
      const Key key = ++last_;
      recent_.push_back(key);
      if (recent_.size() > recent_max_) recent_.pop_front();
      unanswered_[key] = true;
      return Request{{Fn::write, key, Value::pair(Value(key), Value()), {}}};
    }
    const Key question = recent_[rng.below(recent_.size())];
    // Half the time to find something to answer, half the time for the answer.
    if (rng.chance(1, 2)) return Request{{Fn::read, question, {}, {}}};
    Request request{{Fn::read, kSecondShard + question, {}, {}}};
    if (settings_.flag("together")) request.push_back({Fn::read, question, {}, {}});
    return request;
  }

  Request all_accounts() const {
    Request request;
    for (Key key = 0; key < keys_; ++key) request.push_back({Fn::read, key, {}, {}});
    for (Key key = 0; key < keys_; ++key) request.push_back({Fn::read, kSecondShard + key, {}, {}});
    return request;
  }

  Request transfer(bool read, Rng& rng) const {
    if (read) return all_accounts();
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    const auto amount = static_cast<std::int64_t>(1 + rng.below(kAmountMax));
    return {{Fn::add, key, -amount, {}}, {Fn::add, kSecondShard + key, amount, {}}};
  }

  Settings settings_;
  std::int64_t keys_;
  std::size_t recent_max_;
  Key last_ = 0;
  int finals_ = 0;
  std::deque<Key> recent_;          // questions
  std::map<Key, bool> unanswered_;  // questions that nobody answers yet
  std::map<ProcessId, std::deque<Request>> planned_;
};

}  // namespace

extern const WorkloadPlugin prefix_plugin;
const WorkloadPlugin prefix_plugin = {
    "prefix",
    "questions and answers, or transfers, over two ranges of keys; judged by: causal-reverse, or bank",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<PrefixWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
