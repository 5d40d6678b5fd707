// Workload "backup-restore": clients write, each time to a key of its own. After a while one of them makes a backup, that
// is, notes the position at which the database is; some time later it deletes keys by accident, which replicates like
// everything else; and then it restores the database to that position (restore no: it doesn't, and the loss stays).
// In the end everything that was acknowledged before the backup, or after the restore, is there; what came between is
// undone. What is noted is a backup that the database makes and keeps (point backup), or only the position or the time of its
// log (point position, time), where it keeps its log for long enough: then it is noted again and again before the accident,
// and one of these moments is chosen. Judged by "durability", for which deletions are accidents. Needs no --keys.
#include <algorithm>

#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"restore", Kind::flag, "yes", {}, "whether the database is restored after the accident"},
    {"point", Kind::choice, "backup", "backup|position|time", "what is restored to"},
    {"marks",
     Kind::whole,
     "1",
     {},
     "how often that is noted, each time after as many writes as `between` says",
     1,
     1000},
    {"before", Kind::whole, "100", {}, "acknowledged writes before the backup", 1, 1'000'000},
    {"between",
     Kind::whole,
     "50",
     {},
     "acknowledged writes between the backup and the accident",
     0,
     1'000'000},
    {"deletes", Kind::whole, "20", {}, "keys that are deleted by accident", 1, 1000},
    {"settle", Kind::duration, "3s", {}, "how long nodes may take to agree about what is not found"},
};

class BackupRestoreWorkload final : public Workload {
 public:
  explicit BackupRestoreWorkload(const WorkloadOptions& options)
      : settings_("backup-restore", kOptions, options.options),
        finals_({options.nodes, settings_.duration("settle"), true}) {}

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return final_read(process);
    if (!busy_) {
      if (std::optional<Request> request = administer(rng)) {
        busy_ = true;
        administrator_ = process;
        return request;
      }
    }
    if (rng.chance(1, 5) && !acknowledged_.empty()) {
      return Request{{Fn::read, acknowledged_[rng.below(acknowledged_.size())], {}, {}}};
    }
    const Key key = ++last_;
    return Request{{Fn::write, key, value_of(key), {}}};
  }

  void observe(const Operation& operation) override {
    finals_.observe(operation);
    const Mop& mop = operation.mops[0];
    const bool ok = operation.outcome == Outcome::ok;
    if (busy_ && operation.process == administrator_) {
      busy_ = false;
      if (!ok) return;  // tried again
      if (mop.fn == Fn::backup) {
        positions_.push_back(mop.result);
        until_ = acknowledged_.size() + static_cast<std::size_t>(settings_.whole("between"));
        step_ = Step::backed_up;
      } else if (mop.fn == Fn::restore) {
        step_ = Step::restored;
      } else if (++deleted_ == to_delete_.size()) {
        step_ = settings_.flag("restore") ? Step::deleted : Step::restored;
      }
    } else if (ok && mop.fn == Fn::write) {
      acknowledged_.push_back(mop.key);
    }
  }

  bool reads_every_node() const override { return true; }

  std::vector<CheckerSpec> checkers() const override {
    return settings_.judges({{"durability", {{"deletions", "accidents"}}}});
  }

 private:
  enum class Step : std::uint8_t { writing, backed_up, deleted, restored };

  static Value value_of(Key key) { return Value(key * 10 + 1); }

  // What is next to be done besides writing; nothing when it is not time.
  std::optional<Request> administer(Rng& rng) {
    switch (step_) {
      case Step::writing:
        if (acknowledged_.size() < static_cast<std::size_t>(settings_.whole("before"))) break;
        return note();
      case Step::backed_up: {
        if (acknowledged_.size() < until_) break;
        if (positions_.size() < static_cast<std::size_t>(settings_.whole("marks"))) return note();
        const auto wanted = static_cast<std::size_t>(settings_.whole("deletes"));
        if (to_delete_.empty()) {
          to_delete_.assign(
              acknowledged_.begin(),
              acknowledged_.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, acknowledged_.size())));
        }
        return Request{{Fn::write, to_delete_[deleted_], Value(), {}}};
      }
      case Step::deleted:
        // Asked for again when the answer was lost: the same one.
        if (position_.is_nil()) position_ = positions_[rng.below(positions_.size())];
        return Request{{Fn::restore, 0, position_, {}}};
      case Step::restored:
        break;
    }
    return std::nullopt;
  }

  Request note() const {
    const std::string_view point = settings_.text("point");
    return {{Fn::backup, 0, point == "backup" ? Value() : Value::text(std::string(point)), {}}};
  }

  std::optional<Request> final_read(ProcessId process) {
    if (!finals_.begun()) finals_.ask_some_node(acknowledged_);
    if (std::optional<Request> request = finals_.next(process)) return request;
    if (!finals_.done() || looked_everywhere_) return std::nullopt;
    looked_everywhere_ = true;
    std::vector<Key> missing;
    for (const Key key : acknowledged_) {
      const Value* const found = finals_.answer(key);
      if (found == nullptr || *found != value_of(key)) missing.push_back(key);
    }
    finals_.ask_every_node(missing);
    return finals_.next(process);
  }

  Settings settings_;
  FinalReads finals_;
  Step step_ = Step::writing;
  bool busy_ = false;  // the administrator has a request in flight
  ProcessId administrator_ = 0;
  std::vector<Value> positions_;
  Value position_;  // the one that is restored to
  std::size_t until_ = 0, deleted_ = 0;
  std::vector<Key> to_delete_;
  Key last_ = 0;
  std::vector<Key> acknowledged_;
  bool looked_everywhere_ = false;
};

}  // namespace

extern const WorkloadPlugin backup_restore_plugin;
const WorkloadPlugin backup_restore_plugin = {
    "backup-restore",
    "writes, a backup, deletions by accident, and a restore; judged by: durability",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<BackupRestoreWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
