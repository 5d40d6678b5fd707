// What the servers of an ensemble say of themselves: the answer to the four letters "srvr", which ZooKeeper answers without a session,
// asked over connections of its own, all at once.
//
// Thread safety: from any thread; blocks for as long as the patience. Errors: in each answer.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/operation.h"

namespace assay::zookeeper {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

struct MemberAnswer {
  std::string trouble;  // empty: there is an answer
  std::string text;
};
std::vector<MemberAnswer> ask_members(const Endpoints& members, std::chrono::milliseconds patience);

struct MemberState {
  std::string version;     // "3.8.0"
  std::string mode;        // "leader", "follower", "standalone"; empty: it serves nobody now
  std::int64_t epoch = 0;  // how many leaders there were, as far as it knows
};
// Nothing when that is no answer of ZooKeeper's.
std::optional<MemberState> parse_member(std::string_view text);

// Of those that take themselves for the leader, the one of the latest epoch.
std::optional<NodeId> find_leader(const Endpoints& members, std::chrono::milliseconds patience);

// What a member is; throws HarnessError, one sentence that begins with `name`, when what answers is no ZooKeeper, or one that
// this client does not know. A mode that is empty: it is not a part of an ensemble yet.
MemberState look_at_member(const boost::asio::ip::tcp::endpoint& member, const std::string& name,
                           std::chrono::milliseconds patience);

}  // namespace assay::zookeeper
