#include "targets/described/client_program.h"

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <istream>
#include <utility>

#include "harness/core/error.h"
#include "targets/described/start_program.h"

namespace assay::described {

namespace asio = boost::asio;
namespace process = boost::process;
using Error = boost::system::error_code;

namespace {

constexpr std::size_t kLineMax = 1 << 20;

}  // namespace

// Handlers hold it, so that it lives until the last of them ran.
class ClientProgram::Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(asio::io_context& io, const std::vector<std::string>& command, const std::string& folder,
               const Greeting& greeting, std::vector<DefiniteError> definite)
      : name_(command.at(0)),
        definite_(std::move(definite)),
        to_(io),
        from_(io),
        complaints_(io),
        lines_(kLineMax),
        said_(kLineMax),
        out_(greeting_line(greeting)) {
    child_ = start_program({command, folder}, to_, from_, &complaints_);
  }

  void begin() {
    listen();
    listen_to_complaints();
    write();
  }

  void close() {
    closed_ = true;
    reply_ = nullptr;
    Error ignored;
    to_.close(ignored);
    from_.close(ignored);
    complaints_.close(ignored);
    end_program(child_);
  }

  void invoke(const Request& request, Client::Reply reply) {
    request_ = request;
    reply_ = std::move(reply);
    if (greeted_) ask();
  }

 private:
  void ask() {
    std::string refusal = not_offered(hello_, request_);
    if (!refusal.empty()) {
      return asio::post(to_.get_executor(), [self = shared_from_this(), refusal = std::move(refusal)] {
        self->answer({Outcome::fail, {}, refusal, kNoNode});
      });
    }
    out_ += request_line(++id_, request_);
    if (!writing_) write();
  }

  void write() {
    writing_ = true;
    under_way_ = std::exchange(out_, {});
    asio::async_write(to_, asio::buffer(under_way_), [self = shared_from_this()](Error error, std::size_t) {
      self->writing_ = false;
      if (self->closed_ || error) return;  // that it ended, the other direction tells
      if (!self->out_.empty()) self->write();
    });
  }

  void listen() {
    asio::async_read_until(from_, lines_, '\n', [self = shared_from_this()](Error error, std::size_t) {
      if (self->closed_) return;
      if (error) return self->ended(error);
      std::istream stream(&self->lines_);
      std::string line;
      std::getline(stream, line);
      self->take(line);
      if (!self->closed_) self->listen();
    });
  }

  void take(const std::string& line) {
    if (!greeted_) {
      auto hello = parse_hello(line);
      if (const auto* complaint = std::get_if<std::string>(&hello)) return misunderstood(line, *complaint);
      hello_ = std::get<Hello>(std::move(hello));
      greeted_ = true;
      if (reply_) ask();
      return;
    }
    if (!reply_) return misunderstood(line, "nothing was asked");
    auto completion = parse_answer(line, id_, request_, definite_);
    if (const auto* complaint = std::get_if<std::string>(&completion)) return misunderstood(line, *complaint);
    answer(std::get<Completion>(std::move(completion)));
  }

  // What it complains of is read all the time, so that it never waits for somebody to read it; the last line is kept.
  void listen_to_complaints() {
    asio::async_read_until(complaints_, said_, '\n', [self = shared_from_this()](Error error, std::size_t) {
      if (self->closed_) return;
      std::istream stream(&self->said_);
      std::string line;
      while (std::getline(stream, line)) {
        if (line.find_first_not_of(" \r\t") != std::string::npos) self->complaint_ = line;
      }
      if (error) {
        self->complained_ = true;
        if (self->ended_) self->give_up();
        return;
      }
      self->listen_to_complaints();
    });
  }

  // The reason is on its standard error, which may be read a moment later.
  void ended(const Error& error) {
    ended_ = true;
    why_ = error == asio::error::not_found ? "writes lines of more than a megabyte" : "ended by itself";
    if (complained_ || error == asio::error::not_found) give_up();
  }

  [[noreturn]] void give_up() {
    close();
    throw HarnessError("the client's program " + name_ + " " + why_ +
                       (complaint_.empty() ? "" : "; it said: " + complaint_));
  }

  void misunderstood(const std::string& line, const std::string& complaint) {
    const std::string shown = line.size() > 200 ? line.substr(0, 200) + "..." : line;
    why_ = "does not keep to the protocol: it wrote " + shown + "; " + complaint;
    give_up();
  }

  void answer(Completion completion) {
    if (Client::Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  const std::string name_;
  const std::vector<DefiniteError> definite_;
  process::async_pipe to_, from_, complaints_;
  process::child child_;
  asio::streambuf lines_, said_;
  std::string out_, under_way_;
  bool writing_ = false, greeted_ = false, closed_ = false, ended_ = false, complained_ = false;
  std::string why_, complaint_;
  Hello hello_;

  std::int64_t id_ = 0;
  Request request_;
  Client::Reply reply_;
};

ClientProgram::ClientProgram(asio::io_context& io, const std::vector<std::string>& command,
                             const std::string& folder, const Greeting& greeting,
                             std::vector<DefiniteError> definite)
    : conversation_(std::make_shared<Conversation>(io, command, folder, greeting, std::move(definite))) {
  conversation_->begin();
}

ClientProgram::~ClientProgram() { conversation_->close(); }

void ClientProgram::invoke(const Request& request, Nanos, Reply reply) {
  conversation_->invoke(request, std::move(reply));
}

}  // namespace assay::described
