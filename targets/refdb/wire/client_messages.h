// What a client and a node say to each other.
//
// A request is named by (client, number): the same number resent, to any node, is applied once. The attempt
// tells resends apart, so that an answer says which of them it is about. What a node writes to its log is the
// command: a request without its attempt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/operation.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::wire {

inline constexpr std::size_t kMopsMax = 1024;
inline constexpr std::size_t kRequestBytesMax = 1024 * 1024;
// A context that any mode may honour: the node is to answer this read with what it has itself.
inline constexpr std::string_view kOwnState = "own state";

inline constexpr std::size_t kContextBytesMax = 64 * 1024;

struct ClientRequest {
  std::uint64_t client = 0;
  std::uint64_t number = 0;  // grows by one with each request of the client, from 1
  std::uint32_t attempt = 0;
  std::vector<Mop> mops;  // results are not sent
  std::string context;    // what the session has seen, in the words of the mode; empty where it needs none
};

// The numbers are part of the protocol and of what is on disk.
enum class Status : std::uint8_t {
  ok = 0,           // applied, results are there
  failed = 1,       // a compare-and-set was not met: nothing was done
  wrong_type = 2,   // a mop does not fit the value it met (append to an integer): nothing was done
  not_leader = 3,   // this attempt was not accepted here; `leader` may say where to go
  overloaded = 4,   // this attempt was not accepted here; later perhaps
  unsure = 5,       // this attempt was accepted, then leadership was lost: ask again with the same number
  too_stale = 6,    // a later request of this client was applied: the answer to this one is gone
  bad_request = 7,  // this attempt is nothing that this node understands
  replica_behind =
      8,  // this attempt was not accepted: the node has not reached the position that it asks for
  unavailable =
      9,  // this attempt was not accepted, and had no effect: too few replicas are known to be there
};
std::string_view status_name(Status status);

struct ClientAnswer {
  std::uint64_t number = 0;
  std::uint32_t attempt = 0;
  std::string context;  // what the session has seen once it has this answer; empty where the mode needs none
  Status status = Status::ok;
  std::vector<Value> results;  // one per mop when ok, else none
  std::optional<PeerId> leader;
};

// Who waits for the answer, and to which attempt.
struct Caller {
  ConnectionId connection = 0;
  std::uint64_t number = 0;
  std::uint32_t attempt = 0;
};

// All the mops only look.
bool is_read_only(const std::vector<Mop>& mops);

// Whole messages, in their envelope.
std::string encode_request(const ClientRequest& request);
std::optional<ClientRequest> decode_request(std::string_view message);
std::optional<ClientAnswer> decode_answer(std::string_view message);
std::string encode_answer(const ClientAnswer& answer);
// The same from the body that a session keeps.
std::string encode_answer(std::uint64_t number, std::uint32_t attempt, std::string_view body,
                          std::string_view context = {});

// Status, results and leader of an answer, without its envelope, names and context.
std::string encode_answer_body(const ClientAnswer& answer);

// What the log holds: client, number and mops.
std::string encode_command(const ClientRequest& request);
std::optional<ClientRequest> decode_command(std::string_view command);

}  // namespace assay::refdb::wire
