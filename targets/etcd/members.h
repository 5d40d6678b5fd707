// What members of an etcd cluster say of themselves, asked over connections of its own, all at once.
//
// Thread safety: from any thread; blocks for as long as the patience. Errors: in each answer.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/operation.h"
#include "targets/etcd/exchange.h"

namespace assay::etcd {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

struct MemberAnswer {
  std::string trouble;  // empty: there is an answer
  Answer answer;
};
// The answers to one call of each, by member.
std::vector<MemberAnswer> ask_members(const Endpoints& members, const Call& call,
                                      std::chrono::milliseconds patience);

// Of those that take themselves for the leader, the one of the greatest term.
std::optional<NodeId> find_leader(const Endpoints& members, std::chrono::milliseconds patience);

// The version of a member; throws HarnessError, one sentence that begins with `name`, when what answers is no etcd, is one that
// this client does not know, or does not let it in.
std::string look_at_member(const boost::asio::ip::tcp::endpoint& member, const std::string& name,
                           std::chrono::milliseconds patience);

}  // namespace assay::etcd
