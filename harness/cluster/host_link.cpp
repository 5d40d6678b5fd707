#include "harness/cluster/host_link.h"

#include <chrono>

#include "harness/cluster/ssh_state.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

constexpr Nanos kHeartbeatPeriod = kSecond;

}  // namespace

HostLink::HostLink(Host host, ClusterOptions options)
    : host_(std::move(host)), options_(std::move(options)) {}

HostLink::~HostLink() { stop_heartbeat(); }

SshSession& HostLink::session() {
  if (!session_ || session_->broken()) {
    stop_heartbeat();
    agent_.reset();
    session_.reset();
    session_ = std::make_unique<SshSession>(host_, options_.connect_timeout);
  }
  return *session_;
}

void HostLink::upload_agent() {
  session().upload(options_.agent_binary, agent_path(), 0755, options_.command_timeout);
}

void HostLink::start_agent() {
  upload_agent();
  const std::string command = "exec " + shell_quote(agent_path()) + " serve --home " +
                              shell_quote(host_.data) + " --probe-port " +
                              std::to_string(options_.probe_port) + " --dead-man " +
                              std::to_string(options_.dead_man_timeout / kMillisecond) + " --own-clock " +
                              (host_.own_clock ? "1" : "0");
  agent_ = session().open(command, options_.command_timeout);
  // An earlier run's agent may take its dead-man time to let go.
  const auto greeting =
      Message::parse(agent_->read_line(options_.command_timeout + options_.dead_man_timeout));
  if (!greeting || greeting->verb != "ready")
    throw HarnessError(host_.name + ": the node agent doesn't greet");
  start_heartbeat();
  abilities_ = request("hello");
  const Nanos began = monotonic_now();
  request("state");
  round_trip_ = monotonic_now() - began;
}

Message HostLink::request(const std::string& verb) {
  Message message;
  message.verb = verb;
  return request(std::move(message));
}

Message HostLink::request(Message message) {
  if (!agent_) throw HarnessError(host_.name + ": its node agent doesn't run");
  message.number = next_number_++;
  agent_->write(message.to_line() + "\n", options_.command_timeout);
  while (true) {
    const std::string line = agent_->read_line(options_.command_timeout);
    const auto reply = Message::parse(line);
    if (!reply) throw HarnessError(host_.name + ": the node agent answers \"" + line.substr(0, 80) + "\"");
    // An answer that an earlier request did not wait for.
    if (reply->number != message.number) continue;
    if (reply->verb != "ok") throw HarnessError(host_.name + ": " + reply->text("message"));
    return *reply;
  }
}

void HostLink::stop_agent() {
  if (!session_) return;
  try {
    if (agent_ && !session_->broken()) {
      request("stop");
      stop_heartbeat();
      agent_.reset();
      return;
    }
  } catch (const HarnessError&) {
    // Below, by another way.
  }
  stop_heartbeat();
  agent_.reset();
  heal();
}

std::vector<std::string> HostLink::heal() {
  upload_agent();
  const ExecResult result =
      session().run(shell_quote(agent_path()) + " heal --home " + shell_quote(host_.data),
                    options_.command_timeout + options_.dead_man_timeout);
  std::vector<std::string> lines;
  std::string rest = result.output;
  for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
    lines.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  for (const std::string& line : lines) {
    if (line.rfind("failed", 0) == 0) throw HarnessError(host_.name + ": healing " + line);
  }
  if (result.exit_status != 0) throw HarnessError(host_.name + ": healing failed: " + result.error);
  return lines;
}

void HostLink::start_heartbeat() {
  heartbeat_ends_ = false;
  heartbeat_ = std::thread([this] {
    std::unique_lock lock(heartbeat_mutex_);
    while (!heartbeat_changed_.wait_for(lock, std::chrono::nanoseconds(kHeartbeatPeriod),
                                        [this] { return heartbeat_ends_; })) {
      lock.unlock();
      try {
        agent_->write("0 beat\n", kHeartbeatPeriod * 5);
      } catch (const HarnessError&) {
        // The session is broken now: the next request says so to somebody who can act on it.
        return;
      }
      lock.lock();
    }
  });
}

void HostLink::stop_heartbeat() {
  {
    const std::lock_guard lock(heartbeat_mutex_);
    heartbeat_ends_ = true;
  }
  heartbeat_changed_.notify_all();
  if (heartbeat_.joinable()) heartbeat_.join();
}

void for_each_link(const std::vector<std::unique_ptr<HostLink>>& links,
                   const std::function<void(std::size_t, HostLink&)>& work) {
  std::vector<std::string> troubles(links.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < links.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        work(i, *links[i]);
      } catch (const std::exception& error) {
        troubles[i] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string all;
  for (const std::string& trouble : troubles) {
    if (!trouble.empty()) all += (all.empty() ? "" : "; ") + trouble;
  }
  if (!all.empty()) throw HarnessError(all);
}

}  // namespace assay::cluster
