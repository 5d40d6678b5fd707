// One connection to one server: libmariadb without blocking, its socket waited for by Asio.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: shared; handlers hold it until the
// last of them ran, so close() it to be rid of it. Handlers are never called inside open() or run(), and not after close().
// Errors: values; HarnessError from make() where this program was built without the library. There is no limit of time but for
// open(): a caller who waits long enough closes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/core/time.h"
#include "targets/galera/outcomes.h"
#include "targets/sql/script.h"

namespace assay::galera {

struct Server {
  std::string address;  // a name, a number, or the path of a Unix socket
  std::uint16_t port = 3306;
};
std::string text_of(const Server& server);

struct Login {
  std::string user = "assay";
  std::string password;
  std::string database;
};

// What holds for every statement of the connection.
struct SessionSettings {
  std::string isolation = "repeatable-read";
  int sync_wait = 0;         // wsrep_sync_wait; 0: not set, so that servers without Galera are spoken to
  bool dirty_reads = false;  // wsrep_dirty_reads: a node without a majority answers reads
  bool snapshot_isolation = false;  // innodb_snapshot_isolation
  Nanos lock_wait_timeout = 0;      // in whole seconds, rounded down, one at least; 0: the server's
};
// The statement that makes a session so.
std::string setting_sql(const SessionSettings& settings);

struct Answer {
  sql::Rows rows;
  std::optional<Trouble> error;
  bool lost = false;  // the connection is closed by now
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Opened = std::function<void(std::string trouble)>;  // empty: it is open
  using Answered = std::function<void(Answer)>;

  static std::shared_ptr<Connection> make(boost::asio::io_context& io, Server server, Login login,
                                          SessionSettings settings);
  // Why make() would throw; empty when it would not.
  static std::string lack();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  // Requires: not opened before.
  virtual void open(Nanos patience, Opened opened) = 0;
  // Idempotent. What is under way is given up without a word.
  virtual void close() = 0;
  virtual bool is_open() const = 0;

  // One command of SQL, one at a time. Requires: is_open().
  virtual void run(std::string command, Answered answered) = 0;

 protected:
  Connection() = default;
};

}  // namespace assay::galera
