// Workload "causal-chat": processes ask, read what others wrote of late, and answer it. Each message has a key of its own
// and the value (message, key of what it answers); a question answers nothing. An answer must never be seen without what
// it answers: judged by "causal-reverse" (order=answers), which counts, and by "causal".
//
// A process that saw an answer looks for what it answers, as the next thing it does or later, or in the same request
// (together yes, for databases that read several keys at once). Needs no --keys.
#include <algorithm>
#include <deque>
#include <map>

#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"questions", Kind::whole, "15", {}, "percentage of requests that ask something new", 1, 90},
    {"answers", Kind::whole, "50", {}, "percentage of messages read that are answered", 1, 100},
    {"together", Kind::flag, "no", {}, "whether an answer and what it answers are read in one request"},
};

class CausalChatWorkload final : public Workload {
 public:
  explicit CausalChatWorkload(const WorkloadOptions& options)
      : settings_("causal-chat", kOptions, options.options),
        recent_max_(static_cast<std::size_t>(std::max(4, 2 * options.processes))) {}

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return std::nullopt;
    if (std::deque<Request>& planned = planned_[process]; !planned.empty()) {
      Request request = std::move(planned.front());
      planned.pop_front();
      return request;
    }
    const bool ask = rng.chance(static_cast<std::uint64_t>(settings_.whole("questions")), 100);
    if (ask || recent_.empty()) return say(Value());
    const Message& message = recent_[rng.below(recent_.size())];
    answering_[process] = rng.chance(static_cast<std::uint64_t>(settings_.whole("answers")), 100);
    if (settings_.flag("together") && message.answers.is_integer()) {
      return Request{{Fn::read, message.key, {}, {}}, {Fn::read, message.answers.as_integer(), {}, {}}};
    }
    return Request{{Fn::read, message.key, {}, {}}};
  }

  void observe(const Operation& operation) override {
    if (operation.outcome == Outcome::info) planned_.erase(operation.process);
    const Mop& mop = operation.mops[0];
    if (operation.outcome != Outcome::ok || mop.fn != Fn::read || mop.result.kind() != Value::Kind::pair)
      return;
    std::deque<Request>& planned = planned_[operation.process];
    const Value answered = mop.result.second();
    // Only the message that was chosen is answered, not what was looked up because of it.
    const auto answering = answering_.find(operation.process);
    if (answering == answering_.end()) return;
    const bool answer = answering->second;
    answering_.erase(answering);
    if (answered.is_integer() && operation.mops.size() == 1) {
      planned.push_back({{Fn::read, answered.as_integer(), {}, {}}});
    }
    if (answer) planned.push_back(say(Value(mop.key)));
  }

  std::vector<CheckerSpec> checkers() const override {
    return settings_.judges(
        {{"causal-reverse", {{"order", "answers"}}}, {"causal", {}}},
        {{"linearizable", {{"model", "register"}}}, {"sequential", {{"model", "register"}}}});
  }

 private:
  struct Message {
    Key key = 0;
    Value answers;
  };

  Request say(const Value& answers) {
    const Key key = ++last_;
    recent_.push_back({key, answers});
    if (recent_.size() > recent_max_) recent_.pop_front();
    return {{Fn::write, key, Value::pair(Value(key), answers), {}}};
  }

  Settings settings_;
  std::size_t recent_max_;
  Key last_ = 0;
  std::deque<Message> recent_;  // what somebody may read, whether it is there yet or not
  std::map<ProcessId, std::deque<Request>> planned_;
  std::map<ProcessId, bool> answering_;  // reads of a message in flight, and whether it will be answered
};

}  // namespace

extern const WorkloadPlugin causal_chat_plugin;
const WorkloadPlugin causal_chat_plugin = {
    "causal-chat",
    "messages that answer messages; judged by: causal-reverse (no answer is seen without its question), "
    "causal",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<CausalChatWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
