// packets_accuracy [HOSTS.json]: are links of hosts as bad as was asked? For each setting the links of two hosts are made bad and
// measured from outside, by UDP probes between the agents, beside a measurement before; prints a table of what was asked and
// measured, for docs/faults.md. Local hosts are made for it where no file is given.
//
// Exit codes: 0 all within 10 %, 1 some not, 255 the hosts can't be had.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "harness/cluster/deployment.h"
#include "harness/cluster/local_hosts.h"
#include "harness/core/error.h"
#include "harness/core/units.h"

namespace assay::accuracy {
namespace {

const std::vector<Link> kBothWays = {{0, 1}, {1, 0}};
constexpr int kProbes = 2'000;

struct Setting {
  const char* quality;
  char what;  // of it: 'd'elay, 'l'oss, d'u'plicates, 'r'ate
};
constexpr Setting kSettings[] = {{"delay:5ms", 'd'},
                                 {"delay:20ms", 'd'},
                                 {"delay:50ms", 'd'},
                                 {"delay:100ms", 'd'},
                                 {"delay:50ms~10ms", 'd'},
                                 {"delay:100ms~20ms~normal", 'd'},
                                 {"delay:20ms~20ms~exponential", 'd'},
                                 {"delay:500ms", 'd'},
                                 {"loss:5%", 'l'},
                                 {"loss:20%", 'l'},
                                 {"loss:50%", 'l'},
                                 {"loss:20%~8", 'l'},
                                 {"corrupt:20%", 'l'},
                                 {"duplicate:20%", 'u'},
                                 {"rate:1mbit", 'r'},
                                 {"rate:10mbit", 'r'},
                                 {"rate:50mbit", 'r'},
                                 {"rate:100mbit", 'r'}};

ProbePlan plan_for(const PacketQuality& quality, char what) {
  ProbePlan plan{.count = kProbes, .interval = kMillisecond, .size_bytes = 100, .patience = 2 * kSecond};
  if (what == 'l' || what == 'u') plan.count = 5 * kProbes;
  if (what != 'r') return plan;
  // Full packets, twice as fast as the link, for less than what its queue holds.
  plan.size_bytes = 1242;
  const Nanos each = plan.size_bytes * 8 * kSecond / quality.rate;
  plan.interval = each / 2;
  plan.count = static_cast<int>(std::max<Nanos>(20, 400 * kMillisecond / each));
  return plan;
}

struct Figures {
  double asked = 0;
  double measured = 0;  // the worse of both directions
};

Figures measure(Packets& packets, const PacketQuality& quality, char what) {
  const ProbePlan plan = plan_for(quality, what);
  const auto before = packets.measure(kBothWays, plan);
  std::vector<ShapedLink> shaped;
  for (const Link& link : kBothWays) shaped.push_back({link, quality});
  packets.shape(shaped);
  const auto now = packets.measure(kBothWays, plan);
  packets.restore();
  Figures worst;
  for (std::size_t i = 0; i < now.size(); ++i) {
    Figures one;
    const auto sent = static_cast<double>(now[i].sent);
    const auto arrived = static_cast<double>(now[i].arrived);
    if (what == 'd') {
      one = {static_cast<double>(quality.median_delay()) / 1e6,
             static_cast<double>(now[i].delay_median - before[i].delay_median) / 1e6};
    } else if (what == 'l') {
      one = {static_cast<double>(quality.loss_ppm + quality.corrupt_ppm) / 1e4,
             100 * (sent - arrived) / sent};
    } else if (what == 'u') {
      one = {static_cast<double>(quality.duplicate_ppm) / 1e4,
             100 * static_cast<double>(now[i].duplicates) / arrived};
    } else {
      one = {static_cast<double>(quality.rate) / 1e6, static_cast<double>(now[i].rate) / 1e6};
    }
    if (i == 0 || std::abs(one.measured - one.asked) > std::abs(worst.measured - worst.asked)) worst = one;
  }
  return worst;
}

int run(const std::string& hosts_file) {
  std::unique_ptr<cluster::LocalHosts> local;
  std::string path = hosts_file;
  if (path.empty()) {
    local = std::make_unique<cluster::LocalHosts>(cluster::LocalOptions{.instance = "accu", .subnet = 79});
    path = local->up(2);
  }
  bool all_near = true;
  {
    cluster::HostsFile file = cluster::read_hosts_file(path);
    if (file.hosts.size() < 2) throw HarnessError(path + " has fewer than two hosts");
    file.hosts.resize(2);
    cluster::Cluster cluster(file, {});
    if (cluster.packets() == nullptr) throw HarnessError(cluster.why_no_packets());
    std::printf(
        "| asked | what is measured | asked for | measured | off by | by |\n|---|---|---|---|---|---|\n");
    for (const Setting& setting : kSettings) {
      const auto quality = parse_packet_quality(setting.quality);
      const Figures figures = measure(*cluster.packets(), *quality, setting.what);
      const double off = 100 * (figures.measured - figures.asked) / figures.asked;
      all_near = all_near && std::abs(off) <= 10;
      const char* what = setting.what == 'd'   ? "median delay, ms"
                         : setting.what == 'l' ? "lost, %"
                         : setting.what == 'u' ? "doubled, %"
                                               : "rate, mbit/s";
      std::printf("| `%s` | %s | %.2f | %.2f | %+.1f %% | %s |\n", setting.quality, what, figures.asked,
                  figures.measured, off, cluster.packets()->mechanism().c_str());
      std::fflush(stdout);
    }
    cluster.stop();
  }
  if (local) local->down();
  return all_near ? kExitValid : kExitInvalid;
}

}  // namespace
}  // namespace assay::accuracy

int main(int argument_count, char** arguments) {
  try {
    return assay::accuracy::run(argument_count > 1 ? arguments[1] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "packets_accuracy: %s\n", error.what());
    return assay::kExitHarness;
  }
}
