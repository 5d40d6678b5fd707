// The names of nodes on real hosts: each host's agent answers for them, and lies about them as it is told (agent/name_server.h).
//
// A node is found under its host's name in a zone of ours, n1.assay.test: a domain that nobody has (RFC 6761).
//
// Thread safety and errors as in core/target.h: one caller at a time, HarnessError when a host is lost. Ownership: it refers to
// the cluster's links and must not outlive them.
#pragma once

#include <string>

#include "harness/cluster/host_handles.h"

namespace assay::cluster {

class HostNames final : public Names {
 public:
  // Asks each host whether it can, and changes nothing there.
  explicit HostNames(const Links& links);
  // Why some host can't, or an empty string.
  const std::string& lack() const { return lack_; }
  // From now on every host finds every node under its name, for as long as its agent lives. Throws HarnessError for a host that
  // then doesn't, whose programs ask somebody else than its resolv.conf says, and InputError for addresses that are no IP addresses.
  void serve();

  static std::string name_of(const Host& host);

  void trouble(std::span<const TroubledName> names) override;
  void heal() override;
  Evidence look_up_troubled(std::span<const TroubledName> names) override;
  Evidence look_up(std::span<const Link> links) override;
  std::int64_t misled() override;
  std::string mechanism() const override { return "resolv.conf,getent"; }

 private:
  // What lookups over links came to.
  struct Found {
    std::string addresses;
    std::int64_t denied = 0, ignored = 0;
  };
  template <typename Wanted>
  Evidence look_up_until(std::span<const Link> links, Wanted wanted);
  std::vector<Found> ask(std::span<const Link> links, const std::vector<bool>& settled);
  std::string told_instead(const TroubledName& name) const;
  const Host& host(NodeId node) const;

  const Links& links_;
  std::string lack_;
};

}  // namespace assay::cluster
