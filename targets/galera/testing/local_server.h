// A real MariaDB server for tests, a cluster of Galera with one node where that is installed: a folder of its own with its socket,
// gone with the object. Made once for a whole test program, because making a database takes seconds.
//
// Thread safety: none. Errors: HarnessError; a machine without MariaDB is asked about first (lack()).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/core/testing/temporary_folder.h"
#include "targets/galera/connection.h"
#include "targets/galera/session.h"

namespace assay::galera::testing {

class LocalServer {
 public:
  // Why there can't be one; empty when there can.
  static std::string lack();
  LocalServer();
  ~LocalServer();

  void start();
  // SIGKILL to all of it, at once.
  void kill();

  bool has_galera() const;
  Server server() const { return {folder_.path("socket"), 3306}; }
  Login login() const { return {"assay", "secret", "assay"}; }
  std::unique_ptr<Session> session() const;
  // Waits until so many sessions are in a state that begins so ("Waiting for table").
  void wait_until(int sessions, const std::string& state) const;

 private:
  [[noreturn]] void become_server() const;
  std::string temporary_files() const;
  std::vector<std::string> command() const;

  TemporaryFolder folder_;
  int pid_ = 0;
};

}  // namespace assay::galera::testing
