// assay cluster: hosts on this machine that are reached over SSH, and repair of any hosts.
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "harness/cli/cluster_doctor.h"
#include "harness/cli/commands.h"
#include "harness/cli/machine_entry.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/hosts_file.h"
#include "harness/cluster/local_hosts.h"
#include "harness/cluster/user_machine.h"
#include "harness/core/error.h"

namespace assay::cli {

namespace {

struct ClusterFlags {
  int nodes = 5;
  std::string kind = "namespace";
  std::string addresses = "ipv4";
  std::string hosts_file = "hosts.json";
  std::string heal_file;
  bool data_on_disk = false;
  std::string doctor_file;
  bool json = false;
};

void require_local_hosts() {
  if (const std::string reason = cluster::LocalHosts::unavailable(); !reason.empty())
    throw InputError(reason);
}

// Hosts that share this machine's kernel, and virtual machines, may be up side by side.
cluster::LocalOptions machine_options() { return {.instance = "vm", .subnet = 60, .machines = true}; }

cluster::LocalAddresses addresses_of(const std::string& text) {
  if (text == "ipv4") return cluster::LocalAddresses::ipv4;
  if (text == "ipv6") return cluster::LocalAddresses::ipv6;
  if (text == "both") return cluster::LocalAddresses::both;
  throw InputError("--addresses " + text + ": expected ipv4, ipv6 or both");
}

// Who isn't root has local hosts in a machine of their own.
void enter_own_machine(cluster::UserMachine kind) {
  if (::geteuid() != 0) cluster::enter_user_machine(kind);
}

int up(const ClusterFlags& flags) {
  require_local_hosts();
  if (flags.kind != "namespace" && flags.kind != "vm")
    throw InputError("--kind " + flags.kind + ": expected namespace or vm");
  const bool machines = flags.kind == "vm";
  if (machines && ::geteuid() != 0) throw InputError("--kind vm: virtual machines of this machine need root");
  if (machines && flags.data_on_disk)
    throw InputError("--data-on-disk: the disks of virtual machines are there anyway");
  if (machines)
    std::fprintf(stderr, "the first time a file tree is made from packages, which takes some minutes\n");
  cluster::LocalOptions options = machines ? machine_options() : cluster::LocalOptions();
  options.hosts_file = flags.hosts_file;
  options.data_on_disk = flags.data_on_disk;
  options.addresses = addresses_of(flags.addresses);
  enter_own_machine(cluster::UserMachine::lasting);
  const std::string file = cluster::LocalHosts(options).up(flags.nodes);
  std::fprintf(stderr, "%d hosts are up; run tests on them with: assay run --cluster %s --nodes %d\n",
               flags.nodes, file.c_str(), flags.nodes);
  return kExitValid;
}

int down() {
  require_local_hosts();
  enter_own_machine(cluster::UserMachine::lasting_if_there);
  bool any = false;
  for (const cluster::LocalOptions& options : {cluster::LocalOptions(), machine_options()}) {
    for (const std::string& line : cluster::LocalHosts(options).down()) {
      std::fprintf(stderr, "%s\n", line.c_str());
      any = true;
    }
  }
  if (!any) std::fprintf(stderr, "there was nothing to take down\n");
  return kExitValid;
}

int status() {
  if (cluster::LocalHosts::unavailable().empty()) enter_own_machine(cluster::UserMachine::lasting_if_there);
  bool any = false;
  for (const cluster::LocalOptions& options : {cluster::LocalOptions(), machine_options()}) {
    const cluster::LocalStatus status = cluster::LocalHosts(options).status();
    for (const cluster::LocalHostStatus& host : status.hosts) {
      std::printf(
          "%-6s %-15s %-8s %s\n", host.name.c_str(), host.address.c_str(), host.running ? "running" : "down",
          options.machines ? "virtual machine" : (std::to_string(host.process_count) + " processes").c_str());
      any = true;
    }
    for (const std::string& leftover : status.leftovers) std::printf("left over: %s\n", leftover.c_str());
  }
  if (!any) std::printf("no local hosts\n");
  return kExitValid;
}

int heal(const ClusterFlags& flags) {
  enter_machine_of({flags.heal_file});
  cluster::ClusterOptions options;
  options.agent_binary = cluster::find_agent_binary();
  for (const std::string& line : cluster::heal_hosts(cluster::read_hosts_file(flags.heal_file), options)) {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  return kExitValid;
}

}  // namespace

void add_cluster_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<ClusterFlags>();
  CLI::App* command = app.add_subcommand("cluster", "Local hosts, and repair of any hosts");
  command->require_subcommand(1);
  CLI::App* up_command = command->add_subcommand("up", "Bring up hosts on this machine, reachable over SSH");
  up_command->add_option("--nodes", flags->nodes, "How many")->capture_default_str();
  up_command
      ->add_option(
          "--kind", flags->kind,
          "namespace: they share this machine's kernel and clock; vm: virtual machines with their own")
      ->capture_default_str();
  up_command
      ->add_option("--addresses", flags->addresses,
                   "ipv4, ipv6 or both; with both, SSH and nodes use the IPv4 ones, and faults of the "
                   "network reach both")
      ->capture_default_str();
  up_command->add_option("--hosts-file", flags->hosts_file, "Where to write the hosts file")
      ->capture_default_str();
  up_command->add_flag("--data-on-disk", flags->data_on_disk,
                       "Keep the hosts' data on this machine's disk, where an fsync has its real cost; "
                       "otherwise it is in memory");
  CLI::App* down_command = command->add_subcommand("down", "Remove them, and what a crash left of them");
  CLI::App* status_command = command->add_subcommand("status", "What is up, and what a crash left");
  CLI::App* heal_command =
      command->add_subcommand("heal", "Undo every fault that an earlier run left on hosts");
  heal_command->add_option("HOSTS", flags->heal_file, "Hosts file")->required();
  CLI::App* doctor_command = command->add_subcommand(
      "doctor", "What hosts are, how their clocks stand, and which faults each of them can have");
  doctor_command->add_option("HOSTS", flags->doctor_file, "Hosts file")->required();
  doctor_command->add_flag("--json", flags->json, "Print JSON");
  actions[command] = [=] {
    if (doctor_command->parsed()) {
      enter_machine_of({flags->doctor_file});
      return cluster_doctor(flags->doctor_file, flags->json);
    }
    if (up_command->parsed()) return up(*flags);
    if (down_command->parsed()) return down();
    if (status_command->parsed()) return status();
    return heal(*flags);
  };
}

}  // namespace assay::cli
