// A connection whose answers are waited for, for threads that may block: a failover controller, and what is done before a run and
// asked after it. `Connection` has make(), open(), run() and close() as those of targets/postgres and targets/galera; `Answer` has
// their `error` and `lost`.
//
// Thread safety: one thread at a time. Errors: HarnessError with one sentence for a connection that can't be made; a lost one, or
// a server that says nothing in time, is an answer with an error, and the session is of no more use.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/time.h"

namespace assay::sql {

template <class Connection, class Answer>
class Session {
 public:
  // `server`: what it is called in errors. The rest is what Connection::make() wants after the loop.
  template <class... Settings>
  Session(std::string server, Nanos patience, const Settings&... settings)
      : server_(std::move(server)), connection_(Connection::make(io_, settings...)) {
    bool ready = false;
    std::string trouble;
    connection_->open(patience, [&](std::string said) {
      trouble = std::move(said);
      ready = true;
    });
    wait(ready, patience + kSecond);
    if (ready && trouble.empty()) return;
    connection_->close();
    throw HarnessError(ready ? trouble : server_ + " does not answer");
  }
  ~Session() { connection_->close(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool is_open() const { return connection_->is_open(); }

  Answer ask(const std::string& command, Nanos patience) {
    Answer answer;
    bool ready = false;
    if (connection_->is_open()) {
      connection_->run(command, [&](Answer said) {
        answer = std::move(said);
        ready = true;
      });
      wait(ready, patience);
    }
    if (ready) return answer;
    connection_->close();
    answer.lost = true;
    answer.error.emplace().message = "no answer";
    return answer;
  }

 protected:
  const std::string& server() const { return server_; }
  const Connection& connection() const { return *connection_; }

 private:
  // Runs the loop until `ready`, or time is up.
  void wait(const bool& ready, Nanos patience) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience);
    io_.restart();
    while (!ready && std::chrono::steady_clock::now() < end && io_.run_one_until(end) > 0) {
    }
  }

  boost::asio::io_context io_;
  const std::string server_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace assay::sql
