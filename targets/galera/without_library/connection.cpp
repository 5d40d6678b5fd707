// In place of ../connection.cpp where libmariadb was not there when this program was built.
#include "targets/galera/connection.h"

#include "harness/core/error.h"

namespace assay::galera {

std::string Connection::lack() {
  return "this assay was built without libmariadb, which can't be installed afterwards: install the package "
         "libmariadb-dev and build it again";
}

std::shared_ptr<Connection> Connection::make(boost::asio::io_context&, Server, Login, SessionSettings) {
  throw HarnessError("target galera: " + lack());
}

}  // namespace assay::galera
