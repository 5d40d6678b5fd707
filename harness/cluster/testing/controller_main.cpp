// A controller to be killed: deploys sleeping processes to the hosts of a hosts file, brings every kind of
// fault into force, says "ready", and waits.
//
//   cluster_test_controller HOSTS.json DEAD_MAN_SECONDS
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include "harness/cluster/deployment.h"
#include "harness/core/file_faults.h"

int main(int count, char** arguments) {
  using namespace assay;
  if (count != 3) return 254;
  try {
    cluster::Cluster cluster(
        cluster::read_hosts_file(arguments[1]),
        {.power_loss = true, .file_layer = true, .dead_man_timeout = std::atoi(arguments[2]) * kSecond});
    cluster.deploy(std::vector<cluster::NodeProgram>(
        cluster.size(), {.binary = "/bin/sh", .arguments = {"-c", "sleep 1000 & sleep 1000"}}));
    cluster.start_everything();
    const Link links[] = {{0, 1}, {1, 0}};
    cluster.network()->cut(links);
    const ShapedLink bad[] = {{{1, 0}, *parse_packet_quality("delay:50ms+loss:10%")}};
    if (cluster.packets() != nullptr) cluster.packets()->shape(bad);
    if (cluster.connections() != nullptr) cluster.connections()->forget(links);
    Processes& processes = *cluster.processes();
    for (const auto& [means, amount] :
         {std::pair(ProcessMeans::limit_cpu, 20), std::pair(ProcessMeans::limit_memory, 64 << 20),
          std::pair(ProcessMeans::limit_tasks, 5)}) {
      if (!processes.lack(means)) processes.limit(0, means, amount);
    }
    if (!processes.lack(ProcessMeans::freeze)) processes.freeze(0);
    processes.pause(1);
    cluster.clocks()->set_offset(0, 5 * kSecond);
    FileDisks* files = file_disks(cluster.disks());
    const FileFault stuck_files{.kind = FileFault::Kind::stuck, .place = FileDamage::Place::log};
    if (files != nullptr && !files->lack(stuck_files)) files->hurt_files(0, stuck_files);
    if (cluster.disks() != nullptr) {
      cluster.disks()->trouble(0, {DiskTrouble::full});
      cluster.disks()->trouble(1, {DiskTrouble::stuck});
    }
    std::puts("ready");
    std::fflush(stdout);
    while (true) ::pause();
  } catch (const std::exception& error) {
    std::puts(error.what());
    return 255;
  }
}
