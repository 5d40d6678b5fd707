#include "harness/cli/cluster_doctor.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/cluster/diagnosis.h"
#include "harness/core/error.h"
#include "harness/core/fault.h"
#include "harness/run/real_world.h"
#include "nemesis/registry.h"
#include "reports/text/table.h"

namespace assay::cli {

namespace {

using cluster::Diagnosis;

// An operator's orders go to the database: a host has nothing against them.
class AnyOperator final : public Administration {
 public:
  std::optional<std::string> lack(AdminMeans) override { return std::nullopt; }
  NodeViews views() override { return {}; }
  NodeViews await(const std::function<bool(const NodeViews&)>&, Nanos) override { return {}; }
};

// One host as faults see it, beside others of the same abilities, so that what needs several nodes is not refused for that.
class HostAsTarget final : public Target {
 public:
  HostAsTarget(cluster::Cluster& host, std::size_t nodes) : host_(host) {
    for (std::size_t i = 0; i < std::max<std::size_t>(nodes, 5); ++i)
      names_.push_back("n" + std::to_string(i + 1));
  }
  World& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return names_; }
  TargetDescription describe() const override { return {}; }
  void start() override {}
  void stop() override {}
  void collect_logs(const std::string&) override {}
  std::unique_ptr<Client> connect(NodeId, ProcessId) override { return nullptr; }
  Network* network() override { return host_.network(); }
  Packets* packets() override { return host_.packets(); }
  Connections* connections() override { return host_.connections(); }
  Names* names() override { return host_.names_of_nodes(); }
  Processes* processes() override { return host_.processes(); }
  Clocks* clocks() override { return host_.clocks(); }
  Disks* disks() override { return host_.disks(); }
  Administration* administration() override { return operated_ ? &operator_ : nullptr; }
  void set_operated(bool operated) { operated_ = operated; }

  // What the host itself says of a handle that it lacks; empty when it lacks none of that kind.
  std::string own_reason(std::string_view resource) {
    if (resource == "network" && network() == nullptr) return host_.why_no_network();
    if (resource == "packets" && packets() == nullptr) return host_.why_no_packets();
    if (resource == "connections" && connections() == nullptr) return host_.why_no_connections();
    if (resource == "names" && names() == nullptr) return host_.why_no_names();
    if (resource == "clock" && clocks() == nullptr) return host_.why_no_clocks();
    if (resource == "disk" && disks() == nullptr) return host_.why_no_disks();
    return {};
  }

 private:
  cluster::Cluster& host_;
  RealWorld world_;
  std::vector<std::string> names_;
  AnyOperator operator_;
  bool operated_ = true;
};

// Fault, and why each host that can't have it can't; an empty text where it can.
struct FaultTable {
  std::vector<std::pair<std::string, std::vector<std::string>>> rows;
  std::vector<std::string> asking_the_database;  // those that it has to carry out itself
};

// What a host may lack though it can have the fault in other ways.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWays = {{
    {"kill", "power"},
    {"kill", "torn"},
    {"pause", "freezer"},
    {"limit", "cpu"},
    {"limit", "memory"},
    {"limit", "tasks"},
}};

std::string without_host(const std::string& reason, const std::string& host) {
  return reason.starts_with(host + ": ") ? reason.substr(host.size() + 2) : reason;
}

FaultTable faults_of(std::vector<Diagnosis>& hosts) {
  FaultTable table;
  std::map<std::string, std::size_t> places;
  const auto row = [&](const std::string& name) -> std::vector<std::string>& {
    const auto [found, added] = places.emplace(name, table.rows.size());
    if (added) table.rows.emplace_back(name, std::vector<std::string>(hosts.size()));
    return table.rows[found->second].second;
  };
  for (const FaultPlugin* plugin : nemesis::all_plugins()) row(std::string(plugin->name));
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (!hosts[i].cluster) continue;
    HostAsTarget target(*hosts[i].cluster, hosts.size());
    for (const FaultPlugin* plugin : nemesis::all_plugins()) {
      const std::string name(plugin->name);
      target.set_operated(false);
      const bool alone = !plugin->unavailable(target);
      target.set_operated(true);
      const bool operated = !plugin->unavailable(target);
      auto& asking = table.asking_the_database;
      if (!alone && operated && std::find(asking.begin(), asking.end(), name) == asking.end())
        asking.push_back(name);
      if (const std::optional<std::string> refused = plugin->unavailable(target)) {
        const std::string own = target.own_reason(plugin->resource);
        row(name)[i] = without_host(own.empty() ? *refused : own, hosts[i].name);
        continue;
      }
      for (const auto& [fault, way] : kWays) {
        if (fault != plugin->name) continue;
        const auto refused = plugin->make(way)->refusal(target);
        const std::string own = fault == "kill" ? hosts[i].cluster->why_no_disks() : "";
        if (refused)
          row(name + "-" + std::string(way))[i] = without_host(own.empty() ? *refused : own, hosts[i].name);
      }
    }
  }
  for (auto& [name, reasons] : table.rows) {
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      if (!hosts[i].cluster) reasons[i] = "the host can't be used";
    }
  }
  return table;
}

std::string gibibytes(std::int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(bytes) / (1 << 30));
  return text;
}

std::string milliseconds(Nanos time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(time) / static_cast<double>(kMillisecond));
  return text;
}

void print_hosts(const std::vector<Diagnosis>& hosts) {
  reports::Table table({"host", "address", "system", "kernel", "root", ">processors", ">memory", ">free disk",
                        ">round trip", ">clock", "clock moved by"});
  for (const Diagnosis& host : hosts) {
    if (!host.trouble.empty()) continue;
    table.add({host.name, host.address, host.system, host.kernel, host.root ? "yes" : "NO",
               std::to_string(host.processors), gibibytes(host.memory_bytes), gibibytes(host.disk_free_bytes),
               milliseconds(host.round_trip),
               milliseconds(host.clock_offset) + " ± " + milliseconds(host.clock_uncertainty),
               host.clock_means});
  }
  std::fputs(table.text("").c_str(), stdout);
  for (const Diagnosis& host : hosts) {
    if (!host.trouble.empty()) std::printf("%s can't be used: %s\n", host.name.c_str(), host.trouble.c_str());
    if (host.missing_tools.empty()) continue;
    std::string tools;
    for (const std::string& tool : host.missing_tools) tools += (tools.empty() ? "" : ", ") + tool;
    std::printf("%s lacks %s\n", host.name.c_str(), tools.c_str());
  }
}

void print_faults(const std::vector<Diagnosis>& hosts, const FaultTable& faults) {
  std::vector<std::string> header = {"fault"};
  for (const Diagnosis& host : hosts) header.push_back(host.name);
  reports::Table table(header);
  std::map<std::string, std::string> reasons;  // the faults by what they lack
  for (const auto& [fault, lacks] : faults.rows) {
    std::vector<std::string> row = {fault};
    for (std::size_t i = 0; i < lacks.size(); ++i) {
      row.push_back(lacks[i].empty() ? "yes" : "no");
      if (lacks[i].empty() || !hosts[i].trouble.empty()) continue;
      std::string& named = reasons[hosts[i].name + ": " + lacks[i]];
      named += (named.empty() ? "" : ", ") + fault;
    }
    table.add(std::move(row));
  }
  std::printf("\n%s", table.text("").c_str());
  std::string asking;
  for (const std::string& fault : faults.asking_the_database) asking += (asking.empty() ? "" : ", ") + fault;
  if (!asking.empty())
    std::printf("\n%s: the hosts have nothing against it; the database must take such orders, too\n",
                asking.c_str());
  if (!reasons.empty()) std::printf("\n");
  for (const auto& [reason, named] : reasons) std::printf("no %s on %s\n", named.c_str(), reason.c_str());
}

nlohmann::ordered_json as_json(const Diagnosis& host, std::size_t place, const FaultTable& faults) {
  nlohmann::ordered_json json = {
      {"name", host.name}, {"address", host.address}, {"usable", host.trouble.empty()}};
  if (!host.trouble.empty()) {
    json["trouble"] = host.trouble;
    return json;
  }
  json.update({{"system", host.system},
               {"kernel", host.kernel},
               {"virtualization", host.virtualization},
               {"root", host.root},
               {"processors", host.processors},
               {"memory_bytes", host.memory_bytes},
               {"disk_free_bytes", host.disk_free_bytes},
               {"round_trip_ns", host.round_trip},
               {"clock_offset_ns", host.clock_offset},
               {"clock_uncertainty_ns", host.clock_uncertainty},
               {"clock_means", host.clock_means},
               {"missing_tools", host.missing_tools}});
  json["faults"] = nlohmann::ordered_json::object();
  for (const auto& [fault, lacks] : faults.rows) {
    json["faults"][fault] =
        lacks[place].empty() ? nlohmann::ordered_json(true) : nlohmann::ordered_json(lacks[place]);
  }
  return json;
}

}  // namespace

int cluster_doctor(const std::string& hosts_file, bool json) {
  cluster::ClusterOptions options;
  options.agent_binary = cluster::find_agent_binary();
  options.power_loss = true;
  std::vector<Diagnosis> hosts = cluster::diagnose(cluster::read_hosts_file(hosts_file), options);
  const FaultTable faults = faults_of(hosts);
  if (json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < hosts.size(); ++i) all.push_back(as_json(hosts[i], i, faults));
    std::printf("%s\n", all.dump(2).c_str());
  } else {
    print_hosts(hosts);
    print_faults(hosts, faults);
  }
  for (Diagnosis& host : hosts) {
    if (host.cluster) host.cluster->stop();
  }
  const bool usable =
      std::all_of(hosts.begin(), hosts.end(), [](const Diagnosis& host) { return host.trouble.empty(); });
  return usable ? kExitValid : kExitHarness;
}

}  // namespace assay::cli
