// The failover controller: a thread of the harness that looks at the nodes a few times a second and, when the primary is gone
// (failover_rules.h), makes a standby the primary and lets the others follow it. It asks and orders by SQL alone, as a superuser
// from outside would; it does not touch processes or files of the hosts.
//
//   1. With fencing the old primary is shut out: clients drop it, and nothing that it says later is heard (directory.h).
//   2. Standbys that answer are told to receive no more.
//   3. The one with the most log is promoted; where that could lose what was acknowledged, nobody is.
//   4. The others follow the new primary, also those that come back later.
//
// An old primary that comes back is left alone: without fencing it goes on accepting what clients write to it. With fencing it is
// let in again once it follows the new primary.
//
// Thread safety: start(), stop() and the questions from one thread; the questions may also be asked by another one. Errors: none;
// what the controller saw and did is in events(), also what it could not do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "targets/postgres/connection.h"
#include "targets/postgres/directory.h"
#include "targets/postgres/failover_rules.h"

namespace assay::postgres {

struct FailoverPlan {
  std::vector<std::string> names;  // by node; what standbys call themselves (application_name)
  std::vector<Server> servers;     // as the harness and the nodes reach them
  Login login;                     // of a superuser
  FailoverRules rules;
  bool fencing = true;
};

// The loop, as another thread sees it. Both are called on the controller's thread.
struct LoopAccess {
  std::function<Nanos()> now;                            // the run's clock
  std::function<void(std::function<void()> task)> post;  // runs it on the loop's thread, later
};

class Failover {
 public:
  // `directory` is used on the loop's thread alone.
  Failover(LoopAccess loop, FailoverPlan plan, std::shared_ptr<Directory> directory);
  ~Failover();
  Failover(const Failover&) = delete;
  Failover& operator=(const Failover&) = delete;

  // `primary` is the primary now.
  void start(NodeId primary);
  // Idempotent.
  void stop();

  NodeId primary() const;
  std::int64_t promotions() const;
  // What happened, a line each, with the time in seconds on the run's clock.
  std::vector<std::string> events() const;

 private:
  class Controller;
  std::shared_ptr<Controller> controller_;
};

}  // namespace assay::postgres
