#include "targets/galera/session.h"

#include <chrono>
#include <utility>

#include "harness/core/error.h"

namespace assay::galera {

Session::Session(const Server& server, const Login& login, Nanos patience, const SessionSettings& settings)
    : server_(text_of(server)), connection_(Connection::make(io_, server, login, settings)) {
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

Session::~Session() { connection_->close(); }

void Session::wait(const bool& ready, Nanos patience) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience);
  io_.restart();
  while (!ready && std::chrono::steady_clock::now() < end && io_.run_one_until(end) > 0) {
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
  answer.error = Trouble{0, "no answer"};
  return answer;
}

std::string Session::field(const std::string& command, Nanos patience) {
  const Answer said = ask(command, patience);
  if (said.error) throw HarnessError(server_ + ": " + said.error->message + " (" + command + ")");
  if (said.rows.rows.empty() || said.rows.rows[0].empty()) return "";
  return said.rows.rows[0].back().value_or("");
}

}  // namespace assay::galera
