// redis_load: what refdb-load does to refdb, done to Redis: closed-loop writes (SET, and with --wait N also WAIT N) or reads (GET)
// of so many clients at once, how many a second and how long they took. One thread, a connection a client, no pipelining but
// that WAIT travels with its SET.
//
//   redis_load --node 10.0.0.1:6379 --clients 50 --seconds 10 --wait 1
//
// Prints one JSON object. Exit codes: 0, 254 bad arguments, 255 nothing was answered.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/error.h"

namespace assay::peers {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Load {
  std::string node;
  std::int64_t clients = 50;
  std::int64_t seconds = 10;
  std::int64_t keys = 1'000;
  std::int64_t value_size_bytes = 256;
  std::int64_t wait = 0;
  bool reads = false;
};

struct Figures {
  std::vector<std::int64_t> latencies_nanos;
  std::int64_t failed = 0;
};

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// One client and its loop.
class Caller {
 public:
  Caller(asio::io_context& io, const Tcp::endpoint& endpoint, const Load& load, std::int64_t number,
         Clock::time_point begin, Clock::time_point end, Figures& figures)
      : load_(load), begin_(begin), end_(end), next_(number), figures_(figures), socket_(io) {
    socket_.connect(endpoint);
    socket_.set_option(Tcp::no_delay(true));
  }

  void next() {
    sent_ = Clock::now();
    if (sent_ >= end_) return;
    next_ += load_.clients;
    const std::string key = bulk(std::to_string(next_ % load_.keys + 10'000'000));
    request_ = load_.reads ? "*2\r\n" + bulk("GET") + key
                           : "*3\r\n" + bulk("SET") + key +
                                 bulk(std::string(static_cast<std::size_t>(load_.value_size_bytes), 'x'));
    if (load_.wait > 0) request_ += "*3\r\n" + bulk("WAIT") + bulk(std::to_string(load_.wait)) + bulk("5000");
    answers_left_ = load_.wait > 0 ? 2 : 1;
    good_ = true;
    asio::async_write(socket_, asio::buffer(request_), [this](boost::system::error_code error, std::size_t) {
      if (!error) read_answer();
    });
  }

 private:
  void read_answer() {
    asio::async_read_until(socket_, asio::dynamic_buffer(received_), "\r\n",
                           [this](boost::system::error_code error, std::size_t size) {
                             if (!error) line(size);
                           });
  }

  // +OK, -error, :number, or $length and so many bytes more.
  void line(std::size_t size) {
    const std::string text = received_.substr(0, size - 2);
    received_.erase(0, size);
    if (text[0] == '-' || (text[0] == ':' && std::stoll(text.substr(1)) < load_.wait)) good_ = false;
    const std::int64_t length = text[0] == '$' ? std::stoll(text.substr(1)) : -1;
    if (length < 0) return answered();
    const std::size_t wanted = static_cast<std::size_t>(length) + 2;
    if (received_.size() >= wanted) return body(wanted);
    asio::async_read(socket_, asio::dynamic_buffer(received_),
                     asio::transfer_exactly(wanted - received_.size()),
                     [this, wanted](boost::system::error_code error, std::size_t) {
                       if (!error) body(wanted);
                     });
  }

  void body(std::size_t size) {
    received_.erase(0, size);
    answered();
  }

  void answered() {
    if (--answers_left_ > 0) return read_answer();
    const auto now = Clock::now();
    if (sent_ >= begin_ && good_)
      figures_.latencies_nanos.push_back((now - sent_) / std::chrono::nanoseconds(1));
    if (sent_ >= begin_ && !good_) ++figures_.failed;
    next();
  }

  const Load& load_;
  const Clock::time_point begin_, end_;
  std::int64_t next_;
  Figures& figures_;
  Tcp::socket socket_;
  std::string request_, received_;
  int answers_left_ = 0;
  bool good_ = true;
  Clock::time_point sent_;
};

Tcp::endpoint endpoint_of(const std::string& node) {
  const std::size_t colon = node.rfind(':');
  boost::system::error_code error;
  const auto address = asio::ip::make_address(node.substr(0, colon), error);
  if (colon == std::string::npos || error)
    throw InputError("--node " + node + ": expected an address like 10.0.0.1:6379");
  return {address, static_cast<std::uint16_t>(std::stoi(node.substr(colon + 1)))};
}

void drive(const Load& load) {
  asio::io_context io(1);
  Figures figures;
  const auto begin = Clock::now() + std::chrono::seconds(1), end = begin + std::chrono::seconds(load.seconds);
  std::vector<std::unique_ptr<Caller>> callers;
  for (std::int64_t i = 0; i < load.clients; ++i) {
    callers.push_back(std::make_unique<Caller>(io, endpoint_of(load.node), load, i, begin, end, figures));
    callers.back()->next();
  }
  while (Clock::now() < end) io.run_one_for(std::chrono::milliseconds(100));
  auto& sorted = figures.latencies_nanos;
  if (sorted.empty()) throw HarnessError("no operation was answered");
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](std::size_t per_mille) {
    return static_cast<double>(sorted[std::min(sorted.size() - 1, sorted.size() * per_mille / 1'000)]) / 1e6;
  };
  std::printf(
      "{\"clients\": %lld, \"seconds\": %lld, \"ok\": %zu, \"fail\": %lld, \"per_second\": %.0f, \"p50_ms\": "
      "%.3f, "
      "\"p99_ms\": %.3f}\n",
      static_cast<long long>(load.clients), static_cast<long long>(load.seconds), sorted.size(),
      static_cast<long long>(figures.failed),
      static_cast<double>(sorted.size()) / static_cast<double>(load.seconds), at(500), at(990));
}

int run(int argument_count, char** arguments) {
  CLI::App app("redis_load: closed-loop requests to Redis");
  Load load;
  app.add_option("--node", load.node, "Address of the primary")->required();
  app.add_option("--clients", load.clients, "Clients at once")->check(CLI::Range(1, 100'000));
  app.add_option("--seconds", load.seconds, "Measured time, after one second of warm-up")
      ->check(CLI::Range(1, 86'400));
  app.add_option("--keys", load.keys, "Keys to use")->check(CLI::Range(1, 100'000'000));
  app.add_option("--value-size", load.value_size_bytes, "Bytes of a value")->check(CLI::Range(1, 1'000'000));
  app.add_option("--wait", load.wait, "Replicas that must have each write before the next")
      ->check(CLI::Range(0, 100));
  app.add_flag("--reads", load.reads, "Read instead of writing");
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    throw InputError(std::string(error.what()) + " (see redis_load --help)");
  }
  drive(load);
  return kExitValid;
}

}  // namespace
}  // namespace assay::peers

int main(int argument_count, char** arguments) {
  try {
    return assay::peers::run(argument_count, arguments);
  } catch (const assay::InputError& error) {
    std::fprintf(stderr, "redis_load: %s\n", error.what());
    return assay::kExitBadInput;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "redis_load: %s\n", error.what());
    return assay::kExitHarness;
  }
}
