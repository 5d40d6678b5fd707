// A watch of one key: the stream of its changes from a revision on, over a connection of its own. When that is lost, the stream goes
// on behind what came last, the next time that it is asked.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also inside
// its own handler, which then is not called. Errors: a watch changes nothing: whatever goes wrong is outcome fail.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/operation.h"

namespace assay::etcd {

// What one line of the stream says.
struct WatchLine {
  std::vector<Value> events;  // pairs of revision and value, nil for a deletion
  std::int64_t last = 0;      // the greatest revision among them
  std::string trouble;        // not empty: the stream ended, or is none
};
WatchLine parse_watch_line(std::string_view line);
std::string watch_body(Key key, std::int64_t from);

class WatchStream {
 public:
  // What came since the last time, or why nothing can come.
  using Handler = std::function<void(std::vector<Value> events, std::string trouble)>;

  WatchStream(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server, Key key, std::int64_t from);
  ~WatchStream();

  // Answers at once when something has come, or after a tenth of a second with what there is then. `handler` is never called inside
  // take(). Requires: no other one waits.
  void take(Handler handler);

 private:
  class Stream;
  std::shared_ptr<Stream> stream_;
};

}  // namespace assay::etcd
