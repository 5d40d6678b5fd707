// Can a packet from one host reach another? Each agent listens on a UDP port and notes which packets of which
// probe arrived; the controller asks the sender to send and the receiver what it saw. So each direction is
// measured by itself, which an echo can't do.
//
// Thread safety: all methods from any thread; a thread of its own listens. Errors: AgentError when the port
// is taken.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace assay::agent {

class ProbeListener {
 public:
  explicit ProbeListener(std::uint16_t port);
  ~ProbeListener();
  ProbeListener(const ProbeListener&) = delete;
  ProbeListener& operator=(const ProbeListener&) = delete;

  // Sends `count` packets of the probe named `token`. Returns how many the host let out.
  int send(const std::string& token, const std::string& address, int count);

  // How many different packets of the probe have arrived, waiting until `count` have, at most that long.
  int received(const std::string& token, int count, int wait_milliseconds);

 private:
  void listen();

  std::uint16_t port_;
  int socket_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::string, std::set<int>> seen_;
  std::thread thread_;
};

}  // namespace assay::agent
