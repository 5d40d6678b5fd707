#include "harness/cluster/agent/iptables.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "harness/cluster/agent/system.h"

namespace assay::agent {
namespace {

constexpr int kNotFound = 127;  // no such program

// What IPv6 has in place of ARP, which no rule of ours touches either: solicitations and advertisements of neighbours.
constexpr const char* kNeighbours[] = {"-p ipv6-icmp -m icmp6 --icmpv6-type 135 -j RETURN",
                                       "-p ipv6-icmp -m icmp6 --icmpv6-type 136 -j RETURN"};

const char* tool_of(bool v6) { return v6 ? "ip6tables" : "iptables"; }

CommandOutcome run_iptables(bool v6, const std::string& arguments) {
  std::vector<std::string> command = {tool_of(v6), "-w", "5", "-t", "mangle"};
  std::istringstream words(arguments);
  for (std::string word; words >> word;) command.push_back(word);
  return run_command(command);
}

void iptables_or_throw(bool v6, const std::string& arguments) {
  const CommandOutcome outcome = run_iptables(v6, arguments);
  if (outcome.exit_status == kNotFound)
    throw AgentError(std::string("the program ") + tool_of(v6) + " is missing");
  if (outcome.exit_status != 0)
    throw AgentError(std::string(tool_of(v6)) + " refused " + arguments + ": " + outcome.output);
}

bool lists_chain(const OwnChain& chain, bool v6) {
  // Asked of nft first, where asking creates nothing.
  const CommandOutcome listed =
      run_command({"nft", "list", "chain", v6 ? "ip6" : "ip", "mangle", chain.name});
  if (listed.exit_status == 0) return true;
  if (listed.exit_status == kNotFound)
    return run_iptables(v6, std::string("-n -L ") + chain.name).exit_status == 0;
  // The older kind, where that is in use.
  const std::string tables = read_whole_file(v6 ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names");
  if (tables.find("mangle") == std::string::npos) return false;
  const CommandOutcome legacy = run_command(
      {v6 ? "ip6tables-legacy" : "iptables-legacy", "-w", "5", "-t", "mangle", "-n", "-L", chain.name});
  return legacy.exit_status == 0;
}

// Only a frame: base chains that accept, without a rule, and no set, flag or chain of somebody's own.
bool does_nothing(const std::string& listing) {
  int chains = 0, accepting = 0;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(" \t");
    const std::string text = begin == std::string::npos ? "" : line.substr(begin);
    if (text.empty() || text[0] == '#' || text[0] == '}' || text.rfind("table ", 0) == 0) continue;
    if (text.rfind("chain ", 0) == 0) {
      ++chains;
    } else if (text.rfind("type ", 0) == 0 && text.find("policy accept;") != std::string::npos) {
      ++accepting;
    } else {
      return false;
    }
  }
  return chains == accepting;
}

CommandOutcome nft_with(const std::string& verb, const std::string& object) {
  std::vector<std::string> command = {"nft", verb};
  std::istringstream words(object);
  for (std::string word; words >> word;) command.push_back(word);
  return run_command(command);
}

bool remove_one(const OwnChain& chain, bool v6) {
  const std::string name = chain.name;
  while (run_iptables(v6, std::string("-D ") + chain.hook + " -j " + name).exit_status == 0) {
  }
  run_iptables(v6, "-F " + name);
  run_iptables(v6, "-X " + name);
  return !lists_chain(chain, v6);
}

}  // namespace

bool is_v6(std::string_view address) { return address.find(':') != std::string_view::npos; }

std::string iptables_unavailable() {
  if (::geteuid() != 0) return "rules of iptables need root on the host (or \"sudo\": true)";
  // In a network namespace that ends with it.
  const CommandOutcome outcome =
      run_command({"unshare", "-n", "sh", "-c", "iptables -t mangle -N ASSAY_TRY"});
  if (outcome.exit_status == kNotFound) return "the program iptables is missing on the host";
  if (outcome.exit_status != 0) return "iptables doesn't work on the host: " + outcome.output;
  return {};
}

void jump_to(const OwnChain& chain, bool v6) {
  const std::string jump = std::string(chain.hook) + " -j " + chain.name;
  if (run_iptables(v6, "-C " + jump).exit_status != 0) iptables_or_throw(v6, "-I " + jump);
}

void add_rules(const OwnChain& chain, bool v6, const std::vector<std::string>& rules) {
  const std::string name = chain.name;
  if (run_iptables(v6, "-n -L " + name).exit_status != 0) {
    iptables_or_throw(v6, "-N " + name);
    for (const char* neighbours : kNeighbours) {
      if (v6) iptables_or_throw(v6, "-A " + name + " " + neighbours);
    }
  }
  for (const std::string& rule : rules) {
    if (run_iptables(v6, "-C " + name + " " + rule).exit_status != 0)
      iptables_or_throw(v6, "-A " + name + " " + rule);
  }
  jump_to(chain, v6);
}

void delete_rules(const OwnChain& chain, bool v6, const std::vector<std::string>& rules) {
  for (const std::string& rule : rules) iptables_or_throw(v6, std::string("-D ") + chain.name + " " + rule);
}

bool chain_is_there(const OwnChain& chain) { return lists_chain(chain, false) || lists_chain(chain, true); }

bool remove_chain(const OwnChain& chain) {
  bool removed = true;
  for (const bool v6 : {false, true}) {
    if (lists_chain(chain, v6)) removed = remove_one(chain, v6) && removed;
  }
  return removed;
}

std::vector<std::string> frames_to_be_made(const OwnChain& chain, bool v6) {
  const std::string table = std::string("table ") + (v6 ? "ip6" : "ip") + " mangle";
  const std::string base = "chain" + table.substr(5) + " " + chain.hook;
  const int there = nft_with("list", table).exit_status;
  if (there == kNotFound) return {};
  if (there != 0) return {table};
  if (nft_with("list", base).exit_status != 0) return {base};
  return {};
}

bool remove_frame(const std::string& frame) {
  const CommandOutcome listed = nft_with("list", frame);
  if (listed.exit_status != 0) return true;
  // With a chain of ours in it, which could not be removed, it is still ours; with anything else it is somebody else's by now.
  if (!does_nothing(listed.output)) return listed.output.find("ASSAY") == std::string::npos;
  return nft_with("delete", frame).exit_status == 0;
}

std::int64_t packets_dropped_by(const OwnChain& chain) {
  std::int64_t sum = 0;
  for (const bool v6 : {false, true}) {
    const CommandOutcome outcome = run_iptables(v6, std::string("-nvx -L ") + chain.name);
    if (outcome.exit_status != 0) continue;
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) {
      if (line.find(" DROP ") != std::string::npos) sum += std::atoll(line.c_str());
    }
  }
  return sum;
}

}  // namespace assay::agent
