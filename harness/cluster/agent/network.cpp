#include "harness/cluster/agent/network.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <cstdlib>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

// Before other tables' filters (priority 0), so that the counters see every packet.
constexpr char kTable[] = R"(add table inet assay
add set inet assay in4 { type ipv4_addr; }
add set inet assay in6 { type ipv6_addr; }
add set inet assay out4 { type ipv4_addr; }
add set inet assay out6 { type ipv6_addr; }
add chain inet assay input { type filter hook input priority -300; policy accept; }
add chain inet assay output { type filter hook output priority -300; policy accept; }
flush chain inet assay input
flush chain inet assay output
add rule inet assay input ip saddr @in4 counter drop
add rule inet assay input ip6 saddr @in6 counter drop
add rule inet assay output ip daddr @out4 counter drop
add rule inet assay output ip6 daddr @out6 counter drop
)";

CommandOutcome run_nft(const std::string& rules) { return run_command({"nft", "-f", "-"}, rules); }

void add_elements(std::string& rules, const std::vector<std::string>& addresses, const std::string& set) {
  for (const std::string& address : addresses) {
    in6_addr parsed;
    const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), &parsed) == 1;
    if (!is_v4 && ::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) {
      throw AgentError("\"" + address + "\" is no IP address, and only those can be cut off");
    }
    rules += "add element inet assay " + set + (is_v4 ? "4" : "6") + " { " + address + " }\n";
  }
}

// Sums the packets of the counters of one chain in nft's listing.
std::int64_t sum_packets(const std::string& listing, const std::string& chain) {
  std::int64_t sum = 0;
  std::size_t at = listing.find("chain " + chain);
  if (at == std::string::npos) return 0;
  const std::size_t end = listing.find('}', at);
  const std::string word = "counter packets ";
  for (at = listing.find(word, at); at < end; at = listing.find(word, at + 1)) {
    sum += std::atoll(listing.c_str() + at + word.size());
  }
  return sum;
}

}  // namespace

std::string network_unavailable() {
  if (::geteuid() != 0) return "cutting the network needs root on the host (or \"sudo\": true)";
  const CommandOutcome outcome = run_command({"nft", "list", "tables"});
  if (outcome.exit_status == 127) return "the program nft (package nftables) is missing on the host";
  if (outcome.exit_status != 0) return "nft doesn't work on the host: " + outcome.output;
  return {};
}

void cut_network(const std::vector<std::string>& in_from, const std::vector<std::string>& out_to) {
  std::string rules = kTable;
  add_elements(rules, in_from, "in");
  add_elements(rules, out_to, "out");
  const CommandOutcome outcome = run_nft(rules);
  if (outcome.exit_status == 127) throw AgentError("the program nft (package nftables) is missing");
  if (outcome.exit_status != 0) throw AgentError("nft refused the rules: " + outcome.output);
}

bool network_is_cut() { return run_command({"nft", "list", "table", "inet", "assay"}).exit_status == 0; }

bool heal_network() {
  // Adding first makes deleting work whether or not it is there.
  run_nft("add table inet assay\ndelete table inet assay\n");
  return !network_is_cut();
}

CutCounters cut_counters() {
  const CommandOutcome outcome = run_command({"nft", "list", "table", "inet", "assay"});
  CutCounters counters;
  counters.present = outcome.exit_status == 0;
  counters.dropped_in = sum_packets(outcome.output, "input");
  counters.dropped_out = sum_packets(outcome.output, "output");
  return counters;
}

}  // namespace assay::agent
