// Requests as commands of Redis, and what its replies prove.
//
//   read    GET                      write   SET
//   cas     EVAL of a script that compares and sets
//   add     INCRBY of a whole number, SADD of a text; remove of a text: SREM. A read of a set is asked again as SMEMBERS
//   enqueue RPUSH                    dequeue LPOP
//   scan    MGET of a range of keys ("keys" predicate of at most 1,000 keys)
//   several reads, writes and adds of one request: MULTI ... EXEC, sent at once
//
// Key 7 is "key:7". Whole numbers are stored as Redis counts them, texts with a "t" before them, so that each is read back
// as what it was.
//
// Which errors prove what (docs/history.md, "outcomes"): a reply that begins with one of the words of error_table() was
// given before anything was done: fail. Any other error, and any trouble with a connection on which something was sent:
// info, but for requests that only read, which change nothing whatever became of them: fail.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/client.h"
#include "targets/redis/resp.h"

namespace assay::redis {

struct Commands {
  std::string bytes;
  std::size_t replies = 0;  // how many will come
};

std::string key_text(Key key);

// Nothing when Redis, as it is used here, can't do that.
std::optional<Commands> commands_for(const Request& request);

// What is to be asked in place of these commands: a read whose key turned out to hold a set.
std::optional<Commands> elements_instead(const Request& request, const Commands& asked,
                                         std::span<const Reply> replies);

// Requires: as many replies as there were commands.
Completion completion_of(const Request& request, std::span<const Reply> replies);

// Whether nothing is changed, whatever becomes of it.
bool only_reads(const Request& request);

// How long a write waits for replicas to have it, too.
inline constexpr std::int64_t kWaitMs = 500;
// Adds WAIT to a request that changes something; one more reply will come.
void append_wait(Commands& commands, std::int64_t replicas);
// What a request came to whose WAIT was answered so: what fewer replicas have may be lost, or not.
Completion after_wait(Completion completion, const Reply& waited, std::int64_t replicas);

// A request that was sent, and of which nothing more will be heard.
Completion lost(const Request& request, const std::string& error);

struct ErrorMeaning {
  std::string_view word;  // that the reply begins with
  std::string_view when;
};
// The errors that Redis gives before it does anything.
std::span<const ErrorMeaning> error_table();
bool definite(std::string_view error);

}  // namespace assay::redis
