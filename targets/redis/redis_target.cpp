#include "targets/redis/redis_target.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "harness/cluster/deployment.h"
#include "harness/cluster/plan_hosts.h"
#include "harness/core/error.h"
#include "harness/core/option_reader.h"
#include "harness/run/real_world.h"
#include "targets/redis/redis_client.h"
#include "targets/redis/resp.h"
#include "targets/redis/several.h"

namespace assay::redis {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::uint16_t kPort = 6379;
constexpr std::string_view kFsync[] = {"everysec", "always", "no", "off"};
constexpr std::string_view kRewrite[] = {"usual", "often"};

tcp::endpoint endpoint_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = kPort;
  bool good = colon != std::string::npos;
  if (good) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    good = error == std::errc() && rest == end && port > 0;
  }
  boost::system::error_code error;
  const auto address = asio::ip::make_address(text.substr(0, colon), error);
  if (!good || error)
    throw InputError("--server " + text + ": expected an address and a port, such as 127.0.0.1:6379");
  return {address, port};
}

// The lines of INFO that matter, asked over a connection of its own. Blocks. Empty when the server does not answer.
std::string ask_info(const tcp::endpoint& server, std::string_view section) {
  asio::io_context io;
  tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect(server, error);
  std::string command;
  append_command(command, {"INFO", section});
  if (!error) asio::write(socket, asio::buffer(command), error);
  Parser parser;
  Reply reply;
  std::array<char, 4096> bytes;
  while (!error && !parser.broken()) {
    const std::size_t size = socket.read_some(asio::buffer(bytes), error);
    parser.feed({bytes.data(), size});
    if (parser.next(reply)) return reply.kind == Reply::Kind::text ? reply.text : "";
  }
  return "";
}

std::string info_field(const std::string& info, const std::string& name) {
  const std::size_t at = info.find("\n" + name + ":");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 2;
  return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

class RedisTarget : public Target {
 public:
  explicit RedisTarget(const Plan& plan) : plan_(plan) {}
  World& world() override { return world_; }
  std::unique_ptr<Client> connect(NodeId, ProcessId) override {
    return std::make_unique<RedisClient>(world_.io_context(), server(), RedisClientOptions());
  }
  TargetDescription describe() const override {
    TargetDescription description;
    description.target = "redis";
    description.mode = plan_.mode;
    description.version = version_;
    description.claimed_consistency = "linearizable";
    description.cluster = cluster_name();
    description.options = plan_.options;
    return description;
  }
  Facts counters() override {
    const std::string info = ask_info(server(), "stats");
    Facts facts;
    for (const char* name : {"total_commands_processed", "total_connections_received", "rejected_connections",
                             "expired_keys", "evicted_keys"}) {
      const std::string text = info_field(info, name);
      std::int64_t number = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc())
        facts.push_back({name, number});
    }
    return facts;
  }

 protected:
  virtual tcp::endpoint server() const = 0;
  virtual std::string cluster_name() const { return plan_.cluster; }
  void require_server() {
    version_ = info_field(ask_info(server(), "server"), "redis_version");
    if (version_.empty())
      throw HarnessError("no Redis answers at " + server().address().to_string() + ":" +
                         std::to_string(server().port()));
  }

  const Plan plan_;
  RealWorld world_;
  std::string version_;
};

// One that somebody else started, and nobody here stops or hurts.
class RunningServer final : public RedisTarget {
 public:
  RunningServer(const Plan& plan, const std::string& server)
      : RedisTarget(plan), endpoint_(endpoint_of(server)) {}
  const std::vector<std::string>& node_names() const override { return names_; }
  void start() override { require_server(); }
  void stop() override {}
  void collect_logs(const std::string&) override {}

 private:
  tcp::endpoint server() const override { return endpoint_; }
  std::string cluster_name() const override { return "a server that was running"; }
  const tcp::endpoint endpoint_;
  const std::vector<std::string> names_ = {"redis"};
};

class DeployedServer final : public RedisTarget {
 public:
  DeployedServer(const Plan& plan, const std::string& hosts_file, std::string fsync, std::string rewrite)
      : RedisTarget(plan),
        fsync_(std::move(fsync)),
        rewrite_(std::move(rewrite)),
        cluster_(cluster::first_hosts(hosts_file, plan), cluster::cluster_options(plan)) {
    const auto found = cluster_.run(0, "command -v redis-server");
    if (found.exit_status != 0)
      throw HarnessError("host " + cluster_.names()[0] +
                         " has no redis-server; install the package redis-server there");
    cluster::NodeProgram program;
    program.binary = found.output.substr(0, found.output.find('\n'));
    program.arguments = arguments();
    program.log = "logs/redis.log";
    program.ready_port = kPort;
    cluster_.deploy({program});
  }
  const std::vector<std::string>& node_names() const override { return cluster_.names(); }
  void start() override {
    cluster_.start_everything();
    require_server();
  }
  void stop() override { cluster_.stop(); }
  void collect_logs(const std::string& directory) override {
    cluster_.collect_logs(directory);
    const auto folder = std::filesystem::path(directory) / node_names()[0];
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "version") << "redis " << version_ << "\n";
  }
  std::string last_words(NodeId node) override { return cluster_.last_words(node); }
  std::vector<NodeResources> resources(Nanos now) override { return cluster_.resources(now); }
  Network* network() override { return cluster_.network(); }
  Packets* packets() override { return cluster_.packets(); }
  Connections* connections() override { return cluster_.connections(); }
  Processes* processes() override { return cluster_.processes(); }
  Clocks* clocks() override { return cluster_.clocks(); }
  Disks* disks() override { return cluster_.disks(); }

 private:
  tcp::endpoint server() const override {
    return endpoint_of(cluster_.address(0) + ":" + std::to_string(kPort));
  }

  std::vector<std::string> arguments() const {
    std::vector<std::string> words = {"--bind",           "{address}", "--port",      std::to_string(kPort),
                                      "--protected-mode", "no",        "--dir",       "{data}",
                                      "--save",           "",          "--daemonize", "no"};
    words.insert(words.end(), {"--appendonly", fsync_ == "off" ? "no" : "yes"});
    if (fsync_ != "off") words.insert(words.end(), {"--appendfsync", fsync_});
    if (rewrite_ == "often") {
      words.insert(words.end(), {"--auto-aof-rewrite-percentage", "1", "--auto-aof-rewrite-min-size", "1"});
    }
    return words;
  }

  const std::string fsync_;
  const std::string rewrite_;
  cluster::Cluster cluster_;
};

}  // namespace

std::vector<ModeInfo> modes() {
  std::vector<ModeInfo> all = {
      {"single",
       "one server",
       "linearizable",
       "a crash with loss of what was not synced, unless appendfsync is always",
       {{"appendfsync", "everysec", "one of everysec, always, no, off",
         "when the append-only file is synced; off: there is none"},
        {"rewrite", "usual", "one of usual, often",
         "when the append-only file is rewritten: once it has doubled, or whenever something was added"},
        {"server", "", "an address and port", "a server that runs already; it is not stopped, and not hurt"}},
       {}}};
  for (ModeInfo& mode : described::native_modes(several_store())) all.push_back(std::move(mode));
  return all;
}

std::unique_ptr<Target> make_target(const Plan& plan, const std::string& hosts_file) {
  if (plan.mode != "single") return described::make_native_store(several_store(), plan, hosts_file);
  if (!plan.bugs.empty())
    throw InputError("--bug " + plan.bugs.front() + ": target redis has no seeded bugs");
  if (plan.nodes != 1)
    throw InputError("--nodes " + std::to_string(plan.nodes) + ": mode single is one server; give --nodes 1");
  OptionReader read("--option", "target redis", plan.options);
  const std::string fsync = read.choice("appendfsync", {std::begin(kFsync), std::end(kFsync)});
  const std::string rewrite = read.choice("rewrite", {std::begin(kRewrite), std::end(kRewrite)});
  const std::string server = read.text("server", "");
  read.done();
  if (!server.empty()) return std::make_unique<RunningServer>(plan, server);
  if (hosts_file.empty()) {
    throw InputError(
        "--cluster sim: Redis is not simulated; give --cluster local, a hosts file, or --server ADDRESS:PORT "
        "of one "
        "that runs already");
  }
  return std::make_unique<DeployedServer>(plan, hosts_file, fsync, rewrite);
}

}  // namespace assay::redis
