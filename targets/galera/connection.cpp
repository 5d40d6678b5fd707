#include "targets/galera/connection.h"

#include <errmsg.h>
#include <mysql.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "harness/core/assert.h"

namespace assay::galera {

namespace asio = boost::asio;
using Error = boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

namespace {

constexpr unsigned kConnectionLost = 2013;
constexpr std::size_t kStackBytes = 128 * 1024;  // of a call that waits

// Numbers that the library gives itself, not the server.
bool from_library(unsigned number) {
  return (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) ||
         (number >= CER_MIN_ERROR && number <= CER_MAX_ERROR);
}

sql::Row row_of(MYSQL_ROW values, const unsigned long* sizes, unsigned columns) {
  sql::Row row;
  for (unsigned column = 0; column < columns; ++column) {
    if (values[column] == nullptr) {
      row.emplace_back();
    } else {
      row.emplace_back(std::string(values[column], sizes[column]));
    }
  }
  return row;
}

// A call of the library that would block returns what it waits for; it is continued with what of that has happened, until it
// waits for nothing more ("Non-Blocking Operation in the Client Library"). It runs on a stack of its own meanwhile.
class MariaConnection final : public Connection {
 public:
  MariaConnection(asio::io_context& io, Server server, Login login, SessionSettings settings)
      : server_(std::move(server)),
        login_(std::move(login)),
        setting_(setting_sql(settings)),
        socket_(io),
        patience_(io) {}
  ~MariaConnection() override { close(); }

  void open(Nanos patience, Opened opened) override {
    ASSAY_ASSERT(maria_ == nullptr);
    opened_ = std::move(opened);
    maria_ = mysql_init(nullptr);
    ASSAY_ASSERT(maria_ != nullptr);
    mysql_options(maria_, MYSQL_OPT_NONBLOCK, &kStackBytes);
    mysql_options(maria_, MYSQL_SET_CHARSET_NAME, "binary");
    patience_.expires_after(std::chrono::nanoseconds(patience));
    patience_.async_wait([self = self(), patience](Error error) {
      if (error || !self->opened_) return;
      self->tell_opened(text_of(self->server_) + " does not answer within " +
                        std::to_string(patience / kMillisecond) + " ms");
    });
    call_ = Call::connect;
    const bool local = server_.address.starts_with('/');
    // Rows that are as they should be count as changed, too.
    proceed(mysql_real_connect_start(
        &connected_, maria_, local ? nullptr : server_.address.c_str(), login_.user.c_str(),
        login_.password.c_str(), login_.database.empty() ? nullptr : login_.database.c_str(),
        local ? 0 : server_.port, local ? server_.address.c_str() : nullptr, CLIENT_FOUND_ROWS));
  }

  void close() override {
    opened_ = nullptr;
    answered_ = nullptr;
    open_ = false;
    patience_.cancel();
    if (socket_.is_open()) socket_.close();
    if (maria_ == nullptr) return;
    // What is under way ends with an error, and gives back what it holds.
    while (call_ != Call::none) advance(MYSQL_WAIT_TIMEOUT);
    free_result();
    mysql_close(std::exchange(maria_, nullptr));
  }

  bool is_open() const override { return open_; }

  void run(std::string command, Answered answered) override {
    ASSAY_ASSERT(open_ && !answered_);
    answered_ = std::move(answered);
    start_query(std::move(command));
  }

 private:
  enum class Call : std::uint8_t { none, connect, query, store };

  std::shared_ptr<MariaConnection> self() {
    return std::static_pointer_cast<MariaConnection>(shared_from_this());
  }

  // Waits for what the call waits for; when that is nothing, it is done, which its owner hears later.
  void proceed(int awaited) {
    if (awaited != 0) return wait(awaited);
    asio::post(socket_.get_executor(), [self = self(), call = std::exchange(call_, Call::none)] {
      if (self->opened_ || self->answered_) self->finish(call);
    });
  }

  // The library closes its socket when it likes, so that ours is a copy.
  void wait(int awaited) {
    // While it connects, a socket may have the number of one before.
    const int socket = mysql_get_socket(maria_);
    if (socket != watched_ || !socket_.is_open() || call_ == Call::connect) {
      if (socket_.is_open()) socket_.close();
      const int copy = ::dup(socket);
      if (copy < 0) return give_up_waiting();
      socket_.assign(copy);
      watched_ = socket;
    }
    const bool write = (awaited & MYSQL_WAIT_WRITE) != 0;
    socket_.async_wait(write ? Descriptor::wait_write : Descriptor::wait_read,
                       [self = self(), write](Error error) {
                         if (error == asio::error::operation_aborted || self->call_ == Call::none) return;
                         self->resume(write ? MYSQL_WAIT_WRITE : MYSQL_WAIT_READ);
                       });
  }

  void give_up_waiting() {
    asio::post(socket_.get_executor(), [self = self()] {
      if (self->call_ != Call::none) self->resume(MYSQL_WAIT_TIMEOUT);
    });
  }

  void start_query(std::string command) {
    command_ = std::move(command);
    call_ = Call::query;
    proceed(mysql_real_query_start(&failed_, maria_, command_.data(), command_.size()));
  }

  void resume(int happened) {
    const Call call = call_;
    if (const int awaited = advance(happened); awaited != 0) return wait(awaited);
    finish(call);
  }

  // What the call waits for now; 0: it is done.
  int advance(int happened) {
    int awaited = 0;
    if (call_ == Call::connect) awaited = mysql_real_connect_cont(&connected_, maria_, happened);
    if (call_ == Call::query) awaited = mysql_real_query_cont(&failed_, maria_, happened);
    if (call_ == Call::store) awaited = mysql_store_result_cont(&result_, maria_, happened);
    if (awaited == 0) call_ = Call::none;
    return awaited;
  }

  void finish(Call call) {
    if (call == Call::connect) return finish_connecting();
    if (opened_) return finish_setting();
    if (call == Call::store) return result_ == nullptr ? answer_error() : answer_rows();
    if (failed_ != 0) return answer_error();
    if (mysql_field_count(maria_) == 0) {
      const auto changed = mysql_affected_rows(maria_);
      // An insert that became an update counts twice.
      return answer({{{}, std::min<std::int64_t>(1, static_cast<std::int64_t>(changed))}, {}, false});
    }
    call_ = Call::store;
    const int awaited = mysql_store_result_start(&result_, maria_);
    if (awaited != 0) return wait(awaited);
    call_ = Call::none;
    finish(Call::store);
  }

  void finish_connecting() {
    if (connected_ == nullptr) return refused();
    if (std::string why = version_trouble(text_of(server_), mysql_get_server_info(maria_)); !why.empty())
      return tell_opened(std::move(why));
    start_query(setting_);
  }

  void finish_setting() {
    if (failed_ != 0) return refused();
    patience_.cancel();
    open_ = true;
    std::exchange(opened_, nullptr)("");
  }

  void refused() {
    tell_opened(connection_trouble(text_of(server_), {mysql_errno(maria_), mysql_error(maria_)}));
  }

  void tell_opened(std::string trouble) {
    Opened opened = std::exchange(opened_, nullptr);
    close();
    if (opened) opened(std::move(trouble));
  }

  void answer_rows() {
    Answer said;
    const unsigned columns = mysql_num_fields(result_);
    while (MYSQL_ROW values = mysql_fetch_row(result_))
      said.rows.rows.push_back(row_of(values, mysql_fetch_lengths(result_), columns));
    free_result();
    answer(std::move(said));
  }

  void answer_error() {
    Answer said;
    said.error = Trouble{mysql_errno(maria_), mysql_error(maria_)};
    if (said.error->number == 0) said.error = Trouble{kConnectionLost, "connection lost"};
    // After such an error it does not know any more where in the stream of answers it is.
    said.lost = from_library(said.error->number);
    answer(std::move(said));
  }

  void answer(Answer said) {
    Answered answered = std::exchange(answered_, nullptr);
    if (said.lost) close();
    if (answered) answered(std::move(said));
  }

  void free_result() {
    if (result_ != nullptr) mysql_free_result(std::exchange(result_, nullptr));
  }

  const Server server_;
  const Login login_;
  const std::string setting_;
  Descriptor socket_;
  int watched_ = -1;  // the library's, of which socket_ is a copy
  asio::steady_timer patience_;
  MYSQL* maria_ = nullptr;
  bool open_ = false;
  Opened opened_;

  Call call_ = Call::none;  // under way
  MYSQL* connected_ = nullptr;
  int failed_ = 0;
  MYSQL_RES* result_ = nullptr;
  std::string command_;
  Answered answered_;
};

}  // namespace

std::string Connection::lack() { return {}; }

std::shared_ptr<Connection> Connection::make(asio::io_context& io, Server server, Login login,
                                             SessionSettings settings) {
  return std::make_shared<MariaConnection>(io, std::move(server), std::move(login), std::move(settings));
}

}  // namespace assay::galera
