// One host of a run: its SSH session, its node agent, and the heartbeat that keeps the agent from undoing
// everything.
//
// Thread safety: request() from any thread, one after the other; the rest from one thread. The heartbeat's thread is inside. Different links are independent. Errors:
// HarnessError that begins with the host's name, also for what the agent refused.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/cluster/deployment.h"
#include "harness/cluster/message.h"
#include "harness/cluster/ssh.h"

namespace assay::cluster {

class HostLink {
 public:
  HostLink(Host host, ClusterOptions options);
  ~HostLink();
  HostLink(const HostLink&) = delete;
  HostLink& operator=(const HostLink&) = delete;

  const Host& host() const { return host_; }
  // All by which others reach the host: its node address first, then what else its interfaces have. A cut that forgot one,
  // of the other family perhaps, would be none.
  const std::vector<std::string>& addresses() const { return addresses_; }
  // By which neighbours on its links reach it, too (IPv6's link-local addresses): nodes are not known by them, but programs that look
  // around find them. For cuts only.
  const std::vector<std::string>& link_addresses() const { return link_addresses_; }
  // Connects when there is no connection, or it broke.
  SshSession& session();
  // Uploads the agent, starts it (it first undoes what an earlier one left) and asks what the host can do.
  void start_agent();
  bool has_agent() const { return agent_ != nullptr; }
  const Message& abilities() const { return abilities_; }
  std::uint16_t probe_port() const { return options_.probe_port; }
  std::int64_t round_trip_nanos() const { return round_trip_; }

  // Sends a request to the agent and waits for its reply. Who watches over a database may ask while the run's own thread does.
  Message request(Message message);
  Message request(const std::string& verb);

  // Says stop to the agent, which undoes everything; when it doesn't answer, sends another agent to do it.
  void stop_agent();
  // Undoes what earlier runs left, by a short-lived agent. What was undone, a line each.
  std::vector<std::string> heal();

 private:
  std::string agent_path() const { return host_.data + "/agent/assay-agent"; }
  void upload_agent();
  void start_heartbeat();
  void stop_heartbeat();
  friend void share_addresses(const std::vector<std::unique_ptr<HostLink>>& links);

  Host host_;
  std::vector<std::string> addresses_, link_addresses_;
  ClusterOptions options_;
  std::unique_ptr<SshSession> session_;
  std::unique_ptr<SshChannel> agent_;
  Message abilities_;
  std::mutex requesting_;  // around a request and its reply: nobody takes somebody else's
  std::int64_t next_number_ = 1;
  std::int64_t round_trip_ = 0;

  std::mutex heartbeat_mutex_;
  std::condition_variable heartbeat_changed_;
  bool heartbeat_ends_ = false;
  std::thread heartbeat_;
};

// From what the agents said: addresses that several hosts have (of bridges inside each of them) and those of this machine are left
// out. Requires: start_agent() of each.
void share_addresses(const std::vector<std::unique_ptr<HostLink>>& links);

// From which of its addresses this machine speaks to that one; empty when there is no way.
std::string source_towards(const std::string& address);

// Calls `work` for each link on a thread of its own and waits for all. Throws one HarnessError with all their
// sentences.
void for_each_link(const std::vector<std::unique_ptr<HostLink>>& links,
                   const std::function<void(std::size_t, HostLink&)>& work);

}  // namespace assay::cluster
