// Sessions that several clients have together: one for each server, as long as a client has it and it is not over. Requests of
// all of them go over one connection, many in a packet, as in applications whose threads share a handle.
//
// Thread safety: none. Ownership: clients own the sessions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "targets/zookeeper/session.h"

namespace assay::zookeeper {

class SharedSessions {
 public:
  // `open` makes a new one where there is none.
  std::shared_ptr<Session> find(const std::string& server,
                                const std::function<std::shared_ptr<Session>()>& open);

 private:
  std::map<std::string, std::weak_ptr<Session>> sessions_;
};

}  // namespace assay::zookeeper
