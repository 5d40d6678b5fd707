// Workload "session": each process reads and writes its own keys and reads those of others. Judged by the session
// guarantees, each named in the finding and counted; other judges of registers can look at the same history (checkers,
// also), so that models are compared.
//
// style registers, writers own: key p is written by process p alone, with 1, 2, 3 ..., so that the order of its versions
// is known and every violation is counted (versions=monotonic). writers all: everybody writes --keys keys with unique
// values; the judge asks whether there is any order of versions (versions=inferred).
// style lists: everybody appends to --keys lists. What a list shows is an order of its versions, so that monotonic writes,
// writes-follow-reads and consistent prefix are judged, too, where a register would hide them.
#include <algorithm>
#include <deque>
#include <map>

#include "harness/core/assert.h"
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"style", Kind::choice, "registers", "registers|lists", "what the keys hold"},
    {"writers", Kind::choice, "own", "own|all", "who writes a register: its own process, or everybody"},
    {"reads", Kind::whole, "60", {}, "percentage of reads", 1, 99},
    {"others", Kind::whole, "50", {}, "percentage of reads that are of another process's key", 0, 100},
};

class SessionWorkload final : public Workload {
 public:
  explicit SessionWorkload(const WorkloadOptions& options)
      : settings_("session", kOptions, options.options),
        keys_(options.keys),
        processes_(static_cast<std::size_t>(options.processes)),
        lists_(settings_.is("style", "lists")),
        own_(!lists_ && settings_.is("writers", "own")),
        finals_({options.nodes, 0, false}) {
    ASSAY_ASSERT(options.keys > 0 && options.processes > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) {
      if (!finals_.begun()) finals_.ask_some_node(every_key());
      return finals_.next(process);
    }
    note(process);
    const bool read = rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100);
    if (read) return Request{{Fn::read, key_to_read(process, rng), {}, {}}};
    const Key key = own_ ? process : some_key(rng);
    return Request{{lists_ ? Fn::append : Fn::write, key, ++last_[key], {}}};
  }

  void observe(const Operation& operation) override { finals_.observe(operation); }

  std::vector<CheckerSpec> checkers() const override {
    CheckerSpec session{"session", {{"versions", lists_ ? "lists" : own_ ? "monotonic" : "inferred"}}};
    // Registers do not tell whether they show a prefix.
    if (!lists_) {
      session.options["guarantees"] = "read-your-writes,monotonic-reads,monotonic-writes,writes-follow-reads";
    }
    return settings_.judges({session}, {{"linearizable", {{"model", lists_ ? "kv" : "register"}}},
                                        {"sequential", {{"model", lists_ ? "kv" : "register"}}}});
  }

 private:
  Key some_key(Rng& rng) const { return static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_))); }

  Key key_to_read(ProcessId process, Rng& rng) const {
    if (!own_) return some_key(rng);
    const bool other = rng.chance(static_cast<std::uint64_t>(settings_.whole("others")), 100);
    return other ? known_[rng.below(known_.size())] : process;
  }

  // Those that came last are those at work.
  void note(ProcessId process) {
    if (std::find(known_.begin(), known_.end(), process) != known_.end()) return;
    known_.push_back(process);
    if (known_.size() > processes_) known_.pop_front();
  }

  std::vector<Key> every_key() const {
    std::vector<Key> keys;
    for (const auto& [key, value] : last_) keys.push_back(key);
    return keys;
  }

  Settings settings_;
  std::int64_t keys_;
  std::size_t processes_;
  bool lists_, own_;
  FinalReads finals_;
  std::deque<ProcessId> known_;
  std::map<Key, std::int64_t> last_;  // value given to each key
};

}  // namespace

extern const WorkloadPlugin session_plugin;
const WorkloadPlugin session_plugin = {
    "session",
    "each process reads and writes its own and others' keys; judged by: session (read-your-writes, monotonic "
    "reads "
    "...)",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<SessionWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
