// Bad links and broken connections on real hosts, as requests to the node agents.
//
// Each link is made bad by netem at its sender where the kernel there has it and it can do what was asked, else by the agent
// at its receiver, in user space (agent/packet_rules.h). Links of clients are always made bad at the node, in both directions: here,
// where clients are, is no agent. They are probed from here.
//
// Thread safety and errors as in core/target.h: one caller at a time, HarnessError when a host is lost. Ownership: they refer to
// the cluster's links and must not outlive them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/cluster/agent/probe.h"
#include "harness/cluster/host_handles.h"

namespace assay::cluster {

class HostPackets final : public Packets {
 public:
  // Asks each host what it can do.
  explicit HostPackets(const Links& links);
  // Why some host can't, or an empty string.
  const std::string& lack() const { return lack_; }

  void shape(std::span<const ShapedLink> links) override;
  void restore() override;
  std::vector<LinkMeasure> measure(std::span<const Link> links, const ProbePlan& plan) override;
  // What has carried out the faults in force; before there are any, what would carry out a plain delay.
  std::string mechanism() const override;

 private:
  struct Ability {
    bool netem = false;
    bool netem_duplicates = false;  // on several links of one interface
    bool queue = false;
  };
  bool by_netem(const ShapedLink& link) const;
  void shape_client_link(const ShapedLink& link, std::vector<Message>& requests);
  agent::ProbeListener& listener();

  const Links& links_;
  std::vector<Ability> abilities_;
  std::string lack_;
  bool used_netem_ = false;
  bool used_queue_ = false;
  std::int64_t trains_ = 0;
  std::unique_ptr<agent::ProbeListener> listener_;  // null until links of clients are measured
};

class HostConnections final : public Connections {
 public:
  explicit HostConnections(const Links& links);
  const std::string& lack() const { return lack_; }

  void reset(std::span<const Link> links, Nanos period) override;
  void forget(std::span<const Link> links) override;
  std::optional<std::string> lack_of_slow_close() override;
  void close_slowly(std::span<const Link> links) override;
  // Where something was closed and nothing withheld yet, after a moment.
  Lingering lingering() override;
  void heal() override;
  std::int64_t ended() override;
  // "SOCK_DESTROY" or "pidfd_getfd", and what keeps resets and other ends from leaving while something does.
  std::string mechanism() const override;

 private:
  // What is asked of the hosts at the beginning of each link, about the other end.
  std::vector<Message> requests_at_beginning(std::span<const Link> links, const std::string& verb) const;

  const Links& links_;
  bool forgot_ = false;
  bool closed_ = false;
  std::string lack_, lack_of_slow_close_;
};

}  // namespace assay::cluster
