#include "targets/postgres/session.h"

#include <chrono>
#include <utility>

#include "harness/core/error.h"

namespace assay::postgres {

using Steady = std::chrono::steady_clock;

Session::Session(const Server& server, const Login& login, Nanos patience)
    : connection_(Connection::make(io_, server, login, {})) {
  bool ready = false;
  std::string trouble;
  connection_->open(patience, [&](std::string said) {
    trouble = std::move(said);
    ready = true;
  });
  wait(ready, patience + kSecond);
  if (ready && trouble.empty()) return;
  connection_->close();
  throw HarnessError(ready ? trouble : text_of(server) + " does not answer");
}

Session::~Session() { connection_->close(); }

void Session::wait(const bool& ready, Nanos patience) {
  const auto end = Steady::now() + std::chrono::nanoseconds(patience);
  io_.restart();
  while (!ready && Steady::now() < end && io_.run_one_until(end) > 0) {
  }
}

Answer Session::ask(const std::string& command, Nanos patience) {
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
  answer.error = Trouble{"", "no answer"};
  return answer;
}

}  // namespace assay::postgres
