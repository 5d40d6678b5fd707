#include "harness/run/nemesis_driver.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace assay {

namespace {

constexpr Nanos kLookEvery = 100 * kMillisecond;

std::string hexadecimal(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i > 0; --i, number >>= 4) text[i - 1] = kDigits[number & 15];
  return text;
}

std::uint64_t from_hexadecimal(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 16); }

// The terms hold while this lives.
class TermsInForce {
 public:
  TermsInForce(Target& target, ChoiceTerms& terms) : target_(target) { target_.set_choice_terms(&terms); }
  ~TermsInForce() { target_.set_choice_terms(nullptr); }
  TermsInForce(const TermsInForce&) = delete;
  TermsInForce& operator=(const TermsInForce&) = delete;

 private:
  Target& target_;
};

}  // namespace

struct NemesisDriver::Window {
  PlannedFault planned;
  std::unique_ptr<Fault> fault;
  std::uint32_t number = 0;
  Nanos heal_at = 0;
  ChoiceTerms terms;
  bool waits_for_others = false;  // to be healed once more
  std::vector<NodeId> hurt;       // what it counts in a budget; sorted
  FaultEvent event;               // filled in by the step under way
  std::string error;              // set when the step threw
};

NemesisDriver::NemesisDriver(Target& target, std::vector<PlannedFault> plan, Rng rng, Record record,
                             std::size_t hurt_max)
    : target_(target), plan_(std::move(plan)), record_(std::move(record)), hurt_max_(hurt_max) {
  const auto triggered = std::stable_partition(
      plan_.begin(), plan_.end(), [](const PlannedFault& planned) { return planned.trigger.empty(); });
  std::uint64_t number = 0;
  for (PlannedFault& planned : plan_) {
    ++number;
    if (planned.draw.empty()) planned.draw = hexadecimal(rng.fork_seed("window", number));
  }
  waiting_.assign(std::make_move_iterator(triggered), std::make_move_iterator(plan_.end()));
  plan_.erase(triggered, plan_.end());
  std::stable_sort(waiting_.begin(), waiting_.end(),
                   [](const PlannedFault& a, const PlannedFault& b) { return a.line < b.line; });
}

NemesisDriver::~NemesisDriver() = default;

// Drift of the real world may bring two windows of a resource together: the later one waits for the earlier, unless a
// schedule wants them together.
bool NemesisDriver::must_wait(const PlannedFault& planned) const {
  const FaultPlugin& plugin = *planned.choice.plugin;
  if (hurt_max_ < target_.node_names().size() && hurt().size() >= hurt_max_) return true;
  return std::any_of(active_.begin(), active_.end(), [&](const auto& window) {
    const FaultPlugin& other = *window->planned.choice.plugin;
    const bool together = planned.exact && plugin.may_overlap && other.may_overlap;
    return other.resource == plugin.resource && !together;
  });
}

void NemesisDriver::step(Nanos now) {
  if (busy_) return;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (heal_time(*active_[i]) <= now) return heal(i, now);
  }
  if (next_ < plan_.size() && main_begin_ + plan_[next_].at <= now && !must_wait(plan_[next_]))
    return inject(now);
  if (!watched().empty() && std::max(main_begin_, next_look_) <= now) look(now);
}

// One that could not be healed while others were in force has its turn again when nothing else is left.
Nanos NemesisDriver::heal_time(const Window& window) const {
  if (!window.waits_for_others) return healing_all_ ? 0 : window.heal_at;
  const bool alone =
      std::all_of(active_.begin(), active_.end(), [](const auto& other) { return other->waits_for_others; });
  return alone ? 0 : kNever;
}

// The nodes that faults in force hurt now.
std::vector<NodeId> NemesisDriver::hurt() const {
  std::set<NodeId> nodes;
  for (const auto& window : active_) nodes.insert(window->hurt.begin(), window->hurt.end());
  return {nodes.begin(), nodes.end()};
}

// The triggers that one must look for.
std::set<std::string> NemesisDriver::watched() const {
  std::set<std::string> triggers;
  for (const PlannedFault& planned : waiting_) {
    if (planned.trigger != "then") triggers.insert(planned.trigger);
  }
  return triggers;
}

void NemesisDriver::look(Nanos now) {
  next_look_ = now + kLookEvery;
  busy_ = true;
  struct Seen {
    std::set<std::string> happened;
    std::string error;
  };
  auto seen = std::make_shared<Seen>();
  target_.world().run_blocking(
      [this, seen, wanted = watched()] {
        try {
          seen->happened = watch_.look(target_, wanted);
        } catch (const std::exception& error) {
          seen->error = error.what();
        }
      },
      [this, seen] {
        busy_ = false;
        if (!seen->error.empty()) error_ = seen->error;
        for (const std::string& trigger : seen->happened) fire(trigger, 0, target_.world().now());
      });
}

// The first window that waits for this takes its place in the plan; `line`: only the one of that line.
void NemesisDriver::fire(const std::string& trigger, std::size_t line, Nanos now) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const PlannedFault& planned) {
    return planned.trigger == trigger && (line == 0 || planned.line == line);
  });
  if (found == waiting_.end()) return;
  PlannedFault planned = *found;
  waiting_.erase(found);
  planned.at += now - main_begin_;
  const auto place = std::find_if(plan_.begin() + static_cast<std::ptrdiff_t>(next_), plan_.end(),
                                  [&](const PlannedFault& later) { return later.at > planned.at; });
  plan_.insert(place, std::move(planned));
}

Nanos NemesisDriver::next_deadline() const {
  if (busy_) return kNever;
  Nanos deadline = kNever;
  for (const auto& window : active_) deadline = std::min(deadline, heal_time(*window));
  if (next_ < plan_.size() && !must_wait(plan_[next_])) {
    deadline = std::min(deadline, main_begin_ + plan_[next_].at);
  }
  if (!watched().empty()) deadline = std::min(deadline, std::max(main_begin_, next_look_));
  return deadline;
}

void NemesisDriver::heal_all() {
  healing_all_ = true;
  next_ = plan_.size();
  waiting_.clear();
}

std::vector<std::string> NemesisDriver::active() const {
  std::vector<std::string> names;
  for (const auto& window : active_) names.emplace_back(window->planned.choice.plugin->name);
  return names;
}

void NemesisDriver::inject(Nanos now) {
  auto window = std::make_shared<Window>();
  window->planned = plan_[next_++];
  const PlannedFault& planned = window->planned;
  window->fault = planned.choice.plugin->make(planned.choice.variant);
  window->number = ++windows_;
  window->event.began = now;
  window->event.stage = FaultEvent::Stage::start;
  window->event.fault = planned.choice.plugin->name;
  window->event.window = window->number;
  window->terms.hurt_max = hurt_max_;
  window->terms.hurt = hurt();
  window->terms.again = !planned.seen.empty();
  window->terms.told = planned.seen;
  active_.push_back(window);
  busy_ = true;
  target_.world().run_blocking(
      [this, window] {
        try {
          Rng rng(from_hexadecimal(window->planned.draw));
          const TermsInForce in_force(target_, window->terms);
          Injection injection = window->fault->inject(target_, rng);
          window->event.nodes = std::move(injection.nodes);
          window->event.value = std::move(injection.value);
          window->hurt = injection.counted.value_or(window->event.nodes);
          Evidence evidence = window->fault->verify(target_);
          window->event.evidence = std::move(evidence.facts);
          window->event.verified = evidence.proved;
        } catch (const std::exception& error) {
          window->error = error.what();
        }
      },
      [this, window] { injected(window); });
}

void NemesisDriver::injected(const std::shared_ptr<Window>& window) {
  busy_ = false;
  window->heal_at = target_.world().now() + window->planned.duration;
  if (!window->error.empty()) error_ = window->error;
  ScheduledFault carried = scheduled_fault(window->planned);
  carried.trigger.clear();  // it fired: now there is a moment
  carried.seen = window->terms.told;
  for (const NodeId node : window->event.nodes)
    carried.nodes.push_back(target_.node_names()[static_cast<std::size_t>(node)]);
  carried.chose = window->event.value;
  carried_out_.push_back(std::move(carried));
  record_(window->event);
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
        const bool in_vain = !window->event.verified && window->error.empty();
        if (in_vain && !window->waits_for_others && active_.size() > 1) {
          window->waits_for_others = true;
          return;
        }
        active_.erase(std::find(active_.begin(), active_.end(), window));
        if (!healing_all_ && window->planned.line > 0)
          fire("then", window->planned.line + 1, target_.world().now());
        record_(window->event);
      });
}

}  // namespace assay
