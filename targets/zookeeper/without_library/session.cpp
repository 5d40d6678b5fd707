// In place of ../session.cpp where ZooKeeper's C library is not installed: everything else is there, but nobody can be talked to.
#include "targets/zookeeper/session.h"

#include "harness/core/error.h"

namespace assay::zookeeper {

class Session::Inner {};

bool has_library() { return false; }

Session::Session(boost::asio::io_context&, const std::string&, std::chrono::milliseconds,
                 std::shared_ptr<SessionCloser>) {
  throw HarnessError(
      "this assay was built without ZooKeeper's C library: install the package libzookeeper-mt-dev and build "
      "again");
}
Session::~Session() = default;
void Session::ask(const Call&, Handler) {}
bool Session::connected() const { return false; }
bool Session::over() const { return true; }

}  // namespace assay::zookeeper
