#include "harness/cluster/agent/cut_script.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "harness/cluster/agent/system.h"

namespace assay::agent {

void CutScript::play(std::vector<Step> steps, std::int64_t period_nanos) {
  stop();
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  steps_ = std::move(steps);
  period_ = period_nanos;
  ends_ = false;
  played_ = 0;
  trouble_.clear();
  const std::int64_t begin = monotonic_nanos();
  for (const Step& step : steps_) {
    if (step.at == 0) carry_out(step);
  }
  thread_ = std::thread([this, begin] { run(begin); });
}

void CutScript::stop() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::int64_t CutScript::played() const {
  const std::lock_guard lock(mutex_);
  return played_;
}

std::string CutScript::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

bool CutScript::wait_until(std::int64_t time) {
  std::unique_lock lock(mutex_);
  const auto pause = std::chrono::nanoseconds(std::max<std::int64_t>(0, time - monotonic_nanos()));
  return !changed_.wait_for(lock, pause, [this] { return ends_; });
}

void CutScript::carry_out(const Step& step) {
  if (step.join) {
    join_network(step.cut);
  } else {
    cut_network(step.cut);
  }
  const Cut& cut = step.cut;
  const std::lock_guard lock(mutex_);
  played_ += (cut.in_from.empty() ? 0 : 1) + (cut.clients_in ? 1 : 0);
}

void CutScript::run(std::int64_t begin) {
  try {
    for (bool first = true;; first = false, begin += period_) {
      for (const Step& step : steps_) {
        if (first && step.at == 0) continue;
        if (!wait_until(begin + step.at)) return;
        carry_out(step);
      }
      if (steps_.empty()) return;
    }
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    trouble_ = error.what();
  }
}

}  // namespace assay::agent
