// Target "zookeeper": an ensemble of ZooKeeper 3.5 to 3.9, on hosts or running already.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>

#include "harness/core/error.h"
#include "targets/described/store/native_store.h"
#include "targets/zookeeper/client.h"
#include "targets/zookeeper/members.h"
#include "targets/zookeeper/paths.h"
#include "targets/zookeeper/shared_sessions.h"

namespace assay::embedded {
std::vector<described::EmbeddedFile> zookeeper_files();
}

namespace assay::zookeeper {

namespace {

constexpr auto kStatusPatience = std::chrono::milliseconds(300);
constexpr auto kLookPatience = std::chrono::seconds(5);
constexpr auto kEnsemblePatience = std::chrono::seconds(40);
constexpr auto kPause = std::chrono::milliseconds(50);

boost::asio::ip::tcp::endpoint endpoint_of(const described::NodePlace& place) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(place.address, error);
  if (error)
    throw InputError("--servers " + place.node + ": expected an address and a port, such as 127.0.0.1:2181");
  return {address, place.port};
}

Endpoints endpoints_of(const described::StoreRun& run) {
  Endpoints endpoints;
  for (const described::NodePlace& place : run.places) endpoints.push_back(endpoint_of(place));
  return endpoints;
}

std::int64_t whole(const described::Choice& choice, const std::string& name, std::int64_t low,
                   std::int64_t high) {
  const std::string& text = choice.options.at(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= low && number <= high)
    return number;
  throw InputError("--" + name + " " + text + ": expected a whole number from " + std::to_string(low) +
                   " to " + std::to_string(high));
}

// What can't be, before anything is started.
void refuse(const described::Choice& choice, const std::string& workload) {
  if (!has_library()) {
    throw HarnessError(
        "this assay was built without ZooKeeper's C library: install the package libzookeeper-mt-dev and "
        "build "
        "again");
  }
  const std::int64_t tick = whole(choice, "tick_ms", 10, 60'000);
  whole(choice, "sync_limit", 1, 1'000);
  whole(choice, "session_ms", 2 * tick, 20 * tick);
  if (choice.options.at("sessions") == "shared" && workload == "lock") {
    throw InputError(
        "--sessions shared: a lock is its session's, and would outlive the client that gave up; expected "
        "--sessions own with the workload lock");
  }
}

std::chrono::milliseconds session_timeout(const described::Choice& choice) {
  return std::chrono::milliseconds(whole(choice, "session_ms", 1, 10'000'000));
}

std::string address_of(const described::NodePlace& place) {
  return place.address + ":" + std::to_string(place.port);
}

// Waits until it is a part of the ensemble.
std::string wait_for_member(const described::NodePlace& place) {
  const auto deadline = std::chrono::steady_clock::now() + kEnsemblePatience;
  while (true) {
    const MemberState state = look_at_member(endpoint_of(place), place.node, kLookPatience);
    if (!state.mode.empty()) return state.version;
    if (std::chrono::steady_clock::now() > deadline) {
      throw HarnessError(place.node + " (" + address_of(place) +
                         "): is a part of no ensemble after 40 s; see the logs of the nodes");
    }
    boost::asio::io_context io;
    boost::asio::steady_timer(io, kPause).wait();
  }
}

// That a session is let in and may make the root of what is stored.
void look_inside(const described::StoreRun& run, const described::NodePlace& place,
                 const std::shared_ptr<SessionCloser>& closer) {
  boost::asio::io_context io;
  const auto guard = boost::asio::make_work_guard(io);
  Session session(io, address_of(place), session_timeout(run.choice), closer);
  std::string trouble = "no answer in time";
  session.ask({.verb = Verb::create, .path = std::string(kRoot)}, [&](const Answer& answer) {
    trouble = answer.code == kOk || answer.code == kNodeExists ? "" : code_text(answer.code);
    io.stop();
  });
  io.run_for(kLookPatience);
  if (trouble.empty()) return;
  throw HarnessError(place.node + " (" + address_of(place) + "): does not let " + std::string(kRoot) +
                     " be made: " + trouble);
}

std::string look(const described::StoreRun& run, const std::shared_ptr<SessionCloser>& closer) {
  std::string versions;
  for (const described::NodePlace& place : run.places) {
    const std::string version = wait_for_member(place);
    look_inside(run, place, closer);
    if (versions.find(version) == std::string::npos) versions += (versions.empty() ? "" : ", ") + version;
  }
  return "ZooKeeper " + versions;
}

Facts counters(const described::StoreRun& run) {
  std::int64_t epoch = 0;
  for (const MemberAnswer& answer : ask_members(endpoints_of(run), kStatusPatience)) {
    const std::optional<MemberState> state = parse_member(answer.text);
    if (state) epoch = std::max(epoch, state->epoch);
  }
  return {{"epoch", Value(epoch)}};
}

std::unique_ptr<Client> connect(const described::ClientPlace& place, std::shared_ptr<SharedSessions> shared,
                                std::shared_ptr<SessionCloser> closer) {
  const described::Choice& choice = place.run.choice;
  const std::string server = address_of(place.place());
  ZooKeeperClient::Open open = [&io = place.io, server, timeout = session_timeout(choice),
                                closer = std::move(closer)] {
    return std::make_shared<Session>(io, server, timeout, closer);
  };
  if (choice.options.at("sessions") == "shared") {
    open = [server, shared = std::move(shared), own = std::move(open)] { return shared->find(server, own); };
  }
  const bool sync = choice.mode == "sync";
  const ExchangeOptions options{.sync_reads = sync, .sync_dequeues = sync};
  return std::make_unique<ZooKeeperClient>(place.io, server, std::move(open), options);
}

described::NativeStore store() {
  const auto closer = std::make_shared<SessionCloser>();
  const auto shared = std::make_shared<SharedSessions>();
  described::StoreParts parts;
  parts.connect = [closer, shared](const described::ClientPlace& place) {
    return connect(place, shared, closer);
  };
  parts.look = [closer](const described::StoreRun& run) { return look(run, closer); };
  parts.leader = [](const described::StoreRun& run) {
    return find_leader(endpoints_of(run), kStatusPatience);
  };
  parts.counters = counters;
  return {"zookeeper", embedded::zookeeper_files(), std::move(parts)};
}

std::unique_ptr<Target> make(const Plan& plan, const std::string& hosts_file) {
  described::NativeStore made = store();
  refuse(described::choose(described::description_of(made), plan.mode, plan, {"servers"}), plan.workload);
  return described::make_native_store(std::move(made), plan, hosts_file);
}

}  // namespace

}  // namespace assay::zookeeper

namespace assay::targets {

extern const TargetPlugin zookeeper_plugin;
const TargetPlugin zookeeper_plugin = {
    "zookeeper", "ZooKeeper 3.8, replicated by Zab, by its C library; package libzookeeper-java",
    [] { return described::native_modes(zookeeper::store()); }, false, zookeeper::make};

}  // namespace assay::targets
