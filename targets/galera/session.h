// A connection whose answers are waited for, for threads that may block: what is done before a run and asked after it.
//
// Thread safety: one thread at a time. Errors: HarnessError with one sentence for a connection that can't be made; a lost one, or
// a server that says nothing in time, is an answer with an error, and the session is of no more use.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "targets/galera/connection.h"

namespace assay::galera {

class Session {
 public:
  Session(const Server& server, const Login& login, Nanos patience, const SessionSettings& settings = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Answer ask(const std::string& command, Nanos patience);
  // The first field of the first row, empty where there is none. Throws HarnessError when there is an error instead.
  std::string field(const std::string& command, Nanos patience);

 private:
  // Runs the loop until `ready`, or time is up.
  void wait(const bool& ready, Nanos patience);

  boost::asio::io_context io_;
  const std::string server_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace assay::galera
