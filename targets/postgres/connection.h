// One connection to one server: libpq without blocking, its socket waited for by Asio.
//
// An answer is given only when the server is ready for the next command: a statement that commits itself may be answered with
// success first and with an error, or nothing at all, at the commit that follows (PostgreSQL 15, 55.2.3, "Extended Query").
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: shared; handlers hold it until the
// last of them ran, so close() it to be rid of it. Handlers are never called inside open() or run(), and not after close().
// Errors: values. There is no limit of time but for open(): a caller who waits long enough closes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/core/time.h"
#include "targets/postgres/outcomes.h"
#include "targets/postgres/statements.h"

namespace assay::postgres {

struct Server {
  std::string address;  // a name, a number, or the folder of a Unix socket
  std::uint16_t port = 5432;
};
std::string text_of(const Server& server);

struct Login {
  std::string user = "assay";
  std::string password;  // empty: libpq's own ways (PGPASSWORD, ~/.pgpass)
  std::string database = "postgres";
};

// What holds for every statement of the connection.
struct SessionSettings {
  std::string isolation = "read committed";
  Nanos statement_timeout = 0;  // 0: none
};

struct Answer {
  Rows rows;
  std::string tag;  // the command that the server says it did: "INSERT 0 1", "COMMIT", "ROLLBACK"
  Trouble warning;  // the last one; without a SQLSTATE there was none
  std::optional<Trouble> error;
  bool lost = false;  // the connection is closed by now
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Opened = std::function<void(std::string trouble)>;  // empty: it is open
  using Answered = std::function<void(Answer)>;

  static std::shared_ptr<Connection> make(boost::asio::io_context& io, Server server, Login login,
                                          SessionSettings settings);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  // Requires: not opened before.
  virtual void open(Nanos patience, Opened opened) = 0;
  // Idempotent. What is under way is given up without a word.
  virtual void close() = 0;
  virtual bool is_open() const = 0;
  // Whether the server said last that it is a standby. Requires: is_open().
  virtual bool standby() const = 0;

  // One at a time. Requires: is_open(). A statement is prepared when it is first used.
  virtual void run(const Statement& statement, Answered answered) = 0;
  // A command of SQL, or several; of several the last one's rows.
  virtual void run(const std::string& command, Answered answered) = 0;

 protected:
  Connection() = default;
};

}  // namespace assay::postgres
