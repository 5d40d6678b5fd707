#include "harness/cluster/diagnosis.h"

#include <charconv>
#include <ctime>
#include <map>
#include <sstream>
#include <thread>

#include "harness/cluster/ssh.h"
#include "harness/core/error.h"

namespace assay::cluster {

namespace {

constexpr const char* kTools[] = {"nft", "tc", "ip", "iptables", "ss", "mkfs.ext4", "losetup", "sha256sum"};
constexpr int kClockComparisons = 5;

// A line each: a name, "=", and what there is.
std::string questions(const std::string& data) {
  std::string script =
      ". /etc/os-release 2>/dev/null; echo \"system=$PRETTY_NAME\"; echo \"kernel=$(uname -sr)\"; "
      "echo \"virtual=$(systemd-detect-virt 2>/dev/null)\"; echo \"processors=$(nproc)\"; "
      "echo \"memory=$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)\"; "
      "echo \"disk=$(df -Pk " +
      shell_quote(data) + " | sed -n '2s/  */ /gp' | cut -d' ' -f4)\"; echo \"user=$(id -u)\"; for tool in";
  for (const char* tool : kTools) script += std::string(" ") + tool;
  return script +
         "; do PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null || echo \"missing=$tool\"; done";
}

std::int64_t number_in(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void take_answers(const std::string& output, Diagnosis& found) {
  std::istringstream lines(output);
  std::map<std::string, std::string> told;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = line.substr(0, equals), value = line.substr(equals + 1);
    if (name == "missing") found.missing_tools.push_back(value);
    told[name] = value;
  }
  found.system = told["system"];
  found.kernel = told["kernel"];
  found.virtualization = told["virtual"];
  found.root = told["user"] == "0";
  found.processors = number_in(told["processors"]);
  found.memory_bytes = number_in(told["memory"]) * 1024;
  found.disk_free_bytes = number_in(told["disk"]) * 1024;
}

Nanos wall_clock_here() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// The tightest of a few questions.
void compare_clocks(Cluster& cluster, Diagnosis& found) {
  found.clock_uncertainty = kNever;
  for (int attempt = 0; attempt < kClockComparisons; ++attempt) {
    const Nanos before = wall_clock_here();
    const Nanos there = number_in(cluster.run(0, "date +%s%N").output);
    const Nanos uncertainty = (wall_clock_here() - before) / 2;
    if (uncertainty >= found.clock_uncertainty) continue;
    found.clock_uncertainty = uncertainty;
    found.clock_offset = there - before - uncertainty;
    found.round_trip = 2 * uncertainty;
  }
}

Diagnosis diagnose_one(const Host& host, const ClusterOptions& options) {
  Diagnosis found;
  found.name = host.name;
  found.address = host.address;
  try {
    auto cluster = std::make_unique<Cluster>(HostsFile{"", {host}}, options);
    take_answers(cluster->run(0, questions(host.data)).output, found);
    compare_clocks(*cluster, found);
    Clocks* const clocks = cluster->clocks();
    found.clock_means = clocks != nullptr ? clocks->mechanism() : cluster->why_no_clocks();
    cluster->expect({NodeProgram{.binary = "/bin/true"}});
    found.cluster = std::move(cluster);
  } catch (const std::exception& error) {
    found.trouble = error.what();
  }
  return found;
}

}  // namespace

std::vector<Diagnosis> diagnose(const HostsFile& hosts, const ClusterOptions& options) {
  std::vector<Diagnosis> all(hosts.hosts.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < all.size(); ++i)
    threads.emplace_back([&, i] { all[i] = diagnose_one(hosts.hosts[i], options); });
  for (std::thread& thread : threads) thread.join();
  return all;
}

}  // namespace assay::cluster
