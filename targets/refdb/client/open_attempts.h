// The attempts of one request that were sent and are not proved to have had no effect. While there is one, a write that gets no
// answer may have happened.
//
// Thread safety: none. Complexity: linear in the attempts of a request.
#pragma once

#include <cstdint>
#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

class OpenAttempts {
 public:
  // A new request: attempts are numbered from 1.
  void reset() {
    last_ = 0;
    open_.clear();
  }
  // The number of the attempt that goes to that node now.
  std::uint32_t begin(PeerId node) {
    open_.push_back({++last_, node});
    return last_;
  }
  std::uint32_t last() const { return last_; }
  bool none() const { return open_.empty(); }

  // The node says that this attempt had no effect and won't have any.
  void refused(PeerId node, std::uint32_t number) {
    std::erase_if(open_, [&](const Attempt& open) { return open.number == number && open.node == node; });
  }
  // What was sent on a connection that is gone may have arrived all the same, unless the connection was never there.
  void connection_gone(PeerId node, bool never_opened) {
    if (never_opened) {
      std::erase_if(open_, [&](const Attempt& open) { return open.node == node && open.on_this_connection; });
    }
    for (Attempt& open : open_) {
      if (open.node == node) open.on_this_connection = false;
    }
  }

 private:
  struct Attempt {
    std::uint32_t number = 0;
    PeerId node = 0;
    bool on_this_connection = true;  // the node's current one
  };

  std::uint32_t last_ = 0;
  std::vector<Attempt> open_;
};

}  // namespace assay::refdb
