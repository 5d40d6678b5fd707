// Variants of the fault "disk" that hurt chosen files only, while the database uses them: in the log of what was written
// (errors-log), the data (errors-data), or a snapshot (errors-snapshot).
//   errors-log       reading, writing and syncing them fails; only one of these: errors-log:read, errors-log:write, errors-log:sync
//   full-log         nothing more fits into them
//   lost-sync-log    one fsync of them fails, what it should have kept is forgotten, and the next one says that all is well
//   slow-log:20ms    every call on them takes so much longer
//   stuck-log        no call on them comes back
//   torn-log         of one write only the first sectors are written, and the process dies in that moment
//   short-reads-log  reads bring half of what is there, as POSIX allows
// A database that reads its files only when it starts is restarted for faults of reading; one that makes no call on them is restarted
// once, so that it makes some.
//
// Verified by doing it beside the data and by the calls of the database's own that were hurt: a window that met none is unproved.
//
// Thread safety: as the target's.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/file_faults.h"
#include "harness/core/units.h"
#include "nemesis/variant.h"

namespace assay::nemesis {

class FileTrouble final : public Fault {
 public:
  FileTrouble(std::string name, FileFault fault, NodeChoice choice)
      : name_(std::move(name)), fault_(fault), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    FileDisks* files = file_disks(target.disks());
    if (files == nullptr) return "its files can't be brought into trouble";
    if (auto reason = files->lack(fault_)) return reason;
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    FileDisks& files = *file_disks(target.disks());
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (target.processes()->state(node) == Processes::State::dead) continue;
      hurt_.push_back(node);
      fault_.draw = rng.next();
      files.hurt_files(node, fault_);
      if (fault_.calls == FileFault::Calls::read || fault_.kind == FileFault::Kind::short_reads)
        restart(target, node);
    }
    Injection injection{hurt_, {{"trouble", Value::text(name_)}}};
    if (fault_.kind == FileFault::Kind::slow) injection.value.push_back({"delay_ns", fault_.delay});
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence all{.proved = !hurt_.empty(), .facts = {}};
    const bool torn = fault_.kind == FileFault::Kind::torn;
    for (const NodeId node : hurt_) {
      Evidence one = file_disks(target.disks())->try_files(node, fault_, true);
      if (met_nothing(one) && !torn) {
        restart(target, node);
        one = file_disks(target.disks())->try_files(node, fault_, true);
      }
      all.proved = all.proved && one.proved && !met_nothing(one);
      if (torn) all.proved = all.proved && target.processes()->state(node) == Processes::State::dead;
      add(target, node, one, all);
    }
    return all;
  }

  Evidence heal(Target& target) override {
    Evidence all{.proved = true, .facts = {}};
    for (const NodeId node : hurt_) {
      const bool dead = target.processes()->state(node) == Processes::State::dead;
      all.facts.push_back({name_of(target, node) + "process", Value::text(dead ? "had ended" : "ran on")});
      file_disks(target.disks())->relieve_files(node);
      target.processes()->start(node);
      const Evidence one = file_disks(target.disks())->try_files(node, fault_, false);
      all.proved = all.proved && one.proved && target.processes()->state(node) == Processes::State::running;
      add(target, node, one, all);
    }
    return all;
  }

 private:
  static std::string name_of(Target& target, NodeId node) {
    return target.node_names()[static_cast<std::size_t>(node)] + "_";
  }
  static void add(Target& target, NodeId node, const Evidence& one, Evidence& all) {
    for (const Fact& fact : one.facts) all.facts.push_back({name_of(target, node) + fact.name, fact.value});
  }
  static bool met_nothing(const Evidence& one) {
    const Value* hurt = find_fact(one.facts, "calls-hurt");
    return hurt != nullptr && hurt->as_integer() == 0;
  }
  static void restart(Target& target, NodeId node) {
    target.processes()->kill(node);
    target.processes()->start(node);
  }

  std::string name_;
  FileFault fault_;
  NodeChoice choice_;
  std::vector<NodeId> hurt_;
};

// "errors-log-leader:read"; null: no such variant.
inline std::unique_ptr<Fault> make_file_trouble(std::string_view variant) {
  using Kind = FileFault::Kind;
  using Place = FileDamage::Place;
  using Calls = FileFault::Calls;
  constexpr Nanos kSlowFilesUnlessSaid = 20 * kMillisecond;
  for (const auto& [kind_name, kind] : {std::pair<std::string_view, Kind>{"full", Kind::full},
                                        {"errors", Kind::errors},
                                        {"lost-sync", Kind::lost_sync},
                                        {"slow", Kind::slow},
                                        {"stuck", Kind::stuck},
                                        {"torn", Kind::torn},
                                        {"short-reads", Kind::short_reads}}) {
    for (const auto& [place_name, place] : {std::pair<std::string_view, Place>{"log", Place::log},
                                            {"data", Place::data},
                                            {"snapshot", Place::snapshot}}) {
      const std::string name = std::string(kind_name) + "-" + std::string(place_name);
      const std::string_view names[] = {name};
      const auto parts = read_variant(variant, names);
      if (!parts) continue;
      FileFault fault{.kind = kind, .place = place};
      if (kind == Kind::slow) fault.delay = kSlowFilesUnlessSaid;
      if (!parts->amount.empty() && kind == Kind::slow) {
        const auto delay = parse_duration(parts->amount);
        if (!delay || *delay <= 0) return nullptr;
        fault.delay = *delay;
      } else if (!parts->amount.empty()) {
        fault.calls = parts->amount == "read"    ? Calls::read
                      : parts->amount == "write" ? Calls::write
                      : parts->amount == "sync"  ? Calls::sync
                                                 : Calls::all;
        if (kind != Kind::errors || fault.calls == Calls::all) return nullptr;
      }
      return std::make_unique<FileTrouble>(name, fault, parts->nodes);
    }
  }
  return nullptr;
}

}  // namespace assay::nemesis
