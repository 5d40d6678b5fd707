#include "targets/described/conformance.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <filesystem>
#include <istream>
#include <optional>

#include "harness/core/error.h"
#include "targets/described/notation/choice.h"
#include "targets/described/notation/messages.h"
#include "targets/described/notation/template.h"
#include "targets/described/start_program.h"

namespace assay::described {

namespace {

namespace asio = boost::asio;
namespace process = boost::process;
using asio::ip::tcp;

constexpr auto kPatience = std::chrono::seconds(10);

// A program at the other end of two pipes, asked one line at a time.
class LineTalker {
 public:
  LineTalker(const std::vector<std::string>& command, const std::string& folder)
      : to_(io_), from_(io_), child_(start_program({command, folder}, to_, from_, nullptr)) {}
  ~LineTalker() { end_program(child_); }
  LineTalker(const LineTalker&) = delete;
  LineTalker& operator=(const LineTalker&) = delete;

  // What it answers within the patience; nothing when it does not, or ended.
  std::optional<std::string> ask(const std::string& line) {
    boost::system::error_code ignored;
    asio::write(to_, asio::buffer(line), ignored);
    bool heard = false;
    asio::async_read_until(from_, lines_, '\n',
                           [&heard](const boost::system::error_code& error, std::size_t) { heard = !error; });
    io_.restart();
    io_.run_for(kPatience);
    if (!heard) {
      from_.cancel();
      io_.restart();
      io_.run_for(kPatience);
      return std::nullopt;
    }
    std::istream stream(&lines_);
    std::string answer;
    std::getline(stream, answer);
    return answer;
  }

  // Its standard output ends with it.
  bool ends_without_input() {
    to_.close();
    bool ended = false;
    asio::async_read_until(
        from_, lines_, '\n',
        [&ended](const boost::system::error_code& error, std::size_t) { ended = error == asio::error::eof; });
    io_.restart();
    io_.run_for(kPatience);
    from_.cancel();
    io_.restart();
    io_.run_for(kPatience);
    return ended;
  }

 private:
  asio::io_context io_;
  process::async_pipe to_, from_;
  process::child child_;
  asio::streambuf lines_;
};

// A port that is taken, and where nobody listens.
class SilentPort {
 public:
  SilentPort() : acceptor_(io_, tcp::v4()) { acceptor_.bind({asio::ip::address_v4::loopback(), 0}); }
  std::uint16_t number() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
};

Value sample_argument(Fn fn) {
  switch (fn) {
    case Fn::cas:
      return Value::pair(1, 2);
    case Fn::insert:
      return Value::pair(0, Value::text("a"));
    case Fn::erase:
      return Value::pair(0, 1);
    case Fn::read:
    case Fn::dequeue:
    case Fn::pop:
    case Fn::acquire:
    case Fn::generate:
    case Fn::poll:
    case Fn::backup:
      return {};
    default:
      return 1;
  }
}

Request sample(const std::string& operation) {
  if (operation == "transaction") return {{Fn::read, 1, {}, {}}, {Fn::read, 2, {}, {}}};
  const Fn fn = *fn_from_name(operation);
  return {{fn, 1, sample_argument(fn), {}}};
}

// Nothing is there to do it, so it can't be ok.
Step try_operation(LineTalker& talker, std::int64_t id, const std::string& operation,
                   const std::vector<DefiniteError>& definite) {
  Step step{"without a database, " + operation + " is answered with \"fail\" or \"info\"", false, {}};
  const Request request = sample(operation);
  const auto line = talker.ask(request_line(id, request));
  if (!line) {
    step.detail = "no answer";
    return step;
  }
  const auto answer = parse_answer(*line, id, request, definite);
  if (const auto* complaint = std::get_if<std::string>(&answer)) {
    step.detail = "it wrote " + *line + "; " + *complaint;
    return step;
  }
  const Completion& completion = std::get<Completion>(answer);
  step.kept = completion.outcome != Outcome::ok;
  step.detail = std::string(outcome_name(completion.outcome)) +
                (completion.error.empty() ? "" : ": " + completion.error);
  return step;
}

std::string unknown_line(std::int64_t id) {
  return "{\"id\":" + std::to_string(id) + ",\"op\":\"no-such-operation\",\"key\":1}\n";
}

Step try_unknown(LineTalker& talker, std::int64_t id) {
  Step step{"an operation that it does not know is answered with \"fail\"", false, {}};
  const auto line = talker.ask(unknown_line(id));
  const auto answer = parse_answer(line.value_or(""), id, {{}});
  const auto* completion = std::get_if<Completion>(&answer);
  step.kept = completion != nullptr && completion->outcome == Outcome::fail;
  step.detail = line ? "it wrote " + *line : "no answer";
  return step;
}

}  // namespace

std::vector<Step> try_client(const Description& description) {
  if (description.built_in_client)
    throw InputError(description.path + ": client: it is built in; only programs are tried");
  std::vector<Step> steps;
  const SilentPort port;
  Greeting greeting{"n1", 0, port.number(), {}, {}};
  for (std::int64_t i = 1; i <= description.nodes_least; ++i)
    greeting.nodes.push_back({"n" + std::to_string(i), "127.0.0.1", "/nowhere", "/nowhere"});
  greeting.options = usual_options(description, mode_names(description).front());
  const Names names = names_of(description, greeting.nodes, 0, greeting.options);
  LineTalker talker(filled(description.client, names, description.path + ": client.start"),
                    std::filesystem::path(description.path).parent_path().string());

  const auto line = talker.ask(greeting_line(greeting));
  const auto hello = parse_hello(line.value_or(""));
  const auto* offered = std::get_if<Hello>(&hello);
  steps.push_back({"it answers the greeting, and says what it can do", offered != nullptr, {}});
  if (offered == nullptr) {
    steps.back().detail = line ? "it wrote " + *line + "; " + std::get<std::string>(hello) : "no answer";
    return steps;
  }
  for (const std::string& operation : offered->operations)
    steps.back().detail += (steps.back().detail.empty() ? "" : ", ") + operation;
  std::int64_t id = 0;
  for (const std::string& operation : offered->operations) {
    steps.push_back(try_operation(talker, ++id, operation, description.errors));
    if (steps.back().detail == "no answer") return steps;
  }
  steps.push_back(try_unknown(talker, ++id));
  steps.push_back({"it ends when its standard input does", talker.ends_without_input(), {}});
  return steps;
}

}  // namespace assay::described
