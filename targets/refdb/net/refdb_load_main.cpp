// refdb-load: writes through so many clients of refdb at once, closed loop (each client sends its next write when it has
// the answer), and says how many a second and how long they took. For comparisons; says nothing about correctness.
//
//   refdb-load --node 10.0.0.1:7000 --node 10.0.0.2:7000 --node 10.0.0.3:7000 --clients 50 --seconds 10
//   refdb-load --node 10.0.0.1:7000 ... --mode raft --option reads=local --reads
//
// Prints one JSON object. Exit codes: 0, 254 bad arguments, 255 no write was answered.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "targets/refdb/client/client_logic.h"
#include "targets/refdb/net/asio_client.h"
#include "targets/refdb/net/clock.h"
#include "targets/refdb/protocols/protocols.h"

namespace assay::refdb {
namespace {

struct Load {
  std::string mode = "raft";
  std::vector<std::string> option_texts;
  const ProtocolPlugin* protocol = nullptr;
  Options options;
  std::vector<std::string> nodes;
  std::int64_t clients = 50;
  std::int64_t seconds = 10;
  std::int64_t keys = 1'000;
  std::int64_t value_size_bytes = 0;
  bool reads = false;
};

struct Figures {
  std::vector<Nanos> latencies;
  std::int64_t failed = 0;
  std::int64_t unknown = 0;
};

// One client and its loop.
class Writer {
 public:
  Writer(boost::asio::io_context& io, const Load& load, std::int64_t number, Nanos begin, Nanos end,
         Figures& figures)
      : load_(load),
        begin_(begin),
        end_(end),
        next_(number),
        figures_(figures),
        client_(io, load.nodes, load.protocol->make_client(config(load, number))) {}

  void next() {
    const Nanos now = monotonic_now();
    if (now >= end_) return;
    next_ += load_.clients;
    const Value value = load_.value_size_bytes == 0
                            ? Value(next_)
                            : Value::text(std::string(static_cast<std::size_t>(load_.value_size_bytes), 'x'));
    Mop mop;
    mop.fn = load_.reads ? Fn::read : Fn::write;
    mop.key = next_ % load_.keys;
    if (!load_.reads) mop.argument = value;
    client_.invoke({mop}, 5 * kSecond, [this, now](const Completion& completion) {
      if (now >= begin_) count(completion.outcome, monotonic_now() - now);
      next();
    });
  }

 private:
  static ClientConfig config(const Load& load, std::int64_t number) {
    ClientConfig config;
    config.cluster_size = static_cast<PeerId>(load.nodes.size());
    config.first_node = static_cast<PeerId>(static_cast<std::size_t>(number) % load.nodes.size());
    config.options = load.options;
    config.client_id = static_cast<std::uint64_t>(wall_now()) + static_cast<std::uint64_t>(number);
    config.seed = config.client_id;
    return config;
  }

  void count(Outcome outcome, Nanos latency) {
    if (outcome == Outcome::ok) figures_.latencies.push_back(latency);
    if (outcome == Outcome::fail) figures_.failed += 1;
    if (outcome == Outcome::info) figures_.unknown += 1;
  }

  const Load& load_;
  const Nanos begin_, end_;
  std::int64_t next_;
  Figures& figures_;
  AsioClient client_;
};

double milliseconds_at(const std::vector<Nanos>& sorted, std::size_t per_mille) {
  return static_cast<double>(sorted[std::min(sorted.size() - 1, sorted.size() * per_mille / 1'000)]) / 1e6;
}

void drive(const Load& load) {
  boost::asio::io_context io(1);
  Figures figures;
  // The first second (finding the leader, filling caches) is not counted.
  const Nanos begin = monotonic_now() + kSecond, end = begin + load.seconds * kSecond;
  std::vector<std::unique_ptr<Writer>> writers;
  for (std::int64_t i = 0; i < load.clients; ++i) {
    writers.push_back(std::make_unique<Writer>(io, load, i, begin, end, figures));
    writers.back()->next();
  }
  // Pending reads keep the context busy, so it is not run until it is idle.
  while (monotonic_now() < end) io.run_one_for(std::chrono::milliseconds(100));
  std::vector<Nanos>& sorted = figures.latencies;
  if (sorted.empty()) throw HarnessError("no operation was answered");
  std::sort(sorted.begin(), sorted.end());
  std::printf(
      "{\"operation\": \"%s\", \"clients\": %lld, \"seconds\": %lld, \"ok\": %zu, \"fail\": %lld, \"info\": "
      "%lld, "
      "\"per_second\": %.0f, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, "
      "\"max_ms\": %.3f}\n",
      load.reads ? "read" : "write", static_cast<long long>(load.clients),
      static_cast<long long>(load.seconds), sorted.size(), static_cast<long long>(figures.failed),
      static_cast<long long>(figures.unknown),
      static_cast<double>(sorted.size()) / static_cast<double>(load.seconds), milliseconds_at(sorted, 500),
      milliseconds_at(sorted, 900), milliseconds_at(sorted, 990), milliseconds_at(sorted, 999),
      static_cast<double>(sorted.back()) / 1e6);
}

void choose_mode(Load& load) {
  load.protocol = find_protocol(load.mode);
  if (load.protocol == nullptr) throw InputError("--mode " + load.mode + ": refdb has no such mode");
  Facts given;
  for (const std::string& text : load.option_texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) throw InputError("--option " + text + ": expected name=value");
    given.push_back({text.substr(0, equals), Value::text(text.substr(equals + 1))});
  }
  try {
    load.options = make_options(*load.protocol, given, static_cast<int>(load.nodes.size()));
  } catch (const std::invalid_argument& error) {
    throw InputError(std::string("--option: ") + error.what());
  }
}

int run(int argument_count, char** arguments) {
  CLI::App app("refdb-load: closed-loop writes to a refdb cluster");
  Load load;
  app.add_option("--node", load.nodes, "Address of a node, in the order of the cluster's peers")->required();
  app.add_option("--clients", load.clients, "Clients at once")->check(CLI::Range(1, 100'000));
  app.add_option("--seconds", load.seconds, "Measured time, after one second of warm-up")
      ->check(CLI::Range(1, 86'400));
  app.add_option("--keys", load.keys, "Keys to write to")->check(CLI::Range(1, 100'000'000));
  app.add_option("--value-size", load.value_size_bytes, "Bytes of a value; 0: an integer")
      ->check(CLI::Range(0, 1'000'000));
  app.add_flag("--reads", load.reads, "Read instead of writing");
  app.add_option("--mode", load.mode, "Mode of the nodes")->capture_default_str();
  app.add_option("--option", load.option_texts, "Option of the mode that concerns clients: name=value");
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    throw InputError(std::string(error.what()) + " (see refdb-load --help)");
  }
  choose_mode(load);
  drive(load);
  return kExitValid;
}

}  // namespace
}  // namespace assay::refdb

int main(int argument_count, char** arguments) {
  try {
    return assay::refdb::run(argument_count, arguments);
  } catch (const assay::InputError& error) {
    std::fprintf(stderr, "refdb-load: %s\n", error.what());
    return assay::kExitBadInput;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "refdb-load: %s\n", error.what());
    return assay::kExitHarness;
  }
}
