// etcd_load: what refdb-load does to refdb, done to etcd over gRPC, its own protocol: closed-loop writes of so many
// clients at once, how many a second and how long they took. One thread, like refdb-load. All clients write to the
// leader, which spares etcd the forwarding from a follower.
//
//   etcd_load --node 10.0.0.1:2379 --node 10.0.0.2:2379 --node 10.0.0.3:2379 --clients 50 --seconds 10
//
// Prints one JSON object. Exit codes: 0, 254 bad arguments, 255 no leader, or no write was answered.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "etcd.grpc.pb.h"
#include "harness/core/error.h"

namespace assay::peers {
namespace {

using Clock = std::chrono::steady_clock;

struct Load {
  std::vector<std::string> nodes;
  std::int64_t clients = 50;
  std::int64_t connections = 50;
  std::int64_t seconds = 10;
  std::int64_t keys = 1'000;
  std::int64_t value_size_bytes = 256;
};

struct Figures {
  std::vector<std::int64_t> latencies_nanos;
  std::int64_t failed = 0;
};

// `own` makes it a TCP connection of its own; gRPC shares one among all channels to an address otherwise.
std::shared_ptr<grpc::Channel> connect_to(const std::string& node, bool own) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, own ? 1 : 0);
  return grpc::CreateCustomChannel(node, grpc::InsecureChannelCredentials(), arguments);
}

// refdb-load's patience.
gpr_timespec in_five_seconds() {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(5, GPR_TIMESPAN));
}

// One client and its loop. Its address is the tag of its call in the completion queue.
class Writer {
 public:
  Writer(const Load& load, std::int64_t number, const std::shared_ptr<grpc::Channel>& channel,
         grpc::CompletionQueue& queue, Figures& figures)
      : load_(load),
        next_(number),
        figures_(figures),
        queue_(queue),
        stub_(etcdserverpb::KV::NewStub(channel)) {
    request_.set_value(std::string(static_cast<std::size_t>(load.value_size_bytes), 'x'));
  }

  void send() {
    next_ += load_.clients;
    char key[32];
    std::snprintf(key, sizeof key, "%08lld", static_cast<long long>(next_ % load_.keys));
    request_.set_key(key);
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(in_five_seconds());
    sent_ = Clock::now();
    call_ = stub_->AsyncPut(context_.get(), request_, &queue_);
    call_->Finish(&response_, &status_, this);
  }

  void answered(Clock::time_point begin) {
    if (sent_ < begin) return;
    if (status_.ok())
      figures_.latencies_nanos.push_back(std::chrono::nanoseconds(Clock::now() - sent_).count());
    else
      figures_.failed += 1;
  }

 private:
  const Load& load_;
  std::int64_t next_;
  Figures& figures_;
  grpc::CompletionQueue& queue_;
  std::unique_ptr<etcdserverpb::KV::Stub> stub_;
  etcdserverpb::PutRequest request_;
  etcdserverpb::PutResponse response_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<etcdserverpb::PutResponse>> call_;
  Clock::time_point sent_;
};

std::string leader_of(const std::vector<std::string>& nodes) {
  for (const std::string& node : nodes) {
    const auto stub = etcdserverpb::Maintenance::NewStub(connect_to(node, false));
    grpc::ClientContext context;
    context.set_deadline(in_five_seconds());
    etcdserverpb::StatusResponse response;
    if (!stub->Status(&context, {}, &response).ok()) continue;
    if (response.leader() != 0 && response.leader() == response.header().member_id()) return node;
  }
  throw HarnessError("none of the nodes says that it is the leader");
}

double milliseconds_at(const std::vector<std::int64_t>& sorted, std::size_t per_mille) {
  return static_cast<double>(sorted[std::min(sorted.size() - 1, sorted.size() * per_mille / 1'000)]) / 1e6;
}

void print(const Load& load, std::vector<std::int64_t> sorted, std::int64_t failed) {
  std::sort(sorted.begin(), sorted.end());
  std::printf(
      "{\"operation\": \"write\", \"clients\": %lld, \"connections\": %lld, \"seconds\": %lld, \"ok\": %zu, "
      "\"fail\": %lld, \"per_second\": %.0f, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, "
      "\"p999_ms\": %.3f, \"max_ms\": %.3f}\n",
      static_cast<long long>(load.clients), static_cast<long long>(load.connections),
      static_cast<long long>(load.seconds), sorted.size(), static_cast<long long>(failed),
      static_cast<double>(sorted.size()) / static_cast<double>(load.seconds), milliseconds_at(sorted, 500),
      milliseconds_at(sorted, 900), milliseconds_at(sorted, 990), milliseconds_at(sorted, 999),
      static_cast<double>(sorted.back()) / 1e6);
}

void drive(const Load& load) {
  const std::string leader = leader_of(load.nodes);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (std::int64_t i = 0; i < load.connections; ++i) channels.push_back(connect_to(leader, true));
  grpc::CompletionQueue queue;
  Figures figures;
  std::vector<std::unique_ptr<Writer>> writers;
  for (std::int64_t i = 0; i < load.clients; ++i) {
    const auto& channel = channels[static_cast<std::size_t>(i % load.connections)];
    writers.push_back(std::make_unique<Writer>(load, i, channel, queue, figures));
  }
  // The first second (connecting, filling caches) is not counted.
  const Clock::time_point begin = Clock::now() + std::chrono::seconds(1);
  const Clock::time_point end = begin + std::chrono::seconds(load.seconds);
  for (const auto& writer : writers) writer->send();
  std::size_t in_flight = writers.size();
  void* tag = nullptr;
  bool fine = false;
  while (in_flight > 0 && queue.Next(&tag, &fine)) {
    auto* const writer = static_cast<Writer*>(tag);
    // What is answered after the end is not counted, as in refdb-load.
    if (Clock::now() >= end) {
      in_flight -= 1;
      continue;
    }
    writer->answered(begin);
    writer->send();
  }
  queue.Shutdown();
  if (figures.latencies_nanos.empty()) throw HarnessError("no write was answered");
  print(load, std::move(figures.latencies_nanos), figures.failed);
}

int run(int argument_count, char** arguments) {
  CLI::App app("etcd_load: closed-loop writes to an etcd cluster");
  Load load;
  app.add_option("--node", load.nodes, "Client address of a node")->required();
  app.add_option("--clients", load.clients, "Clients at once")->check(CLI::Range(1, 100'000));
  app.add_option("--connections", load.connections, "Connections that the clients share")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--seconds", load.seconds, "Measured time, after one second of warm-up")
      ->check(CLI::Range(1, 86'400));
  app.add_option("--keys", load.keys, "Keys to write to")->check(CLI::Range(1, 100'000'000));
  app.add_option("--value-size", load.value_size_bytes, "Bytes of a value")->check(CLI::Range(0, 1'000'000));
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    throw InputError(std::string(error.what()) + " (see etcd_load --help)");
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
    std::fprintf(stderr, "etcd_load: %s\n", error.what());
    return assay::kExitBadInput;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "etcd_load: %s\n", error.what());
    return assay::kExitHarness;
  }
}
