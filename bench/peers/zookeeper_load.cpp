// zookeeper_load: writes of many sessions of ZooKeeper, each with one request under way, by its C library alone: what `assay run` can
// at most come to with that library. load_gen, which comes with the library, has one session with thousands of requests.
//
//   zookeeper_load --server 127.0.0.1:2181 --sessions 100 --seconds 5 --records 1000 --value-size 6
//
// Makes the records below /load, writes them in turns, and prints how many writes a second were acknowledged. Exit codes: 0, 254 bad
// arguments, 255 no session, or nothing was answered.
#define THREADED  // with the calls that wait
#include <zookeeper/zookeeper.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

namespace assay::peers {
namespace {

struct Load {
  std::string server;
  int sessions = 100;
  int seconds = 5;
  int records = 1000;
  int value_size = 6;
};

std::string path_of(int record) { return "/load/" + std::to_string(record); }

// Callbacks come on threads of the library, two for each session.
class Writer {
 public:
  Writer(const Load& load, int number) : load_(load), record_(number), value_(load.value_size, 'x') {
    handle_ = zookeeper_init(load.server.c_str(), connected, 10'000, nullptr, this, 0);
    // As `assay` has it: the server's name is not looked up again and again.
    if (handle_ != nullptr) zoo_set_servers_resolution_delay(handle_, -1);
  }
  ~Writer() {
    if (handle_ != nullptr) zookeeper_close(handle_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  bool await_session() { return handle_ != nullptr && ready_.try_acquire_for(std::chrono::seconds(10)); }
  void make_records() {
    zoo_create(handle_, "/load", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, nullptr, 0);
    for (int record = 0; record < load_.records; ++record)
      zoo_create(handle_, path_of(record).c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, nullptr, 0);
  }
  void next() {
    record_ = (record_ + load_.sessions) % load_.records;
    const int size = static_cast<int>(value_.size());
    if (zoo_aset(handle_, path_of(record_).c_str(), value_.data(), size, -1, written, this) != ZOK) ++failed;
  }

  std::atomic<bool> over = false;
  std::atomic<std::int64_t> acknowledged = 0, failed = 0;

 private:
  static void connected(zhandle_t*, int type, int state, const char*, void* self) {
    if (type == ZOO_SESSION_EVENT && state == ZOO_CONNECTED_STATE)
      static_cast<Writer*>(self)->ready_.release();
  }
  static void written(int code, const Stat*, const void* self) {
    auto* writer = const_cast<Writer*>(static_cast<const Writer*>(self));
    ++(code == ZOK ? writer->acknowledged : writer->failed);
    if (!writer->over) writer->next();
  }

  const Load& load_;
  int record_;
  const std::string value_;
  std::counting_semaphore<> ready_{0};
  zhandle_t* handle_ = nullptr;
};

int measure(const Load& load) {
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < load.sessions; ++i) {
    writers.push_back(std::make_unique<Writer>(load, i));
    if (writers.back()->await_session()) continue;
    std::fprintf(stderr, "zookeeper_load: no session with %s\n", load.server.c_str());
    return 255;
  }
  writers.front()->make_records();
  for (const auto& writer : writers) writer->next();
  std::counting_semaphore<> nobody_releases{0};
  static_cast<void>(nobody_releases.try_acquire_for(std::chrono::seconds(load.seconds)));
  std::int64_t acknowledged = 0;
  for (const auto& writer : writers) {
    acknowledged += writer->acknowledged;
    writer->over = true;
  }
  writers.clear();
  std::printf("%.0f\n", static_cast<double>(acknowledged) / load.seconds);
  return acknowledged > 0 ? 0 : 255;
}

}  // namespace
}  // namespace assay::peers

int main(int argc, char** argv) {
  assay::peers::Load load;
  CLI::App app("Writes of many ZooKeeper sessions, one request under way each");
  app.add_option("--server", load.server, "Address and port")->required();
  app.add_option("--sessions", load.sessions)->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", load.seconds)->check(CLI::Range(1, 3'600));
  app.add_option("--records", load.records)->check(CLI::Range(1, 1'000'000));
  app.add_option("--value-size", load.value_size)->check(CLI::Range(0, 1'000'000));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 254;
  }
  return assay::peers::measure(load);
}
