#include "harness/cli/check_progress.h"

#include <chrono>
#include <cstdio>
#include <utility>

namespace assay::cli {

CheckProgress::CheckProgress(std::string what, Nanos limit, bool shown) {
  if (!shown) return;
  thread_ = std::thread([this, what = std::move(what), limit] { draw(what, limit); });
}

CheckProgress::~CheckProgress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  done_changed_.notify_one();
  thread_.join();
}

void CheckProgress::draw(const std::string& what, Nanos limit) {
  bool drawn = false;
  std::unique_lock lock(mutex_);
  for (long long second = 1; !done_changed_.wait_for(lock, std::chrono::seconds(1), [this] { return done_; });
       ++second) {
    drawn = true;
    std::fprintf(stderr, "\r\033[K%s: %lld s of at most %lld s", what.c_str(), second,
                 static_cast<long long>(limit / kSecond));
    std::fflush(stderr);
  }
  if (drawn) std::fputs("\r\033[K", stderr);
}

}  // namespace assay::cli
