// Chains of the agent's own in iptables and ip6tables, table `mangle`, for what nft can't do (NFQUEUE) and for hosts that have no nft.
// Nobody else's rules are touched: a chain is jumped to from INPUT or OUTPUT, first of all, and goes with all that is in it.
//
// Thread safety: one thread at a time. Errors: AgentError with what iptables said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::agent {

struct OwnChain {
  const char* name;
  const char* hook;  // INPUT or OUTPUT
};

bool is_v6(std::string_view address);

// Why this host can't, or an empty string.
std::string iptables_unavailable();

// Rules without "-A CHAIN", for one kind of addresses; those that are there already are not added again. IPv6's neighbours go
// on finding each other: their messages leave the chain before any rule.
void add_rules(const OwnChain& chain, bool v6, const std::vector<std::string>& rules);
void delete_rules(const OwnChain& chain, bool v6, const std::vector<std::string>& rules);
// Once, before what is there.
void jump_to(const OwnChain& chain, bool v6);

// Of either kind of addresses.
bool chain_is_there(const OwnChain& chain);
// Both kinds. True when nothing is left. What frames it stays: see below.
bool remove_chain(const OwnChain& chain);

// Where iptables stands on nftables it makes the table and the base chain that a chain of ours needs, and leaves them when that
// goes. These frames, "table ip mangle" or "chain ip mangle INPUT", are written down before (journal.h) and taken away after, so that
// a host's own stay as they are, empty or not.
//
// Those that aren't there yet. Asked of nft, where asking makes nothing; without nft nobody knows, and they stay.
std::vector<std::string> frames_to_be_made(const OwnChain& chain, bool v6);
// Unless somebody else put something into it. False when it could not be removed, or a chain of ours is in it still.
bool remove_frame(const std::string& frame);

// Packets that the chain's rules dropped.
std::int64_t packets_dropped_by(const OwnChain& chain);

}  // namespace assay::agent
