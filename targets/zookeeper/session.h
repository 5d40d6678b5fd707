// One session with one ZooKeeper server, by ZooKeeper's own C library (libzookeeper_mt). The library has two threads for each session:
// one that talks, and sends heartbeats so that the session lives on, and one that tells; what it tells is handed over to the
// thread of the io_context.
//
// A session outlives its connection: the library connects again by itself, and the server goes on with it unless it was away for
// longer than the session's timeout. Then it is over, and its ephemeral nodes are gone.
//
// Any number of calls may be under way; the library sends them in their order, and several in one packet where they come at once.
//
// Thread safety: of each object none, everything happens on the thread that runs the io_context. Ownership: may be destroyed at any
// time, also inside a handler; then no handler is called any more, and the session is closed by SessionCloser's threads, because
// the library waits up to 1.5 seconds for a server that does not answer. Errors: HarnessError where the library can't make one,
// and where it is not part of this program; everything else is in answers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "targets/zookeeper/calls.h"

namespace assay::zookeeper {

// Whether this program was built with the library (package libzookeeper-mt-dev).
bool has_library();

// Closes sessions beside the loop. Thread safety: any. The destructor waits for all of them.
class SessionCloser {
 public:
  void run(std::function<void()> close);

 private:
  std::mutex mutex_;
  std::vector<std::future<void>> running_;
};

class Session {
 public:
  using Handler = std::function<void(Answer)>;

  // `server`: "10.0.0.1:2181". Returns at once; the library connects as long as it takes.
  Session(boost::asio::io_context& io, const std::string& server, std::chrono::milliseconds timeout,
          std::shared_ptr<SessionCloser> closer);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `handler` is called once, never inside ask(); where the session is destroyed before, it is destroyed on any thread. A call asked
  // for while there is no connection waits for the next attempt to connect, and is lost with it.
  void ask(const Call& call, Handler handler);

  bool connected() const;
  // For good: it expired, or was not let in.
  bool over() const;

 private:
  class Inner;
  std::shared_ptr<Inner> inner_;
};

}  // namespace assay::zookeeper
