#include "targets/postgres/connection.h"

#include <libpq-fe.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/assert.h"

namespace assay::postgres {

namespace asio = boost::asio;
using Error = boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

namespace {

std::string first_line_of(const char* text) {
  const std::string_view whole = text == nullptr ? "" : text;
  return std::string(whole.substr(0, whole.find('\n')));
}

std::string field_of(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

Trouble trouble_of(const PGresult* result) {
  std::string message = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = first_line_of(PQresultErrorMessage(result));
  return {field_of(result, PG_DIAG_SQLSTATE), std::move(message)};
}

std::vector<Row> rows_of(const PGresult* result) {
  std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result)));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      const int line = static_cast<int>(row);
      if (PQgetisnull(result, line, column) != 0) {
        rows[row].emplace_back();
        continue;
      }
      const auto size = static_cast<std::size_t>(PQgetlength(result, line, column));
      rows[row].emplace_back(std::string(PQgetvalue(result, line, column), size));
    }
  }
  return rows;
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class PqConnection final : public Connection {
 public:
  PqConnection(asio::io_context& io, Server server, Login login, SessionSettings settings)
      : server_(std::move(server)),
        login_(std::move(login)),
        settings_(std::move(settings)),
        socket_(io),
        patience_(io) {}
  ~PqConnection() override { close(); }

  void open(Nanos patience, Opened opened) override {
    ASSAY_ASSERT(pq_ == nullptr);
    opened_ = std::move(opened);
    start();
    if (pq_ == nullptr || PQstatus(pq_) == CONNECTION_BAD) return later([this] { refused(); });
    PQsetNoticeReceiver(pq_, &PqConnection::noticed, this);
    patience_.expires_after(std::chrono::nanoseconds(patience));
    patience_.async_wait([self = self(), patience](Error error) {
      if (error || !self->opened_) return;
      self->tell_opened(text_of(self->server_) + " does not answer within " +
                        std::to_string(patience / kMillisecond) + " ms");
    });
    // "Behave as if PQconnectPoll() last returned PGRES_POLLING_WRITING" (libpq, 34.1).
    wait(Descriptor::wait_write, &PqConnection::go_on_opening);
  }

  void close() override {
    opened_ = nullptr;
    answered_ = nullptr;
    open_ = false;
    patience_.cancel();
    if (socket_.is_open()) socket_.release();
    if (pq_ != nullptr) PQfinish(std::exchange(pq_, nullptr));
  }

  bool is_open() const override { return open_; }

  bool standby() const override {
    const char* said = PQparameterStatus(pq_, "in_hot_standby");
    return said != nullptr && std::string_view(said) == "on";
  }

  void run(const Statement& statement, Answered answered) override {
    begin(std::move(answered));
    statement_ = statement;
    preparing_ = !prepared_[static_cast<std::size_t>(statement.sql)];
    const bool sent =
        preparing_ ? PQsendPrepare(pq_, sql_name(statement.sql), sql_text(statement.sql), 0, nullptr) == 1
                   : send_prepared();
    sent ? flush() : later([this] { lost(); });
  }

  void run(const std::string& command, Answered answered) override {
    begin(std::move(answered));
    preparing_ = false;
    PQsendQuery(pq_, command.c_str()) == 1 ? flush() : later([this] { lost(); });
  }

 private:
  using Step = void (PqConnection::*)();

  std::shared_ptr<PqConnection> self() { return std::static_pointer_cast<PqConnection>(shared_from_this()); }

  template <class Then>
  void later(Then then) {
    asio::post(socket_.get_executor(), [self = self(), then = std::move(then)] {
      if (self->opened_ || self->answered_) then();
    });
  }

  void start() {
    std::string options = "-c default_transaction_isolation=" + escaped_isolation();
    if (settings_.statement_timeout > 0)
      options += " -c statement_timeout=" + std::to_string(settings_.statement_timeout / kMillisecond);
    const std::string port = std::to_string(server_.port);
    // Names resolve at once: hosts are given as numbers, or are in /etc/hosts.
    std::vector<std::pair<const char*, const char*>> words = {{"host", server_.address.c_str()},
                                                              {"port", port.c_str()},
                                                              {"user", login_.user.c_str()},
                                                              {"dbname", login_.database.c_str()},
                                                              {"options", options.c_str()},
                                                              {"application_name", "assay"},
                                                              {"sslmode", "disable"},
                                                              {"gssencmode", "disable"},
                                                              {"client_encoding", "UTF8"}};
    if (!login_.password.empty()) words.emplace_back("password", login_.password.c_str());
    std::vector<const char*> names, values;
    for (const auto& [name, value] : words) {
      names.push_back(name);
      values.push_back(value);
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    pq_ = PQconnectStartParams(names.data(), values.data(), 0);
  }

  // Spaces end an option there unless they are escaped.
  std::string escaped_isolation() const {
    std::string out;
    for (const char c : settings_.isolation) out += c == ' ' ? "\\ " : std::string(1, c);
    return out;
  }

  void wait(Descriptor::wait_type what, Step step) {
    if (const int socket = PQsocket(pq_); !socket_.is_open() || socket_.native_handle() != socket) {
      if (socket_.is_open()) socket_.release();
      socket_.assign(socket);
    }
    socket_.async_wait(what, [self = self(), step](Error error) {
      if (error == asio::error::operation_aborted || self->pq_ == nullptr) return;
      (self.get()->*step)();
    });
  }

  void go_on_opening() {
    switch (PQconnectPoll(pq_)) {
      case PGRES_POLLING_READING:
        return wait(Descriptor::wait_read, &PqConnection::go_on_opening);
      case PGRES_POLLING_WRITING:
        return wait(Descriptor::wait_write, &PqConnection::go_on_opening);
      case PGRES_POLLING_OK:
        break;
      default:
        return refused();
    }
    patience_.cancel();
    if (std::string why = version_trouble(text_of(server_), PQserverVersion(pq_)); !why.empty())
      return tell_opened(std::move(why));
    PQsetnonblocking(pq_, 1);
    open_ = true;
    std::exchange(opened_, nullptr)("");
  }

  void refused() {
    tell_opened(connection_trouble(text_of(server_), pq_ == nullptr ? "no memory" : PQerrorMessage(pq_)));
  }

  void tell_opened(std::string trouble) {
    Opened opened = std::exchange(opened_, nullptr);
    close();
    if (opened) opened(std::move(trouble));
  }

  void begin(Answered answered) {
    ASSAY_ASSERT(open_ && !answered_);
    answered_ = std::move(answered);
    answer_ = {};
  }

  bool send_prepared() {
    std::array<const char*, 4> values{};
    ASSAY_ASSERT(statement_.parameters.size() <= values.size());
    for (std::size_t i = 0; i < statement_.parameters.size(); ++i)
      values[i] = statement_.parameters[i].c_str();
    return PQsendQueryPrepared(pq_, sql_name(statement_.sql), static_cast<int>(statement_.parameters.size()),
                               values.data(), nullptr, nullptr, 0) == 1;
  }

  // Nearly always the kernel takes all of it at once.
  void flush() {
    if (PQflush(pq_) == 1) return wait(Descriptor::wait_write, &PqConnection::flush);
    wait(Descriptor::wait_read, &PqConnection::receive);
  }

  void receive() {
    if (PQconsumeInput(pq_) == 0) return lost();
    while (PQisBusy(pq_) == 0) {
      PGresult* result = PQgetResult(pq_);
      if (result == nullptr) return finish();
      take(result);
      PQclear(result);
    }
    wait(Descriptor::wait_read, &PqConnection::receive);
  }

  void take(const PGresult* result) {
    switch (PQresultStatus(result)) {
      case PGRES_TUPLES_OK:
        answer_.rows.rows = rows_of(result);
        break;
      case PGRES_COMMAND_OK:
        answer_.tag = PQcmdStatus(const_cast<PGresult*>(result));
        answer_.rows.changed = number_of(PQcmdTuples(const_cast<PGresult*>(result)));
        break;
      default:
        // What came first says why; that the connection is gone then follows from it.
        if (!answer_.error) answer_.error = trouble_of(result);
    }
  }

  // The server is ready again, or the connection is gone.
  void finish() {
    if (PQstatus(pq_) != CONNECTION_OK) return lost();
    if (std::exchange(preparing_, false) && !answer_.error) {
      prepared_[static_cast<std::size_t>(statement_.sql)] = true;
      answer_ = {};
      return send_prepared() ? flush() : lost();
    }
    std::exchange(answered_, nullptr)(std::move(answer_));
  }

  void lost() {
    if (!answer_.error) {
      const std::string why = first_line_of(PQerrorMessage(pq_));
      answer_.error = Trouble{"", "connection lost" + (why.empty() ? "" : ": " + why)};
    }
    answer_.lost = true;
    Answered answered = std::exchange(answered_, nullptr);
    close();
    if (answered) answered(std::move(answer_));
  }

  static void noticed(void* self, const PGresult* result) {
    if (field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED) != "WARNING") return;
    static_cast<PqConnection*>(self)->answer_.warning = trouble_of(result);
  }

  const Server server_;
  const Login login_;
  const SessionSettings settings_;
  Descriptor socket_;  // libpq's; it closes it
  asio::steady_timer patience_;
  PGconn* pq_ = nullptr;
  bool open_ = false;
  Opened opened_;

  std::array<bool, sql::kSqlCount> prepared_{};
  bool preparing_ = false;
  Statement statement_;
  Answer answer_;
  Answered answered_;
};

}  // namespace

std::string text_of(const Server& server) {
  const bool colons = server.address.find(':') != std::string::npos;
  return (colons ? "[" + server.address + "]" : server.address) + ":" + std::to_string(server.port);
}

std::shared_ptr<Connection> Connection::make(asio::io_context& io, Server server, Login login,
                                             SessionSettings settings) {
  return std::make_shared<PqConnection>(io, std::move(server), std::move(login), std::move(settings));
}

}  // namespace assay::postgres
