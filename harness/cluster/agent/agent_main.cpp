// assay-agent: what needs code on a host. Uploaded and started by the controller; never run by hand.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <string_view>

#include "harness/cluster/agent/clock.h"
#include "harness/cluster/agent/host_lock.h"
#include "harness/cluster/agent/journal.h"
#include "harness/cluster/agent/layer/serve_layer.h"
#include "harness/cluster/agent/local_init.h"
#include "harness/cluster/agent/server.h"
#include "harness/cluster/agent/system.h"
#include "harness/cluster/agent/version.h"

namespace {

using namespace assay::agent;

// "--name value" pairs; "--peer" and "--address" may come several times.
struct Flags {
  std::map<std::string, std::string, std::less<>> values;
  std::vector<std::string> peers;
  std::vector<std::string> addresses;

  std::string text(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  }
  int number(std::string_view name, int otherwise) const {
    const std::string value = text(name);
    return value.empty() ? otherwise : std::atoi(value.c_str());
  }
};

Flags parse_flags(int count, char** arguments) {
  Flags flags;
  for (int i = 2; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    if (name.rfind("--", 0) != 0) throw AgentError("\"" + name + "\" is no flag");
    if (name == "--peer") {
      flags.peers.emplace_back(arguments[i + 1]);
    } else if (name == "--address") {
      flags.addresses.emplace_back(arguments[i + 1]);
    } else {
      flags.values[name.substr(2)] = arguments[i + 1];
    }
  }
  return flags;
}

int run(std::string_view command, const Flags& flags) {
  if (command == "serve") {
    return serve({.home = flags.text("home"),
                  .probe_port = static_cast<std::uint16_t>(flags.number("probe-port", 7077)),
                  .dead_man_milliseconds = flags.number("dead-man", 10'000),
                  .own_clock = flags.number("own-clock", 0) != 0});
  }
  if (command == "print-clock") {
    const ClockReading reading = read_own_clock();
    std::printf("%lld %lld %lld\n", static_cast<long long>(reading.offset),
                static_cast<long long>(reading.precision), static_cast<long long>(reading.at));
    return 0;
  }
  if (command == "heal") {
    const Descriptor lock = take_host_lock(flags.text("home"), flags.number("dead-man", 10'000) + 5'000);
    for (const std::string& line : Journal(flags.text("home")).undo_everything()) std::puts(line.c_str());
    return 0;
  }
  if (command == "local-host") {
    start_local_host({.name = flags.text("name"),
                      .network = flags.text("network"),
                      .interface = flags.text("interface"),
                      .addresses = flags.addresses,
                      .tree = flags.text("tree"),
                      .data = flags.text("data"),
                      .pid_file = flags.text("pid-file"),
                      .peers = flags.peers});
    return 0;
  }
  if (command == "file-layer") {
    return serve_layer({.source = flags.text("source"),
                        .aside = flags.text("aside"),
                        .loses_power = flags.number("loses-power", 0) != 0});
  }
  if (command == "version") {
    std::puts(kAgentVersion);
    return 0;
  }
  throw AgentError("\"" + std::string(command) + "\" is no command of the agent");
}

}  // namespace

int main(int count, char** arguments) {
  // Programs of the system (nft, mkfs.ext4) are found whatever the SSH server set.
  ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  try {
    return run(count > 1 ? arguments[1] : "", parse_flags(count, arguments));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "assay-agent: %s\n", error.what());
    return 1;
  }
}
