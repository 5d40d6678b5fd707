// Fault "damage": the database on some nodes ends, one of its files is damaged, and it is started again on that.
//   flip        one bit is another
//   truncate    the end of the file is gone
//   misdirect   a block was written over another one
//   stale       a block is as it was some time before
// each in the log of what was written (flip-log), the data (flip-data), or a snapshot (flip-snapshot).
//
// A database with checksums notices and does not serve: it stays down until the copy that was kept of its data is put back, and it
// is started again. One that does not notice runs on, and is left to the checkers; no copy is put back under one that served.
//
// What no checksum shows: an end that is gone may be what a power failure took, so a file that was truncated, and damage behind
// which nothing else was written, may cost writes that were acknowledged.
//
// Verified by reading the file; healed when the database runs.
#include <array>
#include <string>
#include <utility>

#include "nemesis/variant.h"

namespace assay::nemesis {

namespace {

struct NamedDamage {
  std::string_view name;
  FileDamage::Kind kind;
  FileDamage::Place place;
};
using Kind = FileDamage::Kind;
using Place = FileDamage::Place;
constexpr std::array<NamedDamage, 12> kDamages = {{{"flip-log", Kind::flip, Place::log},
                                                   {"flip-data", Kind::flip, Place::data},
                                                   {"flip-snapshot", Kind::flip, Place::snapshot},
                                                   {"truncate-log", Kind::truncate, Place::log},
                                                   {"truncate-data", Kind::truncate, Place::data},
                                                   {"truncate-snapshot", Kind::truncate, Place::snapshot},
                                                   {"misdirect-log", Kind::misdirect, Place::log},
                                                   {"misdirect-data", Kind::misdirect, Place::data},
                                                   {"misdirect-snapshot", Kind::misdirect, Place::snapshot},
                                                   {"stale-log", Kind::stale, Place::log},
                                                   {"stale-data", Kind::stale, Place::data},
                                                   {"stale-snapshot", Kind::stale, Place::snapshot}}};

constexpr std::array<std::string_view, 12> damage_names() {
  std::array<std::string_view, 12> names;
  for (std::size_t i = 0; i < kDamages.size(); ++i) names[i] = kDamages[i].name;
  return names;
}
constexpr std::array<std::string_view, 12> kDamageNames = damage_names();

class DamagedFile final : public Fault {
 public:
  DamagedFile(NamedDamage named, NodeChoice choice) : named_(named), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (auto reason = target.disks()->lack(FileDamage{named_.kind, named_.place, 0})) return reason;
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    Injection injection;
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (target.processes()->state(node) == Processes::State::dead) continue;
      ended_.push_back(node);
      const Evidence done = target.disks()->damage(node, {named_.kind, named_.place, rng.next()});
      if (!done.facts.empty()) {
        damaged_ = damaged_ && done.proved;
        injection.nodes.push_back(node);
        for (const Fact& fact : done.facts) facts_.push_back({name_of(target, node) + fact.name, fact.value});
      }
      target.processes()->start(node);
    }
    hurt_ = injection.nodes;
    injection.value = {{"damage", Value::text(std::string(named_.name))}};
    return injection;
  }

  Evidence verify(Target& target) override {
    static_cast<void>(target);
    return {.proved = damaged_ && !hurt_.empty(), .facts = facts_};
  }

  Evidence heal(Target& target) override {
    Evidence evidence{.proved = true, .facts = {}};
    for (const NodeId node : ended_) {
      const bool ran_on = target.processes()->state(node) != Processes::State::dead;
      if (!ran_on) {
        target.disks()->repair(node);
        target.processes()->start(node);
      }
      evidence.facts.push_back({name_of(target, node) + "noticed", Value::boolean(!ran_on)});
      evidence.proved = evidence.proved && target.processes()->state(node) == Processes::State::running;
    }
    return evidence;
  }

 private:
  static std::string name_of(Target& target, NodeId node) {
    return target.node_names()[static_cast<std::size_t>(node)] + "_";
  }

  NamedDamage named_;
  NodeChoice choice_;
  std::vector<NodeId> ended_;  // with those that had no such file
  std::vector<NodeId> hurt_;
  bool damaged_ = true;
  Facts facts_;
};

constexpr std::array<std::string_view, 6> kDamageRotation = {
    "flip-log", "flip-data", "truncate-data", "flip-log-one", "misdirect-data", "misdirect-log"};

std::unique_ptr<Fault> make_damage(std::string_view variant) {
  const auto parts = read_variant(variant.empty() ? kDamageRotation.front() : variant, kDamageNames);
  if (!parts || !parts->amount.empty()) return nullptr;
  for (const NamedDamage& named : kDamages) {
    if (named.name == parts->kind) return std::make_unique<DamagedFile>(named, parts->nodes);
  }
  return nullptr;
}

}  // namespace

extern const FaultPlugin damage_plugin;
const FaultPlugin damage_plugin = {
    "damage",
    "the database on some nodes ends, a file of its is damaged (a bit is flipped, the end is gone, a block "
    "is another one's or an "
    "old one), and it is started on that; one that notices stays down until its data is put back; proved by "
    "reading the file",
    "process",
    "flip-log, flip-data, flip-snapshot, and so with truncate, misdirect and stale; each also of chosen "
    "nodes: flip-log-leader, "
    "truncate-data-n1+n3",
    kDamageRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.disks() == nullptr || target.processes() == nullptr) return "its disks can't be reached";
      return std::nullopt;
    },
    make_damage,
    true,
};

}  // namespace assay::nemesis
