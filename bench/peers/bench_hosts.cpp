// bench_hosts up COUNT | down: local hosts for comparisons, beside those of `assay cluster up` and never among them.
// Their data is on this machine's disk, where an fsync has its real cost. `up` prints a line per host for scripts: name,
// address, identity file, known hosts file, data folder.
//
// Exit codes: 0, 254 bad arguments, 255 the hosts can't be brought up or down.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "harness/cluster/hosts_file.h"
#include "harness/cluster/local_hosts.h"
#include "harness/core/error.h"

namespace assay::peers {
namespace {

int run(const std::string& action, int count) {
  cluster::LocalOptions options;
  options.instance = "bench";
  options.subnet = 78;
  options.data_on_disk = true;
  cluster::LocalHosts hosts(options);
  if (action == "down") {
    hosts.down();
    return kExitValid;
  }
  if (action != "up" || count < 1) throw InputError("usage: bench_hosts up COUNT | down");
  for (const cluster::Host& host : cluster::read_hosts_file(hosts.up(count)).hosts) {
    std::printf("%s %s %s %s %s\n", host.name.c_str(), host.address.c_str(), host.identity.c_str(),
                host.known_hosts.c_str(), host.data.c_str());
  }
  return kExitValid;
}

}  // namespace
}  // namespace assay::peers

int main(int argument_count, char** arguments) {
  try {
    return assay::peers::run(argument_count > 1 ? arguments[1] : "",
                             argument_count > 2 ? std::atoi(arguments[2]) : 0);
  } catch (const assay::InputError& error) {
    std::fprintf(stderr, "bench_hosts: %s\n", error.what());
    return assay::kExitBadInput;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_hosts: %s\n", error.what());
    return assay::kExitHarness;
  }
}
