// A connection whose answers are waited for (targets/sql/session.h).
#pragma once

#include "targets/postgres/connection.h"
#include "targets/sql/session.h"

namespace assay::postgres {

class Session : public sql::Session<Connection, Answer> {
 public:
  Session(const Server& server, const Login& login, Nanos patience)
      : sql::Session<Connection, Answer>(text_of(server), patience, server, login, SessionSettings{}) {}

  bool standby() const { return connection().standby(); }
};

}  // namespace assay::postgres
