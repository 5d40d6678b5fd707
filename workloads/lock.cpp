// Workload "lock": processes take a lock, write the storage that it protects, and let it go. Some take a long break while
// they hold it, as a process does whose virtual machine is moved or whose memory is collected (Kleppmann, "How to do
// distributed locking", 2016): when they go on, their lease may be over and another one may hold the lock.
//
// The lock is a key of the database under test: acquire returns a fencing token, one more than the last one. A lock that
// is held can be taken over by who has seen it under the same token for as long as the lease: acquire with that token as
// argument. So the lease is a matter of the clients' clocks alone, and the database needs none (as in Amazon's lock client
// for DynamoDB). lease 0s: nobody takes over.
//
// Each write of the storage brings its token (fencing yes: micro-operation fence before the write, in one request), and a
// storage that has seen a greater one refuses it; or it does not (fencing no). Judged by "lock": tokens grow, and no
// holder writes after a later one did (stale-holder-write); without leases, nobody holds the lock together with another.
#include <algorithm>
#include <map>

#include "harness/core/assert.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

constexpr Key kStorage = 1'000'000;  // of lock k: key kStorage + k
constexpr Key kFence = 2'000'000;    // the greatest token that the storage has seen

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"fencing", Kind::flag, "yes", {}, "whether writes bring their token and old ones are refused"},
    {"lease", Kind::duration, "500ms", {}, "how long a holder is left alone; 0s: for ever"},
    {"pauses",
     Kind::whole,
     "20",
     {},
     "percentage of holders that take a break of more than two leases",
     0,
     100},
    {"writes", Kind::whole, "2", {}, "writes of a holder", 1, 100},
};

class LockWorkload final : public Workload {
 public:
  explicit LockWorkload(const WorkloadOptions& options)
      : settings_("lock", kOptions, options.options),
        keys_(options.keys),
        lease_(settings_.duration("lease")),
        fenced_(settings_.flag("fencing")) {
    ASSAY_ASSERT(options.keys > 0 && options.keys < kStorage);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return std::nullopt;
    State& state = states_[process];
    switch (state.step) {
      case Step::idle:
        state.lock = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
        state.seen_token = 0;
        return Request{{Fn::acquire, state.lock, {}, {}}};
      case Step::refused:
        return Request{{Fn::read, state.lock, {}, {}}};
      case Step::taking_over:
        return Request{{Fn::acquire, state.lock, Value(state.seen_token), {}}};
      case Step::acquired: {
        const bool pause = rng.chance(static_cast<std::uint64_t>(settings_.whole("pauses")), 100);
        state.paused_until =
            pause ? now_ + 2 * lease_ +
                        static_cast<Nanos>(rng.below(static_cast<std::uint64_t>(lease_ + kMillisecond)))
                  : now_;
        state.left = settings_.whole("writes");
        state.step = Step::holding;
        break;
      }
      case Step::holding:
        break;
    }
    // It knows nothing of the time that went by.
    if (now_ < state.paused_until) return Request{{Fn::read, kStorage + state.lock, {}, {}}};
    if (state.left == 0) return Request{{Fn::release, state.lock, Value(state.token), {}}};
    const Mop write{Fn::write, kStorage + state.lock, ++last_, {}};
    if (!fenced_) return Request{write};
    return Request{{Fn::fence, kFence + state.lock, Value(state.token), {}}, write};
  }

  void observe(const Operation& operation) override {
    now_ = std::max({now_, operation.invoked, operation.completed == kNever ? 0 : operation.completed});
    if (operation.outcome == Outcome::info) {
      states_.erase(operation.process);
      return;
    }
    State& state = states_[operation.process];
    const bool ok = operation.outcome == Outcome::ok;
    const Mop& mop = operation.mops.back();
    switch (mop.fn) {
      case Fn::acquire:
        state.step = ok ? Step::acquired : Step::refused;
        if (ok && mop.result.is_integer()) state.token = mop.result.as_integer();
        break;
      case Fn::release:
        state.step = Step::idle;
        break;
      case Fn::write:
        --state.left;
        if (!ok) state.step = Step::idle;  // fenced off: the lock is another one's
        break;
      default:
        if (state.step == Step::refused && mop.key == state.lock && ok) look(state, mop.result);
        break;
    }
  }

  std::vector<CheckerSpec> checkers() const override {
    return settings_.judges({{"lock", {{"lease", lease_ > 0 ? "yes" : "no"}}}});
  }

 private:
  enum class Step : std::uint8_t { idle, refused, taking_over, acquired, holding };
  struct State {
    Step step = Step::idle;
    Key lock = 0;
    std::int64_t token = 0;
    std::int64_t left = 0;
    Nanos paused_until = 0;
    std::int64_t seen_token = 0;  // under which another one holds the lock
    Nanos seen_since = 0;
  };

  // What a lock's key holds: a list of the token and whether it is held.
  void look(State& state, const Value& value) {
    state.step = Step::idle;
    if (value.kind() != Value::Kind::list || value.as_list().size() < 2) return;
    const Value& held = value.as_list()[1];
    if (held.kind() != Value::Kind::boolean || !held.as_boolean()) return;
    state.step = Step::refused;
    const std::int64_t token = value.as_list()[0].as_integer();
    if (token != state.seen_token) {
      state.seen_token = token;
      state.seen_since = now_;
    } else if (lease_ > 0 && now_ - state.seen_since >= lease_) {
      state.step = Step::taking_over;
    }
  }

  Settings settings_;
  std::int64_t keys_;
  Nanos lease_;
  bool fenced_;
  Nanos now_ = 0;  // as far as answers tell
  std::int64_t last_ = 0;
  std::map<ProcessId, State> states_;
};

}  // namespace

extern const WorkloadPlugin lock_plugin;
const WorkloadPlugin lock_plugin = {
    "lock",
    "--keys locks with leases, and writes of their holders, fenced or not; judged by: lock",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<LockWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
