// Tells the programs of this host the addresses of its run's nodes by DNS, and lies about them as it is told. What it doesn't know
// it passes on to the host's own name server. UDP at 127.0.0.77 only, so that nothing else of the host is in its way.
//
// Thread safety: all methods from any thread; a thread of its own answers. Errors: AgentError (the port is taken).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "harness/cluster/agent/system.h"

namespace assay::agent {

class NameServer {
 public:
  static constexpr char kAddress[] = "127.0.0.77";

  enum class Manner : std::uint8_t { right, missing, silent, wrong };
  // Questions that were not answered rightly, since the name was told first.
  struct Lies {
    std::int64_t denied = 0, ignored = 0, misled = 0;
    std::int64_t all() const { return denied + ignored + misled; }
  };

  // `names`: by name, lower case, the numeric address. `upstream`: numeric; empty: other names are told to be unknown for now.
  NameServer(std::map<std::string, std::string> names, const std::string& upstream);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // From now on. `instead`: the address that is told when it is wrong. Throws AgentError for a name that it doesn't know.
  void set(const std::string& name, Manner manner, const std::string& instead = {});
  void set_all_right();
  Lies lies(const std::string& name) const;
  std::int64_t all_lies() const;

 private:
  struct Entry {
    std::string address;
    Manner manner = Manner::right;
    std::string instead;
    Lies lies;
  };
  struct Asker {
    std::string address;  // a sockaddr, as bytes
    std::string number;   // of its question
  };

  void serve();
  void answer(std::string_view packet, const std::string& asker);
  void pass_on(std::string_view packet, const std::string& asker);
  void pass_back(std::string_view packet);
  void send(const std::string& packet, const std::string& asker);

  mutable std::mutex mutex_;  // entries_
  std::map<std::string, Entry> entries_;
  std::string upstream_;  // a sockaddr, as bytes
  Descriptor socket_, upstream_socket_, wake_;
  // Of the serving thread: questions passed on, by the number that they were given.
  std::map<std::uint16_t, Asker> asked_;
  std::uint16_t last_number_ = 0;
  std::thread thread_;
};

}  // namespace assay::agent
