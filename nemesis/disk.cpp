// Fault "disk": the disks of some nodes are in trouble for a while.
//   full        nothing more fits
//   errors      reading and writing fail
//   lost-sync   one fsync fails, what it should have kept is forgotten, and the next one says that all is well: what Linux does
//               when a write fails (Rebello et al., Can Applications Recover from fsync Failures?, ATC 2020)
//   slow:100ms  whatever is written takes so long at least
//   stuck       nothing that is written comes back
//   read-only   the file system can't be written to any more
// Most of these, torn writes and short reads can hurt chosen files only, such as errors-log: see file_trouble.h.
// A database should end when what it wrote can't be kept: it is started again when the disk is well.
//
// Verified by writing, syncing and reading something beside the data; healed when that succeeds and the database runs.
#include <array>
#include <string>
#include <utility>

#include "harness/core/units.h"
#include "nemesis/file_trouble.h"
#include "nemesis/variant.h"

namespace assay::nemesis {

namespace {

constexpr Nanos kSlowUnlessSaid = 100 * kMillisecond;

struct NamedTrouble {
  std::string_view name;
  DiskTrouble trouble;
};
constexpr std::array<NamedTrouble, 6> kTroubles = {{{"full", DiskTrouble::full},
                                                    {"errors", DiskTrouble::errors},
                                                    {"lost-sync", DiskTrouble::lost_sync},
                                                    {"slow", DiskTrouble::slow},
                                                    {"stuck", DiskTrouble::stuck},
                                                    {"read-only", DiskTrouble::read_only}}};
constexpr std::array<std::string_view, 6> kTroubleNames = {"full", "errors", "lost-sync",
                                                           "slow", "stuck",  "read-only"};

class DiskInTrouble final : public Fault {
 public:
  // Without a trouble one is drawn, of those that the disks can be in.
  DiskInTrouble() : choice_{.selector = Selector::one} {}
  DiskInTrouble(NamedTrouble named, Nanos delay, NodeChoice choice)
      : named_(named), delay_(delay), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (named_) {
      if (auto reason = target.disks()->lack(named_->trouble)) return reason;
    }
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    if (!named_) draw(target, rng);
    if (!named_) return {};
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (target.processes()->state(node) == Processes::State::dead) continue;
      hurt_.push_back(node);
      target.disks()->trouble(node, fault());
    }
    Injection injection{hurt_, {{"trouble", Value::text(std::string(named_->name))}}};
    if (named_->trouble == DiskTrouble::slow) injection.value.push_back({"delay_ns", delay_});
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence evidence = tried_out(target, true);
    evidence.proved = evidence.proved && !hurt_.empty();
    return evidence;
  }

  Evidence heal(Target& target) override {
    Facts ended;
    for (const NodeId node : hurt_) {
      const bool dead = target.processes()->state(node) == Processes::State::dead;
      ended.push_back({target.node_names()[static_cast<std::size_t>(node)] + "_process",
                       Value::text(dead ? "had ended" : "ran on")});
      target.disks()->relieve(node);
      target.processes()->start(node);
    }
    Evidence evidence = tried_out(target, false);
    evidence.facts.insert(evidence.facts.begin(), ended.begin(), ended.end());
    for (const NodeId node : hurt_)
      evidence.proved = evidence.proved && target.processes()->state(node) == Processes::State::running;
    return evidence;
  }

 private:
  DiskFault fault() const { return {named_->trouble, delay_}; }

  void draw(Target& target, Rng& rng) {
    std::vector<NamedTrouble> possible;
    for (const NamedTrouble& one : kTroubles) {
      if (!target.disks()->lack(one.trouble)) possible.push_back(one);
    }
    if (!possible.empty()) named_ = rng.pick(possible);
  }

  Evidence tried_out(Target& target, bool in_force) {
    Evidence evidence{.proved = true, .facts = {}};
    for (const NodeId node : hurt_) {
      const Evidence one = target.disks()->try_out(node, fault(), in_force);
      evidence.proved = evidence.proved && one.proved;
      for (const Fact& fact : one.facts) {
        evidence.facts.push_back(
            {target.node_names()[static_cast<std::size_t>(node)] + "_" + fact.name, fact.value});
      }
    }
    return evidence;
  }

  std::optional<NamedTrouble> named_;
  Nanos delay_ = kSlowUnlessSaid;
  NodeChoice choice_;
  std::vector<NodeId> hurt_;
};

std::unique_ptr<Fault> make_disk(std::string_view variant) {
  if (variant.empty()) return std::make_unique<DiskInTrouble>();
  if (auto of_files = make_file_trouble(variant)) return of_files;
  const auto parts = read_variant(variant, kTroubleNames);
  if (!parts) return nullptr;
  for (const NamedTrouble& named : kTroubles) {
    if (named.name != parts->kind) continue;
    std::optional<Nanos> delay = kSlowUnlessSaid;
    if (!parts->amount.empty())
      delay = named.trouble == DiskTrouble::slow ? parse_duration(parts->amount) : std::nullopt;
    if (!delay || *delay <= 0) return nullptr;
    return std::make_unique<DiskInTrouble>(named, *delay, parts->nodes);
  }
  return nullptr;
}

}  // namespace

extern const FaultPlugin disk_plugin;
const FaultPlugin disk_plugin = {
    "disk",
    "the disks of some nodes are full, fail, lose what an fsync should have kept, are slow, stuck or "
    "read-only, or only chosen files of theirs, of which writes are torn and reads short, too; a "
    "database that ends of it is started again; proved by writing, syncing and reading beside the data, and "
    "for chosen files by how many calls of the database met it",
    "process",
    "full, errors, lost-sync, slow, slow:20ms, stuck, read-only; of chosen files: errors-log, "
    "errors-log:read "
    "(or write, sync), full-log, lost-sync-log, slow-log:20ms, stuck-log, torn-log, short-reads-log, and so "
    "with data and snapshot; each also of chosen nodes: full-minority, slow-leader:50ms, stuck-n1+n3, "
    "errors-role:NAME, torn-log-leader, errors-data-n2:read",
    {},
    [](Target& target) -> std::optional<std::string> {
      if (target.disks() == nullptr || target.processes() == nullptr) return "its disks can't be reached";
      std::optional<std::string> lacking;
      for (const NamedTrouble& one : kTroubles) {
        lacking = target.disks()->lack(one.trouble);
        if (!lacking) break;
      }
      return lacking;
    },
    make_disk,
    true,
};

}  // namespace assay::nemesis
