#include <algorithm>
#include <utility>

#include "targets/zookeeper/session.h"

namespace assay::zookeeper {

void SessionCloser::run(std::function<void()> close) {
  const std::lock_guard lock(mutex_);
  std::erase_if(running_, [](const std::future<void>& each) {
    return each.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  running_.push_back(std::async(std::launch::async, std::move(close)));
}

}  // namespace assay::zookeeper
