// Carries out a nemesis plan against a target: inject, verify, wait, heal, verify; every step is recorded. At
// most one step is under way at a time (in the real world they block, on a thread of their own). Windows with a trigger
// take their place when it fires: one window for each time, in the order of the schedule. A budget of nodes makes windows
// wait until they may hurt somebody, and then hurt no more than that. What can't be healed while other faults are in force
// (members can't be added while all nodes are dead) is healed once more after those, and told only then.
//
// Thread safety: the loop's thread only.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/history.h"
#include "harness/run/nemesis_plan.h"
#include "harness/run/trigger_watch.h"

namespace assay {

class NemesisDriver {
 public:
  using Record = std::function<void(FaultEvent)>;

  // `record` is called on the loop's thread with every event; it stamps the time. The target must outlive
  // this object. Windows without a draw of their own get one from `rng`. Requires: hurt_max > 0.
  NemesisDriver(Target& target, std::vector<PlannedFault> plan, Rng rng, Record record, std::size_t hurt_max);
  // Requires: idle(); the loop waits for that.
  ~NemesisDriver();

  // The main phase begins at that time of the world, from which the plan counts; known only once the target runs.
  void set_main_begin(Nanos main_begin) { main_begin_ = main_begin; }

  // Starts what is due. Call whenever the world moved on.
  void step(Nanos now);
  // When step() has something to do next, if nothing is under way.
  Nanos next_deadline() const;
  // No more injections; heals everything in force, as soon as step() is called.
  void heal_all();

  bool idle() const { return !busy_; }
  // Nothing in force, nothing under way, nothing left to do.
  bool finished() const { return !busy_ && active_.empty() && next_ >= plan_.size(); }
  std::vector<std::string> active() const;
  // What was injected, in that order, so that it can be done again: with draws, and what the faults were told and chose.
  const std::vector<ScheduledFault>& carried_out() const { return carried_out_; }
  // The infrastructure failed: one sentence; empty while all is well.
  const std::string& error() const { return error_; }

 private:
  struct Window;

  void inject(Nanos now);
  void injected(const std::shared_ptr<Window>& window);
  void heal(std::size_t position, Nanos now);
  Nanos heal_time(const Window& window) const;
  bool must_wait(const PlannedFault& planned) const;
  std::vector<NodeId> hurt() const;
  std::set<std::string> watched() const;
  void look(Nanos now);
  void fire(const std::string& trigger, std::size_t line, Nanos now);

  Target& target_;
  std::vector<PlannedFault> plan_;     // in order of time
  std::vector<PlannedFault> waiting_;  // for their triggers, in order of the schedule
  Nanos main_begin_ = 0;
  Record record_;
  std::size_t hurt_max_;
  TriggerWatch watch_;
  Nanos next_look_ = 0;
  std::vector<ScheduledFault> carried_out_;
  std::size_t next_ = 0;
  std::uint32_t windows_ = 0;
  bool busy_ = false;
  bool healing_all_ = false;
  std::vector<std::shared_ptr<Window>> active_;
  std::string error_;
};

}  // namespace assay
