// Carries out a nemesis plan against a target: inject, verify, wait, heal, verify; every step is recorded. At
// most one step is under way at a time (in the real world they block, on a thread of their own).
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

namespace assay {

class NemesisDriver {
 public:
  using Record = std::function<void(FaultEvent)>;

  // `record` is called on the loop's thread with every event; it stamps the time. The target must outlive
  // this object.
  NemesisDriver(Target& target, std::vector<PlannedFault> plan, Rng rng, Record record);
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
  // The infrastructure failed: one sentence; empty while all is well.
  const std::string& error() const { return error_; }

 private:
  struct Window;

  void inject(Nanos now);
  void heal(std::size_t position, Nanos now);
  bool must_wait(const PlannedFault& planned) const;

  Target& target_;
  std::vector<PlannedFault> plan_;
  Nanos main_begin_ = 0;
  Rng rng_;
  Record record_;
  std::size_t next_ = 0;
  std::uint32_t windows_ = 0;
  bool busy_ = false;
  bool healing_all_ = false;
  std::vector<std::shared_ptr<Window>> active_;
  std::string error_;
};

}  // namespace assay
