// The verbs about names (names-ability, names-serve, names-trouble, names-heal, names-look-up, names-misled): a name server of the agent's own
// that this host's resolver asks.
//
// Names are looked up as a program of this host does it, by its own C library: getent calls getaddrinfo().
//
// Thread safety: one thread, always the same. Errors: AgentError with one sentence. Ownership: the journal must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/name_server.h"
#include "harness/cluster/message.h"

namespace assay::agent {

class NameDuties {
 public:
  NameDuties(std::string home, Journal& journal) : home_(std::move(home)), journal_(journal) {}

  // Nothing when the verb is not about names.
  std::optional<cluster::Message> perform(const cluster::Message& request);
  // No more answers; what the host's resolver asks is left to the journal.
  void stop() { server_.reset(); }

 private:
  using Message = cluster::Message;

  Message serve(const Message& request);
  Message trouble(const Message& request);
  Message look_up(const Message& request);
  NameServer& server();

  std::string home_;
  Journal& journal_;
  std::unique_ptr<NameServer> server_;
  std::int64_t lies_before_ = 0;  // the last names-heal
};

}  // namespace assay::agent
