// One kept-alive HTTP connection to a server, one request at a time. Connects when it is first needed, and again after the
// connection was lost.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also
// inside its own handler, which then is not called. Errors: a value. It has no timer: who waits too long destroys it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "targets/etcd/exchange.h"

namespace assay::etcd {

class HttpConnection {
 public:
  struct Result {
    bool sent = false;    // at least a part of the request may have reached the server
    std::string trouble;  // empty: there is an answer
    Answer answer;
  };
  using Handler = std::function<void(Result)>;

  HttpConnection(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server);
  ~HttpConnection();

  // A POST, or a GET when the body is empty. `handler` is called once, never inside ask(). Requires: no other request under way.
  void ask(const Call& call, Handler handler);

 private:
  class Connection;
  std::shared_ptr<Connection> connection_;
};

}  // namespace assay::etcd
