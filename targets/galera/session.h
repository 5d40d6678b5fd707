// A connection whose answers are waited for (targets/sql/session.h).
#pragma once

#include <string>

#include "targets/galera/connection.h"
#include "targets/sql/session.h"

namespace assay::galera {

class Session : public sql::Session<Connection, Answer> {
 public:
  Session(const Server& server, const Login& login, Nanos patience, const SessionSettings& settings = {})
      : sql::Session<Connection, Answer>(text_of(server), patience, server, login, settings) {}

  // The first field of the first row, empty where there is none. Throws HarnessError when there is an error instead.
  std::string field(const std::string& command, Nanos patience) {
    const Answer said = ask(command, patience);
    if (said.error) throw HarnessError(server() + ": " + said.error->message + " (" + command + ")");
    if (said.rows.rows.empty() || said.rows.rows[0].empty()) return "";
    return said.rows.rows[0].back().value_or("");
  }
};

}  // namespace assay::galera
