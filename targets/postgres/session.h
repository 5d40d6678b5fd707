// A connection whose answers are waited for, for threads that may block: the failover controller, and what is done before a run.
//
// Thread safety: one thread at a time. Errors: HarnessError with one sentence for a connection that can't be made; a lost one, or
// a server that says nothing in time, is an answer with an error, and the session is of no more use.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "targets/postgres/connection.h"

namespace assay::postgres {

class Session {
 public:
  Session(const Server& server, const Login& login, Nanos patience);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool is_open() const { return connection_->is_open(); }
  bool standby() const { return connection_->standby(); }
  Answer ask(const std::string& command, Nanos patience);

 private:
  // Runs the loop until `ready`, or time is up.
  void wait(const bool& ready, Nanos patience);

  boost::asio::io_context io_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace assay::postgres
