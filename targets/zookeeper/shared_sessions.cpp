#include "targets/zookeeper/shared_sessions.h"

namespace assay::zookeeper {

std::shared_ptr<Session> SharedSessions::find(const std::string& server,
                                              const std::function<std::shared_ptr<Session>()>& open) {
  std::weak_ptr<Session>& known = sessions_[server];
  std::shared_ptr<Session> session = known.lock();
  if (session == nullptr || session->over()) known = session = open();
  return session;
}

}  // namespace assay::zookeeper
