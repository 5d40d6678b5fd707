// Can a packet from one host reach another? Each agent listens on a UDP port and notes which packets of which
// probe arrived; the controller asks the sender to send and the receiver what it saw. So each direction is
// measured by itself, which an echo can't do. Between clients and a node the controller is one of both. How long packets take is measured between two clocks, each host's monotonic one:
// only the difference between two such measurements means anything, and that is what a fault adds.
//
// Thread safety: all methods from any thread; a thread of its own listens. Errors: AgentError when the port
// is taken.
#pragma once

#include <sys/socket.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace assay::agent {

class ProbeListener {
 public:
  // 0: one that is free.
  explicit ProbeListener(std::uint16_t port);
  ~ProbeListener();
  ProbeListener(const ProbeListener&) = delete;
  ProbeListener& operator=(const ProbeListener&) = delete;

  std::uint16_t port() const { return port_; }

  // Sends `count` packets of the probe named `token`. Returns how many the host let out.
  int send(const std::string& token, const std::string& address, int count);

  // Sends a train of numbered packets to that port of each address, a packet to each in turn, so far apart. `size_bytes` has all
  // headers.
  void send_train(const std::vector<std::string>& tokens, const std::vector<std::string>& addresses,
                  std::uint16_t port, int count, std::int64_t interval_nanos, std::int64_t size_bytes);

  struct Train {
    std::int64_t arrived = 0;     // different ones
    std::int64_t duplicates = 0;  // beyond the first of each
    std::int64_t overtaken = 0;   // after one that was sent later
    std::int64_t delay_median = 0;
    std::int64_t span = 0;  // from the first arrival to the last
  };
  // What arrived of a train, and forgets it; waits until all `count` have, at most that long.
  Train train(const std::string& token, int count, int wait_milliseconds);

  // How many different packets of the probe have arrived, waiting until `count` have, at most that long.
  int received(const std::string& token, int count, int wait_milliseconds);

 private:
  void listen();

  std::uint16_t port_;
  int socket_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::mutex mutex_;
  std::condition_variable arrived_;
  struct Arrivals {
    std::set<int> numbers;
    std::vector<std::int64_t> delays;
    std::int64_t duplicates = 0;
    std::int64_t overtaken = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  void note_train(std::string_view words);
  // Where packets to that address go, as this socket's family wants it.
  socklen_t target_of(const std::string& address, std::uint16_t port, sockaddr_storage& target) const;

  std::map<std::string, std::set<int>> seen_;
  std::map<std::string, Arrivals> trains_;
  std::thread thread_;
};

}  // namespace assay::agent
