// A real PostgreSQL server for tests: a folder of its own with its socket, gone with the object. Made once for
// a whole test program, because making a database takes about a second.
//
// Thread safety: none. Errors: HarnessError; a machine without PostgreSQL 15 is asked about first (installed()).
#pragma once

#include <memory>
#include <string>

#include "harness/core/testing/temporary_folder.h"
#include "targets/postgres/connection.h"
#include "targets/postgres/session.h"

namespace assay::postgres::testing {

class LocalServer {
 public:
  static bool installed();
  LocalServer();
  // A standby of that one, which must run.
  explicit LocalServer(const LocalServer& primary);
  ~LocalServer();

  void start();
  // SIGKILL to all of it, at once.
  void kill();

  Server server() const { return {folder_.path(), 5432}; }
  Login login() const { return {"assay", "secret", "postgres"}; }
  std::unique_ptr<Session> session() const;
  // Waits until so many sessions wait for something of this kind ("Lock", "IPC").
  void wait_until_waiting(int sessions, const std::string& kind) const;

 private:
  std::string data() const { return folder_.path("db"); }

  TemporaryFolder folder_;
  int pid_ = 0;
};

}  // namespace assay::postgres::testing
