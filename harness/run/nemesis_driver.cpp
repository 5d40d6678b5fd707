#include "harness/run/nemesis_driver.h"

#include <algorithm>
#include <utility>

namespace assay {

struct NemesisDriver::Window {
  FaultChoice choice;
  std::unique_ptr<Fault> fault;
  std::uint32_t number = 0;
  Nanos heal_at = 0;
  Nanos duration = 0;
  FaultEvent event;   // filled in by the step under way
  std::string error;  // set when the step threw
};

NemesisDriver::NemesisDriver(Target& target, std::vector<PlannedFault> plan, Rng rng, Record record)
    : target_(target), plan_(std::move(plan)), rng_(rng), record_(std::move(record)) {}

NemesisDriver::~NemesisDriver() = default;

// Drift of the real world may bring two windows of a resource together: the later one waits for the earlier, unless a
// schedule wants them together.
bool NemesisDriver::must_wait(const PlannedFault& planned) const {
  const FaultPlugin& plugin = *planned.choice.plugin;
  return std::any_of(active_.begin(), active_.end(), [&](const auto& window) {
    const FaultPlugin& other = *window->choice.plugin;
    const bool together = planned.exact && plugin.may_overlap && other.may_overlap;
    return other.resource == plugin.resource && !together;
  });
}

void NemesisDriver::step(Nanos now) {
  if (busy_) return;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (healing_all_ || active_[i]->heal_at <= now) return heal(i, now);
  }
  if (next_ < plan_.size() && main_begin_ + plan_[next_].at <= now && !must_wait(plan_[next_])) inject(now);
}

Nanos NemesisDriver::next_deadline() const {
  if (busy_) return kNever;
  Nanos deadline = kNever;
  for (const auto& window : active_) deadline = std::min(deadline, healing_all_ ? 0 : window->heal_at);
  if (next_ < plan_.size() && !must_wait(plan_[next_])) {
    deadline = std::min(deadline, main_begin_ + plan_[next_].at);
  }
  return deadline;
}

void NemesisDriver::heal_all() {
  healing_all_ = true;
  next_ = plan_.size();
}

std::vector<std::string> NemesisDriver::active() const {
  std::vector<std::string> names;
  for (const auto& window : active_) names.emplace_back(window->choice.plugin->name);
  return names;
}

void NemesisDriver::inject(Nanos now) {
  const PlannedFault& planned = plan_[next_++];
  auto window = std::make_shared<Window>();
  window->choice = planned.choice;
  window->fault = planned.choice.plugin->make(planned.choice.variant);
  window->number = ++windows_;
  window->duration = planned.duration;
  window->event.began = now;
  window->event.stage = FaultEvent::Stage::start;
  window->event.fault = planned.choice.plugin->name;
  window->event.window = window->number;
  auto rng = std::make_shared<Rng>(rng_.fork("window", window->number));
  active_.push_back(window);
  busy_ = true;
  target_.world().run_blocking(
      [this, window, rng] {
        try {
          Injection injection = window->fault->inject(target_, *rng);
          window->event.nodes = std::move(injection.nodes);
          window->event.value = std::move(injection.value);
          Evidence evidence = window->fault->verify(target_);
          window->event.evidence = std::move(evidence.facts);
          window->event.verified = evidence.proved;
        } catch (const std::exception& error) {
          window->error = error.what();
        }
      },
      [this, window] {
        busy_ = false;
        window->heal_at = target_.world().now() + window->duration;
        if (!window->error.empty()) error_ = window->error;
        record_(window->event);
      });
}

void NemesisDriver::heal(std::size_t position, Nanos now) {
  auto window = active_[position];
  window->event.began = now;
  window->event.stage = FaultEvent::Stage::stop;
  window->event.verified = false;
  window->event.evidence.clear();
  window->error.clear();
  busy_ = true;
  target_.world().run_blocking(
      [this, window] {
        try {
          Evidence evidence = window->fault->heal(target_);
          window->event.evidence = std::move(evidence.facts);
          window->event.verified = evidence.proved;
        } catch (const std::exception& error) {
          window->error = error.what();
        }
      },
      [this, window] {
        busy_ = false;
        if (!window->error.empty()) error_ = window->error;
        active_.erase(std::find(active_.begin(), active_.end(), window));
        record_(window->event);
      });
}

}  // namespace assay
