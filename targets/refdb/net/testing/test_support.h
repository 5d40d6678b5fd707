// What the tests of servers share: a small replica of their own, a server on a thread, a raw connection, HTTP.
//
// Thread safety: none. Errors: gtest failures, and HarnessError when the machine gives no port.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/core/testing/temporary_folder.h"
#include "targets/refdb/net/frame.h"
#include "targets/refdb/net/server.h"

namespace assay::refdb {

// A replica that is no protocol. What a client may ask of a node:
//   "put X"     keeps X durably, then answers "kept X"
//   "count"     answers how many were kept, those of earlier lives included
//   "ask N X"   sends X to node N, which sends it back; then answers "node N says X"
//   "large N"   answers N bytes at once
const ProtocolPlugin& echo_protocol();

// So many ports of 127.0.0.1 that nobody uses at the moment.
std::vector<std::uint16_t> free_ports(std::size_t count);

// A configuration file's text for node `self` (from 0) of a cluster on these ports, with HTTP. `extra` are more fields,
// each preceded by a comma.
std::string config_text(const std::vector<std::uint16_t>& ports, std::size_t self, std::uint16_t http_port,
                        const std::string& data, const std::string& extra = "");

// Waits for a condition, up to a generous limit; false when it did not come.
bool eventually(const std::function<bool()>& condition);

// A server with the echo replica, on a thread of its own, until destruction.
class RunningServer {
 public:
  RunningServer(const std::vector<std::uint16_t>& ports, std::size_t self, const std::string& data,
                const std::string& extra = "");
  ~RunningServer();

  std::uint16_t port() const { return server_->port(); }
  std::uint16_t http_port() const { return server_->http_port(); }
  // A field of /status: "net.client_requests".
  std::int64_t status(const std::string& pointer) const;

 private:
  Log log_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

// A connection that says exactly what the test wants.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void write(std::string_view bytes);
  void hello(const Hello& hello = {});
  void message(std::string_view payload);
  // The next message's payload; "(closed)" when the other side closed.
  std::string receive();
  bool closed_by_peer() { return receive() == "(closed)"; }
  std::string ask(std::string_view payload) {
    message(payload);
    return receive();
  }

 private:
  int descriptor_;
  FrameDecoder decoder_{64u << 20};
};

// The whole answer to "GET path", headers included.
std::string http_get(std::uint16_t port, const std::string& path);
std::string http_raw(std::uint16_t port, const std::string& request);
std::string body_of(const std::string& answer);

}  // namespace assay::refdb
